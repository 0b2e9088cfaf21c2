package io.pachube.bridge.bench;

import io.pachube.bridge.JavaProcess;
import io.pachube.bridge.Mosquitto;
import io.pachube.bridge.Ports;
import io.pachube.bridge.RouteFolder;
import io.pachube.bridge.bench.Board.Entry;
import io.pachube.bridge.bench.Setup.Contender;

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
import java.util.regex.Pattern;

/**
 * A contender with a broker, a Pachube and devices of its own. It lives as long as it is measured,
 * and does nothing in between, so that several can be measured in turn, each of them warm.
 */
final class Stand implements AutoCloseable {

    /** What users would set: the collector is the JDK's own choice. */
    private static final List<String> CONTENDERS_FLAGS = List.of("-Xmx512m");

    private static final List<String> FLAGS = List.of("-Xmx256m", "-XX:+UseSerialGC");
    private static final Path JAR = Path.of("target", "pachube-mqtt-bridge.jar").toAbsolutePath();
    private static final Pattern SUBSCRIBED = Pattern.compile(" 1 pb/\\+/\\+/\\+(?!/)");
    private static final int BURST_SECONDS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private final Path folder;
    private final Setup setup;
    private final Path boardFile;
    private final Board board;
    private final Mosquitto broker;
    private final int sinkPort = Ports.free();
    private final int callbackPort = Ports.free();
    private final List<Process> processes = new ArrayList<>();
    private final Process sink;
    private Process contender;
    private Process load;
    private Path log;
    private Conditions conditions;
    private int datastreams;
    private int starts;
    private long lostBefore;
    private long inversionsBefore;
    private long duplicatesBefore;

    /**
     * @param inflight the broker's {@code max_inflight_messages}
     * @param delayMillis how long Pachube takes for a request
     */
    Stand(Path folder, Setup setup, int inflight, int delayMillis) throws IOException {
        this.folder = folder;
        this.setup = setup;
        boardFile = folder.resolve("board");
        board = new Board(boardFile);
        broker =
                new Mosquitto(
                                folder,
                                "max_queued_messages 0",
                                "max_inflight_messages " + inflight,
                                "set_tcp_nodelay true",
                                "log_type error",
                                "log_type warning",
                                "log_type subscribe")
                        .start();
        sink = java(Sink.class, boardFile, sinkPort, delayMillis);
        Awaitility.await("the sink listens").until(this::sinkListens);
    }

    /** Starts the contender; gives the milliseconds until it was up and had subscribed. */
    long start() throws IOException {
        starts++;
        long begun = System.nanoTime();
        contender =
                switch (setup.contender()) {
                    case RAW_PUTS, CAMEL_HTTP -> null; // with the load
                    case ACK_ONLY -> contender(AckOnly.class, boardFile, broker.port(), "pb/+/+/+");
                    case PEER -> contender(VertxPeer.class, broker.port(), sinkPort, setup.pool());
                    case CAMEL_PEER ->
                            contender(CamelPeer.class, broker.port(), sinkPort, setup.pool());
                    case BRIDGE -> bridge();
                };
        if (contender != null) {
            Awaitility.await("the contender is ready; see " + folder)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .atMost(Duration.ofSeconds(30))
                    .until(this::isReady);
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    private boolean isReady() throws IOException {
        return SUBSCRIBED.matcher(broker.log()).results().count() >= starts
                && (setup.contender() != Contender.BRIDGE
                        || Files.readString(log).contains("(pachube-mqtt-bridge) started in"));
    }

    /** The figures of its start. */
    Figures started() throws IOException {
        long millis = start();
        return Figures.of(millis, Moment.of(board, contender, List.of()));
    }

    /** As an operator stops it. */
    private void stop() throws InterruptedException {
        contender.destroy();
        awaitEnd(contender);
    }

    /** Measures the values that are published from now on. */
    void load(Conditions next) throws IOException, InterruptedException {
        if (!next.equals(conditions)) {
            startLoad(next);
            warmUp(1); // the load itself
        }
    }

    private void startLoad(Conditions next) throws IOException, InterruptedException {
        unload();
        conditions = next;
        int count = next.datastreams();
        load =
                switch (setup.contender()) {
                    case RAW_PUTS ->
                            contender =
                                    java(Requests.class, boardFile, sinkPort, datastreams, count);
                    case CAMEL_HTTP ->
                            contender =
                                    contender(
                                            CamelHttp.class,
                                            boardFile,
                                            sinkPort,
                                            datastreams,
                                            count,
                                            setup.pool());
                    case ACK_ONLY, PEER, CAMEL_PEER, BRIDGE ->
                            java(
                                    Load.class,
                                    boardFile,
                                    broker.port(),
                                    next.qos(),
                                    datastreams,
                                    count,
                                    next.connections(),
                                    next.feeds());
                };
        datastreams += count;
        awaitLoad();
    }

    /** Callbacks that become messages, instead of messages that become requests. */
    void callbacks(Conditions next) throws IOException, InterruptedException {
        unload();
        conditions = next;
        java(AckOnly.class, boardFile, broker.port(), "pb/+/+"); // who gets them
        Awaitility.await().until(() -> broker.log().contains("ack-only 1 pb/+/+"));
        load = java(Requests.class, boardFile, callbackPort, 0, next.datastreams(), SECRET);
        awaitLoad();
    }

    private void awaitLoad() {
        Awaitility.await("the load is ready; see " + folder)
                .until(() -> board.get(Entry.READY) == 1);
    }

    private void unload() throws InterruptedException {
        if (load != null) {
            load.destroyForcibly().waitFor();
        }
        board.set(Entry.READY, 0);
        board.set(Entry.LIMIT, Long.MAX_VALUE);
        lostBefore = lost();
        inversionsBefore = board.get(Entry.INVERSIONS);
        duplicatesBefore = board.get(Entry.DUPLICATES);
    }

    private long lost() {
        return board.get(Entry.PUBLISHED) - board.get(Entry.STORED);
    }

    /**
     * So many values are queued on the contender's session while it is away; the figures of the
     * last two fifths, those before warm it up.
     */
    Figures backlog(int values) throws IOException, InterruptedException {
        start();
        contender.destroy();
        awaitEnd(contender);
        startLoad(Conditions.PLAIN.withOutstanding(2 * values));
        board.set(Entry.LIMIT, values);
        resume(0);
        awaitEnd(load);
        start();
        awaitStored(values / 5 * 3);
        Moment begin = moment();
        awaitStored(values / 100 * 99);
        Moment end = moment();
        pause();
        return figures(begin, end).withoutLatencies();
    }

    private void awaitStored(long values) {
        Awaitility.await(values + " values are stored")
                .pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofMinutes(5))
                .until(() -> board.get(Entry.STORED) >= values);
    }

    private static void awaitEnd(Process process) throws InterruptedException {
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            throw new IllegalStateException("It does not end: " + process.info());
        }
    }

