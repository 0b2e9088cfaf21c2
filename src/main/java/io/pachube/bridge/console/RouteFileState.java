package io.pachube.bridge.console;

import java.time.Instant;
import java.util.List;

/**
 * A route file, and whether its latest change could be applied.
 *
 * @param routes ids of the routes that run
 * @param error why its latest change could not be applied; null if it was
 * @param errorAt when that failed; null without an error
 */
public record RouteFileState(String file, List<String> routes, String error, Instant errorAt) {}
