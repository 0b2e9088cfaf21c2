package io.pachube.sandbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.BindException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * A small Pachube, for trying the bridge and for tests: API v2 over HTTP, in memory.
 *
 * <p>It starts with feed 1, "Sandbox", the datastreams {@code temperature} and {@code humidity} and
 * the master key {@value #DEMO_KEY}. Its data outlives {@link #stop}, and is gone with the object.
 * Notifications go to whatever address a trigger names.
 *
 * <p>Memory is bounded by the constants below. A request above a bound is refused with a 422; only
 * the oldest datapoints of a datastream are evicted instead. Full of short values it takes some 70
 * MB; the longest values and much metadata make that several times as much. Requests under way come
 * on top.
 *
 * <p>All methods may be called by any thread.
 */
public class SandboxPachube implements AutoCloseable {
    /** The master key at the start. */
    public static final String DEMO_KEY = "demo-key";

    /** Most bytes of a request's body, decompressed; a larger one gets a 413. */
    public static final int MAX_BODY = 1024 * 1024;

    /** Most feeds. */
    public static final int MAX_FEEDS = 1_000;

    /** Most datastreams, of all feeds together. */
    public static final int MAX_DATASTREAMS = 20_000;

    /** Most datapoints of one datastream. */
    public static final int MAX_DATAPOINTS_PER_STREAM = 10_000;

    /**
     * Most datapoints of all datastreams together; each datastream keeps its latest one even so.
     */
    public static final int MAX_DATAPOINTS = 500_000;

    /** Most triggers. */
    public static final int MAX_TRIGGERS = 10_000;

    /** Most keys. */
    public static final int MAX_KEYS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(SandboxPachube.class);

    /** How often it looks for datastreams that froze, ms. */
    private static final int SWEEP = 250;

    private final String host;
    final TriggerEvaluator triggers;
    final NotificationSender notifier = new NotificationSender(this::url);
    final ApiKeys keys;
    private final RequestHandler requests;
    private final FeedStore store;
    private volatile int port;
    private Server server;
    private ScheduledExecutorService scheduler;

    /**
     * Creates it; {@link #start} opens the port.
     *
     * @param host the name or address to listen on
     * @param port 0 for any that is free; it is then kept for later starts
     */
    public SandboxPachube(String host, int port) {
        this(host, port, Clock.systemUTC(), task -> task.send(task.serve()));
    }

    /**
     * Creates it for a test.
     *
     * @param clock says when values arrive, when a datastream is frozen (15 minutes) and how long a
     *     trigger holds (5 s). Time-outs go by real time.
     * @param service executes a request and sends its response
     */
    SandboxPachube(
            String host, int port, Clock clock, Consumer<RequestHandler.RequestTask> service) {
        this.host = host;
        this.port = port;
        triggers = new TriggerEvaluator(clock, notifier);
        keys = new ApiKeys(clock);
        store = new FeedStore(clock, triggers);
        requests =
                new RequestHandler(
                        new ApiRouter(clock, store, triggers, keys), keys, this::url, service);
        keys.addMaster(DEMO_KEY);
        ObjectNode feed = JsonFormat.object().put("title", "Sandbox");
        store.create(
                feed,
                List.of(
                        DatastreamUpdate.value("temperature", null),
                        DatastreamUpdate.value("humidity", null)));
    }

    /**
     * Opens the port; does nothing if it is open.
     *
     * @throws IllegalStateException if it cannot, and why
     */
    public synchronized void start() {
        if (server != null) {
            return;
        }
        QueuedThreadPool threads = new QueuedThreadPool(16, 4);
        threads.setName("sandbox-pachube");
        threads.setDaemon(true);
        Server starting = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setUriCompliance(UriCompliance.UNSAFE); // paths are decoded here, segment by segment
        ServerConnector connector =
                new ServerConnector(starting, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(port);
        starting.addConnector(connector);
        scheduler =
                Executors.newSingleThreadScheduledExecutor(
                        task -> {
                            Thread thread = new Thread(task, "sandbox-pachube-clock");
                            thread.setDaemon(true);
                            return thread;
                        });
        starting.setHandler(requests.handler());
        try {
            starting.start();
        } catch (Exception e) {
            scheduler.shutdownNow();
            close(starting);
            throw new IllegalStateException(
                    hasBindException(e)
                            ? "Port "
                                    + port
                                    + " of "
                                    + host
                                    + " is taken: set sandbox.pachube.port to a free one"
                            : "The sandbox Pachube cannot listen on " + host + ":" + port,
                    e);
        }
        server = starting;
        port = connector.getLocalPort();
        notifier.start(scheduler);
        scheduler.scheduleWithFixedDelay(triggers::sweep, SWEEP, SWEEP, MILLISECONDS);
    }

    private static boolean hasBindException(Throwable e) {
        return e != null && (e instanceof BindException || hasBindException(e.getCause()));
    }

    /** Closes the port and all connections at once; the data stays for the next start. */
    public synchronized void stop() {
        if (server != null) {
            notifier.stop();
            scheduler.shutdownNow();
            close(server);
            server = null;
        }
    }

    private static void close(Server server) {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.warn("The sandbox Pachube did not stop cleanly", e);
        }
    }

    /** The same as {@link #stop}. */
    @Override
    public void close() {
        stop();
    }

    /** Returns the first feeds with the latest datapoints, as JSON. */
    List<Map<String, Object>> overview() {
        return FeedOverview.of(store.feeds());
    }

    /** The API's address, {@code http://host:port/v2}; the port is known after the start. */
    public String url() {
        String name = host.contains(":") ? "[" + host + "]" : host;
        return "http://" + name + ":" + port + RequestHandler.ROOT;
    }
}
