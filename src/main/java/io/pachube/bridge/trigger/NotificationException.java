package io.pachube.bridge.trigger;

import java.util.LinkedHashMap;
import java.util.Map;

/** A callback that is none, and the HTTP answer to it. Names nothing of what was sent. */
public final class NotificationException extends Exception {

    private final int status;
    private final String title;

    /**
     * @param status a 4xx
     * @param title the status in words
     * @param errors what would be right
     */
    public NotificationException(int status, String title, String errors) {
        super(errors, null, false, false);
        this.status = status;
        this.title = title;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The answer's body, in the form of Pachube's own errors (contract, section 6). */
    public Map<String, String> body() {
        Map<String, String> body = new LinkedHashMap<>();
        body.put("title", title);
        body.put("errors", getMessage());
        return body;
    }
}
