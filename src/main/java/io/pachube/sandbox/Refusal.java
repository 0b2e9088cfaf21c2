package io.pachube.sandbox;

/** A request refused: what the error answer says (contract, section 6). */
final class Refusal extends RuntimeException {
    final int status;
    final String title;

    Refusal(int status, String title, String errors) {
        super(errors, null, false, false);
        this.status = status;
        this.title = title;
    }

    static Refusal badCsv(String errors) {
        return new Refusal(400, "CSV Parser Error", errors);
    }

    static Refusal unauthorized() {
        return new Refusal(401, "Unauthorized", "A valid API key is required");
    }

    static Refusal forbidden() {
        String text = "You do not have the necessary permissions to access this resource";
        return new Refusal(403, "Forbidden", text);
    }

    static Refusal notFound() {
        String text = "I'm sorry we are unable to find the resource you are looking for.";
        return new Refusal(404, "Not found", text);
    }

    static Refusal notAcceptable() {
        return new Refusal(406, "Not Acceptable", "This resource is not available in that format");
    }

    static Refusal tooLarge() {
        String text = "The body is larger than " + SandboxPachube.MAX_BODY + " bytes";
        return new Refusal(413, "Request Entity Too Large", text);
    }

    static Refusal invalid(String errors) {
        return new Refusal(422, "Unprocessable Entity", errors);
    }

    static void ifOver(int size, int limit, String what) {
        if (size > limit) {
            throw invalid("The sandbox holds at most " + limit + " " + what);
        }
    }
}
