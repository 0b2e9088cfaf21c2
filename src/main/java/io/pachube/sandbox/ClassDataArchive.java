package io.pachube.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Makes the class data archive of this JDK, with which the bridge starts faster: runs the bridge as
 * a process beside an embedded broker and Pachube until a value is stored, and stops it.
 *
 * <p>{@code java -cp pachube-mqtt-bridge.jar io.pachube.sandbox.ClassDataArchive
 * pachube-mqtt-bridge.jar bridge.jsa}, in a folder with {@code application.properties}.
 */
public final class ClassDataArchive {

    private static final String HOST = "127.0.0.1";
    private static final String TOPIC = "pb/" + SandboxPachube.DEMO_KEY + "/1/archive";
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final long STOP_SECONDS = 30;
    private static final long POLL_MILLIS = 100;

    /** Of 32 bytes, used for nothing: the bridge then writes no file for its own. */
    private static final String SECRET = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path jar;
    private final Path archive;
    private final Path log;

    private ClassDataArchive(Path jar, Path archive, Path log) {
        this.jar = jar;
        this.archive = archive;
        this.log = log;
    }

    /**
     * @param args the bridge's jar, and the archive to write
     */
    public static void main(String[] args) throws Exception {
        Path log = Files.createTempFile("archive", ".log");
        try {
            Path archive = Path.of(args[1]).toAbsolutePath();
            Files.deleteIfExists(archive);
            new ClassDataArchive(Path.of(args[0]).toAbsolutePath(), archive, log).create();
            if (!Files.exists(archive)) {
                System.err.println(
                        "This JDK made no class data archive; the bridge starts without one. "
                                + Files.readString(log));
            }
        } finally {
            Files.deleteIfExists(log);
        }
        System.exit(0); // Artemis leaves threads
    }

    private void create() throws Exception {
        try (SandboxBroker broker = new SandboxBroker(HOST, 0, "pb", Map.of());
                SandboxPachube pachube = new SandboxPachube(HOST, 0)) {
            broker.start();
            pachube.start();
            int management = freePort();
            Process bridge = start(broker, pachube, management);
            try {
                awaitStored(bridge, broker.url(), pachube.url());
                for (String page : List.of("health", "metrics")) {
                    get("http://" + HOST + ":" + management + "/observe/" + page);
                }
            } finally {
                bridge.destroy(); // it writes the archive when it stops
                if (!bridge.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                    bridge.destroyForcibly();
                }
            }
        }
    }

    private Process start(SandboxBroker broker, SandboxPachube pachube, int management)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:ArchiveClassesAtExit=" + archive,
                                "-jar",
                                jar.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        Map<String, String> environment = builder.environment();
        environment.clear(); // a setting of the user's is not for this
        environment.put("MQTT_URL", broker.url());
        environment.put("MQTT_USERNAME", broker.userName());
        environment.put("MQTT_PASSWORD", broker.password());
        environment.put("PACHUBE_URL", pachube.url());
        environment.put("PACHUBE_PROXY", "none");
        environment.put("PACHUBE_CREATE_MISSING_DATASTREAMS", "true");
        environment.put("CALLBACK_HOST", HOST);
        environment.put("CALLBACK_PORT", String.valueOf(freePort()));
        environment.put("CALLBACK_SECRET", SECRET);
        environment.put("MANAGEMENT_HOST", HOST);
        environment.put("MANAGEMENT_PORT", String.valueOf(management));
        return builder.start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Publishes again until it is stored: before the bridge subscribes, nobody receives it. */
    private void awaitStored(Process bridge, String mqttUrl, String pachubeUrl) throws Exception {
        String stored = pachubeUrl + "/feeds/1/datastreams/archive.csv";
        long end = System.nanoTime() + START_LIMIT.toNanos();
        try (MqttClient client = new MqttClient(mqttUrl, "archive", new MemoryPersistence())) {
            client.connect();
            while (get(stored) != 200) {
                if (!bridge.isAlive() || System.nanoTime() > end) {
                    throw new IllegalStateException(
                            "The bridge stored no value: " + Files.readString(log));
                }
                publish(client);
                Thread.sleep(POLL_MILLIS);
            }
            client.disconnect();
        }
    }

    private static void publish(MqttClient client) throws MqttException {
        client.publish(TOPIC, "1".getBytes(UTF_8), 1, false);
    }

    private int get(String url) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url))
                        .header("X-PachubeApiKey", SandboxPachube.DEMO_KEY)
                        .build();
        return http.send(request, BodyHandlers.discarding()).statusCode();
    }
}
