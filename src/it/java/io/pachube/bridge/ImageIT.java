package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pachube.sandbox.SandboxPachube;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The image, built from the Dockerfile by podman and run: on stand-ins for the base images, which
 * are made of this machine's files.
 */
class ImageIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String IMAGE = "localhost/pachube-mqtt-bridge";
    private static final String CONTAINER = "bridge";

    @TempDir static Path folder;

    private static String built;

    @BeforeAll
    static void build() throws Exception {
        // no storage of the machine's is used
        Files.writeString(
                folder.resolve("storage.conf"),
                "[storage]%ndriver = \"overlay\"%ngraphroot = \"%s/graph\"%nrunroot = \"%s/run\"%n"
                        .formatted(folder, folder));
        Path files = Files.createDirectory(folder.resolve("base"));
        output("src/it/image/base-images.sh", files.toString(), System.getProperty("java.home"));
        built = output(build(Path.of(".")));
    }

    @AfterAll
    static void remove() throws Exception {
        // the storage has mounts
        run(podman("rm", "--all", "--force"));
        run(podman("rmi", "--all", "--force"));
    }

    private static List<String> build(Path context) {
        return podman(
                "build",
                "--format=docker",
                "--pull=never",
                "--network=host",
                "--volume=" + System.getProperty("user.home") + "/.m2:/root/.m2",
                "--tag=" + IMAGE,
                context.toString());
    }

    /** Without cgroups of version 2, which runc does not need. */
    private static List<String> podman(String... arguments) {
        List<String> command = new ArrayList<>(List.of("podman", "--runtime=runc"));
        command.addAll(List.of(arguments));
        return command;
    }

    private record Result(int status, String output) {}

    private static Result run(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .put("CONTAINERS_STORAGE_CONF", folder.resolve("storage.conf").toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    private static String output(List<String> command) throws IOException, InterruptedException {
        Result result = run(command);
        assertEquals(0, result.status, result.output);
        return result.output;
    }

    private static String output(String... command) throws IOException, InterruptedException {
        return output(List.of(command));
    }

    @Test
    void aSourceEditDownloadsNoDependencies() throws Exception {
        assertTrue(built.contains("STEP"), built);
        Path context = Files.createDirectory(folder.resolve("context"));
        output("cp", "-r", "pom.xml", "application.properties", context.toString());
        output("cp", "-r", "log4j2.properties", "routes", "src", "Dockerfile", context.toString());
        output("cp", ".dockerignore", context.toString());
        Path source = context.resolve("src/main/java/io/pachube/bridge/Main.java");
        Files.writeString(source, "this does not compile");
        Result edited = run(build(context));
        assertNotEquals(0, edited.status, edited.output);
        assertTrue(
                edited.output.matches("(?s).*RUN mvn [^\n]*dependencies[^\n]*\n--> Using cache.*"),
                edited.output);
        assertTrue(edited.output.contains("COMPILATION ERROR"), edited.output);
    }

    @Test
    void aValueGoesThroughAReadOnlyContainerOfAnyUser() throws Exception {
        String management = String.valueOf(Ports.free());
        try (Mosquitto mosquitto = new Mosquitto(Files.createDirectory(folder.resolve("m")));
                SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0)) {
            mosquitto.start();
            pachube.start();
            output(
                    podman(
                            "run",
                            "--detach",
                            "--name=" + CONTAINER,
                            "--network=host",
                            "--read-only",
                            "--user=23456:0",
                            "--cap-drop=all",
                            "--security-opt=no-new-privileges",
                            // as many as a user without further rights may ask for
                            "--ulimit=nofile=1024:1024",
                            "--ulimit=nproc=4096:4096",
                            "--env=MQTT_URL=" + mosquitto.url(),
                            "--env=PACHUBE_URL=" + pachube.url(),
                            "--env=CALLBACK_HOST=127.0.0.1",
                            "--env=CALLBACK_PORT=" + Ports.free(),
                            "--env=MANAGEMENT_HOST=127.0.0.1",
                            "--env=MANAGEMENT_PORT=" + management,
                            "--env=JAVA_TOOL_OPTIONS=-Xlog:class+load:file=/tmp/classes.txt",
                            IMAGE));
            await("healthy")
                    .atMost(LIMIT)
                    .until(() -> run(podman("healthcheck", "run", CONTAINER)).status == 0);
            MqttPeer.awaitBridge(mosquitto.url());
            try (MqttPeer peer = new MqttPeer(mosquitto.url())) {
                peer.publish("pb/demo-key/1/temperature", "21.5");
                await().atMost(LIMIT)
                        .until(
                                () ->
                                        Http.stored(pachube.url(), "demo-key", "temperature")
                                                .contains("21.5"));
            }
            String classes = output(podman("exec", CONTAINER, "cat", "/tmp/classes.txt"));
            assertTrue(
                    classes.contains(
                            PachubeBridge.class.getName() + " source: shared objects file (top)"));
            String files = output(podman("exec", CONTAINER, "ls", "-ln", "data"));
            assertTrue(files.contains("23456"), files);
            output(podman("stop", "--time=20", CONTAINER));
            String log = output(podman("logs", CONTAINER));
            assertTrue(log.contains("shutdown in"), log);
            assertEquals("143", inspect("{{.State.ExitCode}}"));
            assertNotEquals(0, run(podman("healthcheck", "run", CONTAINER)).status);
        }
    }

    private static String inspect(String format) throws Exception {
        return output(podman("inspect", "--format=" + format, CONTAINER)).strip();
    }

    @Test
    void itsUserIsANumber() throws Exception {
        String user = output(podman("image", "inspect", "--format={{.User}}", IMAGE));
        assertEquals("10001:0", user.strip());
    }
}
