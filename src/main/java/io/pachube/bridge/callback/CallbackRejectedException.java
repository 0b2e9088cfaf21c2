package io.pachube.bridge.callback;

import java.util.LinkedHashMap;
import java.util.Map;

/** Rejects an invalid callback with an HTTP status. Its message quotes nothing of the request. */
public final class CallbackRejectedException extends Exception {

    private final int status;
    private final String title;

    /**
     * @param status the HTTP status
     * @param title its reason phrase
     * @param errors the reason
     */
    public CallbackRejectedException(int status, String title, String errors) {
        super(errors, null, false, false);
        this.status = status;
        this.title = title;
    }

    /** Returns the HTTP status. */
    public int status() {
        return status;
    }

    /**
     * Returns the body of the response, in the form of Pachube's own errors (contract, section 6).
     */
    public Map<String, String> body() {
        Map<String, String> body = new LinkedHashMap<>();
        body.put("title", title);
        body.put("errors", getMessage());
        return body;
    }
}
