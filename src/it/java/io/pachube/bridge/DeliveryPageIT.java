package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** docs/delivery.md, and the route of a dozen lines that it shows. */
class DeliveryPageIT extends DeliveryFaultsTestSupport {

    private static final Path EXAMPLE = Path.of("routes", "examples", "http-sink.camel.yaml");
    private static final JsonMapper JSON = new JsonMapper();

    private static String page() throws Exception {
        return Files.readString(Path.of("docs", "delivery.md"));
    }

    @Test
    void eachOptionIsInThePageWithItsDefault() throws Exception {
        JsonNode catalog =
                JSON.readTree(
                        Path.of(
                                        "src/generated/resources/META-INF/io/pachube/bridge/delivery",
                                        "delivery.json")
                                .toFile());
        String page = page();
        catalog.path("properties")
                .properties()
                .forEach(
                        option -> {
                            String row =
                                    page.lines()
                                            .filter(
                                                    line ->
                                                            line.startsWith(
                                                                    "| `"
                                                                            + option.getKey()
                                                                            + "` |"))
                                            .collect(Collectors.joining("\n"));
                            assertTrue(!row.isEmpty(), option.getKey() + " is not in the page");
                            JsonNode value = option.getValue().path("defaultValue");
                            assertTrue(
                                    value.isMissingNode()
                                            || row.contains("| `" + value.asText() + "` |"),
                                    row);
                        });
    }

    @Test
    void theRouteOfThePageIsTheExample() throws Exception {
        String example =
                Files.readAllLines(EXAMPLE).stream()
                        .filter(line -> !line.startsWith("#"))
                        .collect(Collectors.joining("\n"));
        assertTrue(page().contains("```yaml\n" + example + "\n```"));
    }

    @Test
    void theRouteOfTenLinesRunsAsThePageSays() throws Exception {
        RouteFolder.add(EXAMPLE.getFileName().toString(), routes);
        bridge(20).with("http-sink.url", a.url());
        start();
        a.answer(
                (request, out) ->
                        (request.body().equals("abc")
                                        ? FaultyService.answer(400, "no number")
                                        : FaultyService.OK)
                                .write(request, out));
        peer.publish("house/hall/power", "120");
        peer.publish("house/hall/power", "abc");
        await().atMost(LIMIT).until(() -> failed().size() == 1);
        List<String> requests =
                a.received().stream()
                        .map(r -> r.method() + " " + r.target() + " " + r.body())
                        .toList();
        assertEquals(List.of("POST /house/hall/power 120", "POST /house/hall/power abc"), requests);
        String page = page();
        assertTrue(page.contains("```\n" + String.join("\n", requests) + "\n```"));
        String report =
                "house/hall/power/error "
                        + peer.await("house/hall/power/error")
                                .replace("127.0.0.1:" + a.port(), "127.0.0.1:8000")
                                .replaceAll(
                                        "\"at\":\"[^\"]*\"", "\"at\":\"2026-01-01T12:00:00.000Z\"");
        assertTrue(page.replace(",\n \"", ",\"").contains(report), report);
    }
}
