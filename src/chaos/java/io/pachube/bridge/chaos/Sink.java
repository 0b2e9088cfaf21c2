package io.pachube.bridge.chaos;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Pachube, as a process of its own, that takes numbered values and verifies them: {@code PUT
 * /v2/feeds/<feed>/datastreams/<id>.csv}, the body a number, and {@code PUT /v2/feeds/<feed>.csv},
 * the body rows of {@code id,timestamp,number}.
 *
 * <p>On its control port: {@code PUT /behaviour} sets a {@link Behaviour}, {@code GET
 * /figures?<feed>} gives {@link StoredStream.Figures}, {@code GET /count?<feed>} how many different
 * values there are, {@code GET /largest} how many rows one request had at most.
 */
public final class Sink extends Handler.Abstract {

    /** A key that is always answered with 403. */
    static final String FORBIDDEN_KEY = "forbidden";

    /** A key that may make one request a second: others are answered with 429. */
    static final String THROTTLED_KEY = "throttled";

    /** A datastream that is always answered with 500. */
    static final String FAILING = "failing";

    private static final Pattern PATH =
            Pattern.compile("/v2/feeds/(\\d+)(?:/datastreams/(.+))?\\.csv");
    private static final long SECOND = 1_000_000_000;
    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, Map<String, StoredStream>> feeds = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicInteger largest = new AtomicInteger();
    private final ServerConnector connector;
    private final AtomicLong throttled = new AtomicLong(System.nanoTime() - SECOND);
    private volatile Behaviour behaviour = Behaviour.GOOD;

    private Sink(int port, int control) throws Exception {
        Server server = new Server();
        connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.setShutdownIdleTimeout(0);
        server.addConnector(connector);
        server.setHandler(this);
        server.start();
        HttpServer controls =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), control), 0);
        controls.createContext("/", this::control);
        controls.start();
    }

    /**
     * @param args the port, and the control port
     */
    public static void main(String[] args) throws Exception {
        new Sink(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Behaviour now = behaviour;
        String body = Content.Source.asString(request);
        Matcher path = PATH.matcher(Request.getPathInContext(request));
        String key = request.getHeaders().get("X-PachubeApiKey");
        if (!request.getMethod().equals("PUT") || !path.matches() || key == null) {
            return answer(400, Map.of(), response, callback);
        }
        String feed = path.group(1);
        List<String[]> values = values(path.group(2), body);
        if (now.delayMillis() > 0) {
            Thread.sleep(now.delayMillis());
        }
        if (key.equals(FORBIDDEN_KEY)) {
            return answer(403, Map.of(), response, callback);
        }
        if (key.equals(THROTTLED_KEY)) {
            long before = throttled.get();
            if (System.nanoTime() - before < SECOND
                    || !throttled.compareAndSet(before, System.nanoTime())) {
                return answer(429, Map.of("Retry-After", "1"), response, callback);
            }
        }
        if (values.stream().anyMatch(value -> value[0].equals(FAILING))) {
            return answer(500, Map.of(), response, callback);
        }
        if (happens(now.share())) {
            return answer(now.status(), now.headers(), response, callback);
        }
        boolean hangs = happens(now.hang());
        boolean resets = happens(now.reset());
        boolean drips = happens(now.drip());
        boolean isLarge = happens(now.large());
        boolean answers = !hangs && !resets && !drips && !isLarge;
        if (answers || unanswered.incrementAndGet() % 2 == 0) {
            largest.accumulateAndGet(values.size(), Math::max);
            values.forEach(value -> store(feed, key, value, answers));
        }
        if (resets) {
            reset(request);
        }
        if (drips || isLarge) {
            write(response, isLarge);
        }
        return answers ? answer(200, Map.of(), response, callback) : true;
    }

    /** Until the other side closes the connection. */
    private static void write(Response response, boolean isLarge) throws InterruptedException {
        try (OutputStream out = Content.Sink.asOutputStream(response)) {
            byte[] part = new byte[isLarge ? 1 << 20 : 1];
            for (int i = 0; i < 1024; i++) {
                out.write(part);
                out.flush();
                if (!isLarge) {
                    Thread.sleep(100);
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    /**
     * Returns the id, the time and the number of each value.
     *
     * @param datastream null: the rows name theirs
     */
    private static List<String[]> values(String datastream, String body) {
        return body.strip()
                .lines()
                .map(row -> (datastream == null ? row : datastream + ",," + row).split(","))
                .toList();
    }

    private void store(String feed, String key, String[] value, boolean answers) {
        StoredStream stream =
                feeds.computeIfAbsent(feed, f -> new ConcurrentHashMap<>())
                        .computeIfAbsent(key + " " + value[0], d -> new StoredStream());
        if (stream.store(Integer.parseInt(value[2]), value[1], answers)) {
            counts.computeIfAbsent(feed, f -> new AtomicInteger()).incrementAndGet();
        }
    }

    private static boolean happens(double share) {
        return share > 0 && ThreadLocalRandom.current().nextDouble() < share;
    }

    private static boolean answer(
            int status, Map<String, String> headers, Response response, Callback callback) {
        response.setStatus(status);
        headers.forEach(response.getHeaders()::put);
        callback.succeeded();
        return true;
    }

    private static void reset(Request request) throws IOException {
        var endPoint =
                (SocketChannelEndPoint)
                        request.getConnectionMetaData().getConnection().getEndPoint();
        SocketChannel channel = endPoint.getChannel();
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
    }

    private void control(HttpExchange exchange) throws IOException {
        try (exchange) {
            String feed = exchange.getRequestURI().getQuery();
            Object answer =
                    switch (exchange.getRequestURI().getPath()) {
                        case "/behaviour" ->
                                behave(JSON.readValue(exchange.getRequestBody(), Behaviour.class));
                        case "/figures" -> figures(feed);
                        case "/largest" -> largest;
                        default -> counts.getOrDefault(feed, new AtomicInteger());
                    };
            byte[] json = JSON.writeValueAsBytes(answer);
            exchange.sendResponseHeaders(200, json.length);
            exchange.getResponseBody().write(json);
        }
    }

    private Behaviour behave(Behaviour wanted) {
        try {
            if (wanted.away()) {
                connector.stop();
                connector.getConnectedEndPoints().forEach(connection -> connection.close());
            } else {
                connector.start();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        behaviour = wanted;
        return wanted;
    }

    private List<StoredStream.Figures> figures(String feed) {
        return feeds.getOrDefault(feed, Map.of()).entrySet().stream()
                .map(
                        stream -> {
                            String[] name = stream.getKey().split(" ");
                            return stream.getValue().figures(name[0], name[1]);
                        })
                .toList();
    }
}
