package io.pachube.sandbox;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Binds a method and a path to a handler.
 *
 * @param pattern the segments of the path below {@code /v2}; one in braces is a parameter
 */
record Route(String method, List<String> pattern, Function<ApiRequest, ApiResponse> handler) {

    Route(String method, String pattern, Function<ApiRequest, ApiResponse> handler) {
        this(method, List.of(pattern.split("/")), handler);
    }

    /** Returns the path parameters, or null if the method or the path is another. */
    Map<String, String> match(String verb, List<String> path) {
        if (!method.equals(verb) || pattern.size() != path.size()) {
            return null;
        }
        Map<String, String> found = new HashMap<>(4);
        for (int i = 0; i < path.size(); i++) {
            String segment = pattern.get(i);
            if (segment.charAt(0) == '{') {
                found.put(segment.substring(1, segment.length() - 1), path.get(i));
            } else if (!segment.equals(path.get(i))) {
                return null;
            }
        }
        return found;
    }
}
