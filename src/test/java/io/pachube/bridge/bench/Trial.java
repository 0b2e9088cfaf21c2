package io.pachube.bridge.bench;

import io.pachube.bridge.Mosquitto;
import io.pachube.bridge.Ports;
import io.pachube.bridge.RouteFolder;
import io.pachube.bridge.bench.Board.Entry;
import io.pachube.bridge.chaos.JavaProcess;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One contender under its conditions, with a broker, a Pachube and devices of its own. */
final class Trial implements AutoCloseable {

    /** What users would set: the collector is the JDK's own choice. */
    private static final List<String> CONTENDERS_FLAGS = List.of("-Xmx512m");

    private static final List<String> FLAGS = List.of("-Xmx256m", "-XX:+UseSerialGC");
    private static final Path JAR = Path.of("target", "pachube-mqtt-bridge.jar").toAbsolutePath();
    private static final Pattern SUBSCRIBED = Pattern.compile(" 1 pb/\\+/\\+/\\+(?!/)");
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Path folder;
    private final Setup setup;
    private final Conditions conditions;
    private final Path boardFile;
    private final Board board;
    private final Mosquitto broker;
    private final int sinkPort = Ports.free();
    private Process contender;
    private final List<Process> processes = new ArrayList<>();

    Trial(Path folder, Setup setup, Conditions conditions) throws IOException {
        this.folder = folder;
        this.setup = setup;
        this.conditions = conditions;
        boardFile = folder.resolve("board");
        board = new Board(boardFile);
        board.set(Entry.LIMIT, Long.MAX_VALUE);
        broker =
                new Mosquitto(
                                folder,
                                "max_queued_messages 0",
                                "max_inflight_messages " + conditions.inflight(),
                                "set_tcp_nodelay true",
                                "log_type error",
                                "log_type warning",
                                "log_type subscribe")
                        .start();
        java(Sink.class, boardFile, sinkPort, conditions.datastreams(), conditions.delayMillis());
        Awaitility.await("the sink listens").until(this::sinkListens);
    }

    /** Starts the contender and the devices, and lets them run for so long. */
    void warmUp(int seconds) throws IOException, InterruptedException {
        contender = startContender();
        if (setup.contender() != Setup.Contender.RAW_PUTS) {
            Awaitility.await("the contender has subscribed; see " + folder)
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> SUBSCRIBED.matcher(broker.log()).find());
            java(
                    Load.class,
                    boardFile,
                    broker.port(),
                    conditions.qos(),
                    conditions.datastreams(),
                    conditions.connections());
        }
        resume(0);
        TimeUnit.SECONDS.sleep(seconds);
        pause();
    }

    /** The figures of so many seconds in which nothing but this one runs. */
    Figures measure(int seconds) throws IOException, InterruptedException {
        resume(conditions.rate());
        TimeUnit.SECONDS.sleep(1);
        Moment begin = new Moment(board, contender);
        TimeUnit.SECONDS.sleep(seconds);
        Moment end = new Moment(board, contender);
        Map<String, Double> memory = memory(contender);
        pause();
        double values = end.stored - begin.stored;
        Latencies latencies = end.latencies.since(begin.latencies);
        return new Figures(
                values * 1e9 / (end.nanos - begin.nanos),
                (end.cpuNanos - begin.cpuNanos) / 1e3 / values,
                (end.requests - begin.requests) / values,
                latencies.millis(0.5),
                latencies.millis(0.99),
                memory.get("VmRSS"),
                memory.get("VmHWM"),
                board.get(Entry.PUBLISHED) - board.get(Entry.STORED),
                board.get(Entry.INVERSIONS),
                board.get(Entry.DUPLICATES));
    }

    private void resume(int rate) {
        board.set(Entry.RATE, rate);
        board.set(Entry.WINDOW, conditions.outstanding());
    }

    /** Until all that was published is stored, as long as there is any progress. */
    private void pause() throws InterruptedException {
        board.set(Entry.WINDOW, 0);
        long before = -1;
        long since = System.nanoTime();
        while (board.get(Entry.STORED) != board.get(Entry.PUBLISHED)
                && System.nanoTime() - since < PATIENCE.toNanos()) {
            if (board.get(Entry.STORED) != before) {
                before = board.get(Entry.STORED);
                since = System.nanoTime();
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private record Moment(
            long nanos, long stored, long requests, long cpuNanos, Latencies latencies) {

        Moment(Board board, Process contender) {
            this(
                    System.nanoTime(),
                    board.get(Entry.STORED),
                    board.get(Entry.REQUESTS),
                    contender.info().totalCpuDuration().orElseThrow().toNanos(),
                    board.latencies());
        }
    }

    private Process startContender() throws IOException {
        return switch (setup.contender()) {
            case RAW_PUTS -> java(RawPuts.class, boardFile, sinkPort, conditions.datastreams());
            case ACK_ONLY ->
                    contender(AckOnly.class, boardFile, broker.port(), conditions.datastreams());
            case PEER -> contender(VertxPeer.class, broker.port(), sinkPort, setup.pool());
            case BRIDGE -> bridge();
        };
    }

    private Process contender(Class<?> main, Object... args) throws IOException {
        return java(setup.jdk(), CONTENDERS_FLAGS, main, args);
    }

    private Process java(Class<?> main, Object... args) throws IOException {
        return java(Jdk.THIS, FLAGS, main, args);
    }

    private Process java(Jdk jdk, List<String> flags, Class<?> main, Object... args)
            throws IOException {
        List<String> arguments =
                new ArrayList<>(
                        List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        for (Object arg : args) {
            arguments.add(arg.toString());
        }
        return start(main.getSimpleName(), Map.of(), jdk, flags, arguments);
    }

    /** As it is run: the jar, in a folder with its properties and routes. */
    private Process bridge() throws IOException {
        RouteFolder.copy(folder.resolve("routes"));
        Files.copy(Path.of("application.properties"), folder.resolve("application.properties"));
        Map<String, String> settings = new HashMap<>();
        settings.put("MQTT_URL", broker.url());
        settings.put("PACHUBE_URL", "http://127.0.0.1:" + sinkPort + "/v2");
        settings.put("CALLBACK_HOST", "127.0.0.1");
        settings.put("CALLBACK_PORT", String.valueOf(Ports.free()));
        settings.put("OBSERVE_PORT", String.valueOf(Ports.free()));
        settings.put("DELIVERY_CONCURRENCY", String.valueOf(setup.pool()));
        settings.put("DELIVERY_BATCH_SIZE", String.valueOf(setup.batchSize()));
        return start(
                "Bridge", settings, setup.jdk(), CONTENDERS_FLAGS, List.of("-jar", JAR.toString()));
    }

    private Process start(
            String name,
            Map<String, String> environment,
            Jdk jdk,
            List<String> flags,
            List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(jdk.command()));
        command.addAll(flags);
        command.addAll(arguments);
        Process process =
                JavaProcess.start(
                        folder, folder.resolve(name + ".log").toFile(), environment, command);
        processes.add(process);
        return process;
    }

    private boolean sinkListens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), sinkPort)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static Map<String, Double> memory(Process process) throws IOException {
        Map<String, Double> memory = new HashMap<>();
        Matcher lines =
                Pattern.compile("(Vm\\w+):\\s+(\\d+) kB")
                        .matcher(Files.readString(Path.of("/proc/" + process.pid() + "/status")));
        while (lines.find()) {
            memory.put(lines.group(1), Double.parseDouble(lines.group(2)) / 1_024);
        }
        return memory;
    }

    @Override
    public void close() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        broker.close();
    }
}
