package io.pachube.bridge;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real mosquitto, as a process of its own, with persistence, on a free port. */
public final class Mosquitto implements AutoCloseable {

    private static final Path BINARY =
            Files.isExecutable(Path.of("/usr/sbin/mosquitto"))
                    ? Path.of("/usr/sbin/mosquitto")
                    : Path.of("/usr/local/sbin/mosquitto");

    private final int port = Ports.free();
    private final Path folder;
    private Process process;

    public Mosquitto(Path folder, String... configuration) throws IOException {
        // .ci/run fails where tests were skipped
        assumeTrue(Files.isExecutable(BINARY), "mosquitto is not installed");
        this.folder = folder;
        Files.writeString(
                folder.resolve("mosquitto.conf"),
                """
                listener %d 127.0.0.1
                allow_anonymous true
                persistence true
                persistence_location %s/
                user root
                %s
                """
                        .formatted(port, folder, String.join("\n", configuration)));
    }

    /** One with a configuration file of its own, in which each text is replaced by another. */
    static Mosquitto configured(Path folder, Path file, Map<String, String> replaced)
            throws IOException {
        Mosquitto mosquitto = new Mosquitto(folder);
        String text = Files.readString(file);
        for (Map.Entry<String, String> each : replaced.entrySet()) {
            if (!text.contains(each.getKey())) {
                throw new IllegalArgumentException(each.getKey() + " is not in " + file);
            }
            text = text.replace(each.getKey(), each.getValue());
        }
        Files.writeString(
                folder.resolve("mosquitto.conf"),
                text.replace("@port@", String.valueOf(mosquitto.port)));
        return mosquitto;
    }

    public Mosquitto start() throws IOException {
        process =
                new ProcessBuilder(
                                BINARY.toString(),
                                "-c",
                                folder.resolve("mosquitto.conf").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("mosquitto.log").toFile())
                        .start();
        Awaitility.await("mosquitto listens").until(this::listens);
        return this;
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends it as an operator does: queued messages are kept. */
    public void stop() throws InterruptedException {
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    public String url() {
        return "tcp://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** The address where the listener speaks TLS. */
    String tlsUrl() {
        return "ssl://localhost:" + port;
    }

    /** Returns its log. */
    public String log() throws IOException {
        return Files.readString(folder.resolve("mosquitto.log"));
    }

    @Override
    public void close() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }
}
