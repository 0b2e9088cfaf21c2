package io.pachube.bridge.console;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Formats the JSON of the console as text. */
final class ConsoleText {

    private ConsoleText() {}

    static String of(Map<String, Object> json) {
        StringBuilder text = new StringBuilder("State: " + json.get("state") + "\n");
        for (Map<?, ?> problem : list(json.get("problems"))) {
            text.append("  ").append(problem.get("text")).append(since(problem)).append('\n');
        }
        Map<?, ?> broker = (Map<?, ?>) json.get("broker");
        text.append("\nBroker: ").append(broker.get("url")).append('\n');
        for (Map<?, ?> client : list(broker.get("clients"))) {
            line(text, client.get("id"))
                    .append(Boolean.TRUE.equals(client.get("connected")) ? "" : " DISCONNECTED")
                    .append(since(client))
                    .append(" received ")
                    .append(client.get("received"))
                    .append(", unacknowledged ")
                    .append(client.get("unacknowledged"))
                    .append('\n');
        }
        text.append("\nTargets:\n");
        for (Map<?, ?> target : list(json.get("targets"))) {
            line(text, target.get("name")).append(' ').append(target.get("state"));
            text.append(since(target));
            for (String name :
                    List.of(
                            "waiting",
                            "inFlight",
                            "oldest",
                            "delivered",
                            "rejected",
                            "abandoned")) {
                text.append(", ").append(name).append(' ').append(target.get(name));
            }
            text.append('\n');
        }
        text.append("\nError reports:\n");
        for (Map<?, ?> report : list(json.get("failed"))) {
            line(text, report.get("topic"))
                    .append(" (")
                    .append(report.get("count"))
                    .append("): ")
                    .append(report.get("error"))
                    .append(": ")
                    .append(report.get("message"))
                    .append('\n');
        }
        text.append("\nRoutes:\n");
        for (Map<?, ?> file : list(json.get("routes"))) {
            line(text, file.get("file"));
            list(file.get("routes"))
                    .forEach(
                            route ->
                                    text.append(' ')
                                            .append(route.get("id"))
                                            .append(' ')
                                            .append(route.get("state")));
            text.append(file.containsKey("error") ? " ERROR: " + file.get("error") : "");
            text.append('\n');
        }
        return text.toString();
    }

    private static StringBuilder line(StringBuilder text, Object first) {
        return text.append("  ").append(first);
    }

    private static String since(Map<?, ?> json) {
        return json.get("since") instanceof Long since
                ? " since " + Instant.ofEpochMilli(since).toString().replaceFirst("\\..*", "Z")
                : "";
    }

    @SuppressWarnings("unchecked") // BridgeConsole has made it so
    private static List<Map<?, ?>> list(Object json) {
        return (List<Map<?, ?>>) json;
    }
}
