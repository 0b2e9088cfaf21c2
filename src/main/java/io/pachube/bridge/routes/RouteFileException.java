package io.pachube.bridge.routes;

import io.pachube.bridge.log.ExceptionMessages;

import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SetHeaderDefinition;
import org.apache.camel.model.SetHeadersDefinition;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

import java.util.Optional;

/** Rejects a route file; the message names the file, the line and the reason. */
public final class RouteFileException extends Exception {

    /**
     * @param line counted from 1; zero: unknown
     */
    RouteFileException(String file, int line, String reason, Throwable cause) {
        super(file + (line > 0 ? ", line " + line : "") + ": " + reason, cause);
    }

    /** Of several files, a line each. */
    RouteFileException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Of a file that cannot be read as routes. */
    static RouteFileException unreadable(String file, Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof MarkedYamlEngineException marked) {
                Optional<Mark> mark = marked.getProblemMark();
                String context = marked.getContext() == null ? "" : marked.getContext() + ": ";
                return new RouteFileException(
                        file,
                        mark.map(found -> found.getLine() + 1).orElse(0),
                        context + marked.getProblem(),
                        e);
            }
        }
        return new RouteFileException(file, 0, ExceptionMessages.summarize(e), e);
    }

    /** Of a route that cannot be built: Camel says at which of its steps, but not in which line. */
    static RouteFileException unbuildable(String file, RouteDefinition route, Exception e) {
        int line = route.getInput().getLineNumber();
        String reason = ExceptionMessages.summarize(e.getCause() == null ? e : e.getCause());
        if (e instanceof FailedToCreateRouteException) {
            for (ProcessorDefinition<?> step : route.getOutputs()) {
                if (e.getMessage().contains(">>> " + step + " <<<")) {
                    line = line(step, reason);
                }
            }
        }
        return new RouteFileException(file, line, reason, e);
    }

    private static int line(ProcessorDefinition<?> step, String reason) {
        if (step instanceof SetHeadersDefinition several) {
            for (SetHeaderDefinition header : several.getHeaders()) {
                if (reason.contains(header.getExpression().getExpression())) {
                    return header.getLineNumber();
                }
            }
        }
        return step.getLineNumber();
    }
}
