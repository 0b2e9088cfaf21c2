package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code --check}, as a process of its own. */
class CheckTest {

    private record Outcome(int status, String log) {}

    @TempDir Path folder;

    private Path routes;

    @BeforeEach
    void copyRoutes() throws Exception {
        routes = RouteFolder.copy(folder.resolve("routes"));
    }

    private Outcome check(Map<String, String> environment) throws Exception {
        ProcessBuilder java =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.pachube.bridge.Main",
                        "--check");
        java.directory(folder.toFile()).redirectErrorStream(true);
        java.redirectOutput(folder.resolve("out.txt").toFile());
        java.environment().put("PACHUBE_ROUTES", "routes");
        java.environment().putAll(environment);
        Process process = java.start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends");
        return new Outcome(process.exitValue(), Files.readString(folder.resolve("out.txt")));
    }

    private void edit(String file, String right, String wrong) throws Exception {
        RouteFolder.edit(routes.resolve(file), right, wrong);
    }

    @Test
    void whatIsRightConnectsNowhere() throws Exception {
        try (ServerSocket broker = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            broker.setSoTimeout(100);
            Outcome outcome = check(Map.of("MQTT_URL", "tcp://127.0.0.1:" + broker.getLocalPort()));
            assertEquals(0, outcome.status, outcome.log);
            assertTrue(outcome.log.contains("The settings and the routes are right"));
            assertThrows(SocketTimeoutException.class, broker::accept);
        }
        assertFalse(Files.exists(folder.resolve("data")), "no secret was made");
    }

    @Test
    void allThatIsWrongInTheFilesIsSaid() throws Exception {
        edit("datapoint.camel.yaml", "pachubeDocument", "pachubeDocumint");
        edit("trigger.camel.yaml", "- split:", "- splitt:");
        edit("notification.camel.yaml", "id: pachubeNotification", "id: pachubeDatapoint");
        Outcome outcome = check(Map.of());
        assertEquals(1, outcome.status, outcome.log);
        assertTrue(outcome.log.contains("datapoint.camel.yaml, line 12: No bean"), outcome.log);
        assertTrue(outcome.log.contains("trigger.camel.yaml, line 16: "), outcome.log);
        assertFalse(outcome.log.contains("are right"), outcome.log);
    }

    @Test
    void anIdThatComesTwiceIsSaid() throws Exception {
        edit("trigger.camel.yaml", "id: pachubeTrigger", "id: pachubeDatapoint");
        Outcome outcome = check(Map.of());
        assertEquals(1, outcome.status, outcome.log);
        assertTrue(outcome.log.contains("trigger.camel.yaml, line "), outcome.log);
        assertTrue(outcome.log.contains("'pachubeDatapoint'"), outcome.log);
    }

    @Test
    void aWrongSettingIsSaid() throws Exception {
        Outcome outcome = check(Map.of("DELIVERY_CONCURRENCY", "many"));
        assertEquals(1, outcome.status, outcome.log);
        assertTrue(outcome.log.contains("delivery.concurrency is 'many'"), outcome.log);
    }
}
