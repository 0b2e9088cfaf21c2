package io.pachube.sandbox;

/**
 * A request as it arrived.
 *
 * @param target path and query, as they were sent
 * @param key the API key, or null
 * @param body decompressed; empty if there was none
 */
public record RecordedRequest(String method, String target, String key, String body) {
    /** Without key and query: it may be logged. */
    @Override
    public String toString() {
        return method + " " + target.replaceFirst("[?].*|(?<=/keys/)[^/]+", "");
    }
}
