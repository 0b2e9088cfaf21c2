package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The files for Prometheus and Grafana: they use meters that exist. */
class MonitoringFilesIT {

    private static final Path DEPLOY = Path.of("src/main/deploy");
    private static final Pattern METER = Pattern.compile("pachube_bridge_[a-z_]+");

    private static Set<String> meters(String text) {
        return METER.matcher(text)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(HashSet::new));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "grafana/pachube-bridge.json",
                "prometheus/alerts.yml",
                "prometheus/alerts.test.yml"
            })
    void eachMeterIsOnThePage(String file) throws Exception {
        Set<String> used = meters(Files.readString(DEPLOY.resolve(file)));
        assertFalse(used.isEmpty());
        // ObservabilityIT holds the page to the code
        Set<String> listed = meters(Files.readString(Path.of("docs/metrics.md")));
        used.removeIf(
                meter ->
                        listed.contains(meter)
                                || listed.contains(meter.replaceAll("_(bucket|sum|count)$", "")));
        assertEquals(Set.of(), used);
    }

    @Test
    void eachPanelOfTheDashboardHasAQueryAndAPlace() throws Exception {
        JsonNode dashboard =
                new JsonMapper().readTree(DEPLOY.resolve("grafana/pachube-bridge.json").toFile());
        Set<String> places = new HashSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            JsonNode place = panel.path("gridPos");
            assertTrue(places.add(place.path("x") + "," + place.path("y")), panel.toString());
            if (!panel.path("type").asText().equals("row")) {
                assertFalse(panel.path("targets").isEmpty(), panel.toString());
                panel.path("targets")
                        .forEach(t -> assertTrue(METER.matcher(t.path("expr").asText()).find()));
            }
        }
        assertTrue(places.size() > 10);
    }

    @Test
    void theRulesPassTheirOwnTest() throws Exception {
        Path folder = DEPLOY.resolve("prometheus");
        String tested = Files.readString(folder.resolve("alerts.test.yml"));
        List<String> alerts =
                Pattern.compile("(?m)^ +- alert: (\\w+)$")
                        .matcher(Files.readString(folder.resolve("alerts.yml")))
                        .results()
                        .map(match -> match.group(1))
                        .toList();
        assertEquals(8, alerts.size());
        for (String alert : alerts) {
            assertTrue(tested.contains("alertname: " + alert + "\n        exp_alerts:"), alert);
        }
        Optional<Promtool> promtool = Promtool.find();
        if (promtool.isPresent()) {
            promtool.get().run("", "check", "config", folder.resolve("prometheus.yml").toString());
            promtool.get().run("", "test", "rules", folder.resolve("alerts.test.yml").toString());
        }
    }
}
