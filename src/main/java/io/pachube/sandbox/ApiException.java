package io.pachube.sandbox;

/** Rejects a request with an error response (contract, section 6). */
final class ApiException extends RuntimeException {
    final int status;
    final String title;

    ApiException(int status, String title, String errors) {
        super(errors, null, false, false);
        this.status = status;
        this.title = title;
    }

    static ApiException badCsv(String errors) {
        return new ApiException(400, "CSV Parser Error", errors);
    }

    static ApiException unauthorized() {
        return new ApiException(401, "Unauthorized", "A valid API key is required");
    }

    static ApiException forbidden() {
        String text = "You do not have the necessary permissions to access this resource";
        return new ApiException(403, "Forbidden", text);
    }

    static ApiException notFound() {
        String text = "I'm sorry we are unable to find the resource you are looking for.";
        return new ApiException(404, "Not found", text);
    }

    static ApiException notAcceptable() {
        return new ApiException(
                406, "Not Acceptable", "This resource is not available in that format");
    }

    static ApiException tooLarge() {
        String text = "The body is larger than " + SandboxPachube.MAX_BODY + " bytes";
        return new ApiException(413, "Request Entity Too Large", text);
    }

    static ApiException invalid(String errors) {
        return new ApiException(422, "Unprocessable Entity", errors);
    }

    static void requireAtMost(int size, int limit, String what) {
        if (size > limit) {
            throw invalid("The sandbox holds at most " + limit + " " + what);
        }
    }
}