    /**
     * Runs it as fast as it can for so long, with breaks: in a machine that is busy the compilers
     * of Java would hardly come to their work.
     */
    void warmUp(int seconds) throws InterruptedException {
        for (int left = seconds; left > 0; left -= BURST_SECONDS) {
            resume(0);
            TimeUnit.SECONDS.sleep(Math.min(left, BURST_SECONDS));
            pause();
        }
    }

    /** The figures of so many seconds in which nothing but this one runs. */
    Figures measure(int seconds) throws IOException, InterruptedException {
        resume(conditions.rate());
        TimeUnit.SECONDS.sleep(1);
        Moment begin = moment();
        TimeUnit.SECONDS.sleep(seconds);
        Moment end = moment();
        pause();
        return figures(begin, end);
    }

    private Moment moment() throws IOException {
        return Moment.of(
                board, contender, List.of(broker.handle(), sink.toHandle(), load.toHandle()));
    }

    private Figures figures(Moment begin, Moment end) {
        return Figures.of(
                begin,
                end,
                lost() - lostBefore,
                board.get(Entry.INVERSIONS) - inversionsBefore,
                board.get(Entry.DUPLICATES) - duplicatesBefore);
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
        while (lost() != 0 && System.nanoTime() - since < PATIENCE.toNanos()) {
            if (board.get(Entry.STORED) != before) {
                before = board.get(Entry.STORED);
                since = System.nanoTime();
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        awaitIdle();
    }

    /** Until its compilers and collectors are done. */
    private void awaitIdle() throws InterruptedException {
        long since = System.nanoTime();
        boolean busy = true;
        while (busy && System.nanoTime() - since < PATIENCE.toNanos()) {
            long before = Moment.cpuNanos(contender.toHandle());
            TimeUnit.MILLISECONDS.sleep(200);
            busy = Moment.cpuNanos(contender.toHandle()) - before > 10_000_000;
        }
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
        if (starts == 1) {
            RouteFolder.copy(folder.resolve("routes"));
            Files.copy(Path.of("application.properties"), folder.resolve("application.properties"));
        }
        Map<String, String> settings = new HashMap<>();
        settings.put("MQTT_URL", broker.url());
        settings.put("PACHUBE_URL", "http://127.0.0.1:" + sinkPort + "/v2");
        settings.put("CALLBACK_HOST", "127.0.0.1");
        settings.put("CALLBACK_PORT", String.valueOf(callbackPort));
        settings.put("CALLBACK_SECRET", SECRET);
        settings.put("MANAGEMENT_PORT", String.valueOf(Ports.free()));
        settings.put("DELIVERY_MAX_CONCURRENT_REQUESTS", String.valueOf(setup.pool()));
        settings.put("DELIVERY_BATCH", setup.batch());
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
        log = folder.resolve(name + "-" + processes.size() + ".log");
        Process process = JavaProcess.start(folder, log.toFile(), environment, command);
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

    @Override
    public void close() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        broker.close();
    }
}
