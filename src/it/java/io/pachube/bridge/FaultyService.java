package io.pachube.bridge;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;

/** An HTTP service on a real socket, whose answers are any bytes at any time. */
public final class FaultyService implements AutoCloseable {

    /** One request. Header names are in lower case. */
    record Request(String method, String target, Map<String, String> headers, String body) {}

    /** Writes the answer to a request; may take its time. */
    interface Answer {
        void write(Request request, OutputStream out) throws Exception;
    }

    static final Answer OK = status(200);

    private final int port;
    private final List<Request> received = new CopyOnWriteArrayList<>();
    private final Set<Request> answered =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Answer answer = OK;
    private ServerSocket listener;

    FaultyService() {
        this(Ports.free());
    }

    private FaultyService(int port) {
        this.port = port;
    }

    /**
     * A process of its own, which may be stopped by a signal. It prints a line for each PUT.
     *
     * @param args the port
     */
    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        FaultyService service = new FaultyService(Integer.parseInt(args[0]));
        service.answer(
                (request, to) -> {
                    if (request.method.equals("PUT")) {
                        out.println(request.target + " " + request.body);
                    }
                    OK.write(request, to);
                });
        service.start();
        new CountDownLatch(1).await();
    }

    static Answer status(int status, String... headers) {
        return answer(status, "", headers);
    }

    static Answer answer(int status, String body, String... headers) {
        return (request, out) -> {
            String reason = status == 400 ? "Bad Request" : "Status";
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " " + reason + "\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            head.append("Content-Length: ").append(bytes.length).append("\r\n\r\n").append(body);
            out.write(head.toString().getBytes(StandardCharsets.UTF_8));
        };
    }

    /** Never answers. */
    static Answer hang() {
        return (request, out) -> TimeUnit.HOURS.sleep(1);
    }

    static Answer after(long millis, Answer then) {
        return (request, out) -> {
            TimeUnit.MILLISECONDS.sleep(millis);
            then.write(request, out);
        };
    }

    /** Answers with a body that goes on for ever, a byte each 100 ms. */
    static Answer drip() {
        return (request, out) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"));
            while (true) {
                out.write('x');
                out.flush();
                TimeUnit.MILLISECONDS.sleep(100);
            }
        };
    }

    /** Answers with a header of so many MiB. */
    static Answer largeHeader(int mebibytes) {
        return (request, out) -> {
            out.write(ascii("HTTP/1.1 200 OK\r\nX-Large: "));
            byte[] part = filled(1 << 20);
            for (int i = 0; i < mebibytes; i++) {
                out.write(part);
            }
            out.write(ascii("\r\nContent-Length: 0\r\n\r\n"));
        };
    }

    /** Answers with a body of so many MiB. */
    static Answer largeBody(int mebibytes) {
        return (request, out) -> {
            out.write(
                    ascii(
                            "HTTP/1.1 200 OK\r\nContent-Length: "
                                    + ((long) mebibytes << 20)
                                    + "\r\n\r\n"));
            byte[] part = filled(1 << 20);
            for (int i = 0; i < mebibytes; i++) {
                out.write(part);
            }
        };
    }

    /** Answers with a small body that unpacks to so many MiB. */
    static Answer bomb(int mebibytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(packed)) {
            byte[] part = new byte[1 << 20];
            for (int i = 0; i < mebibytes; i++) {
                zip.write(part);
            }
        }
        return (request, out) -> {
            out.write(
                    ascii(
                            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                                    + packed.size()
                                    + "\r\n\r\n"));
            packed.writeTo(out);
        };
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] filled(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 'x');
        return bytes;
    }

    FaultyService answer(Answer answer) {
        this.answer = answer;
        return this;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    /** All requests, in the order of arrival. */
    List<Request> received() {
        return List.copyOf(received);
    }

    /** The bodies of the requests that were answered to the end, but for GETs, as they came. */
    List<String> answered() {
        return answered("");
    }

    /** The bodies of those to a path that ends so. */
    List<String> answered(String pathEnd) {
        return received.stream()
                .filter(answered::contains)
                .filter(r -> !r.method.equals("GET") && r.target.endsWith(pathEnd))
                .map(Request::body)
                .toList();
    }

    FaultyService start() throws IOException {
        ServerSocket socket = new ServerSocket(port, 500, InetAddress.getLoopbackAddress());
        listener = socket;
        thread(
                () -> {
                    while (true) {
                        Socket connection = socket.accept();
                        open.add(connection);
                        thread(() -> serve(connection));
                    }
                });
        return this;
    }

    private void serve(Socket connection) throws Exception {
        try (connection) {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            OutputStream out = connection.getOutputStream();
            for (Request request = read(in); request != null; request = read(in)) {
                received.add(request);
                answer.write(request, out);
                answered.add(request);
            }
        } finally {
            open.remove(connection);
        }
    }

    private static Request read(InputStream in) throws IOException {
        String start = line(in);
        if (start.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(), header.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        String[] parts = start.split(" ");
        return new Request(parts[0], parts[1], headers, body);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void thread(Work work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (Exception e) {
                                // the other side, or the test, has closed the connection
                            }
                        },
                        "faulty-service");
        thread.setDaemon(true);
        thread.start();
    }

    /** Refuses connections from now on, and closes those that are open. */
    void stop() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        if (listener != null) {
            stop();
        }
    }
}
