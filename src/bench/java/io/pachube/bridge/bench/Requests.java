package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Board.Entry;
import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests with {@link Numbered} values, from one thread, over 32 connections, as fast as they are
 * answered, or at the {@link Board}'s rate: as the bridge makes them at Pachube, with no broker and
 * no bridge, which shows what the {@link Sink} can take; or as Pachube makes them at the bridge.
 */
public final class Requests {

    private static final int CONNECTIONS = 32;
    private static final long PAUSE_NANOS = 100_000;

    private static final int END_OF_ANSWER = 0x0d0a0d0a;

    private final Board board;
    private final Selector selector = Selector.open();
    private final Queue<Connection> waiting = new ArrayDeque<>();
    private final ByteBuffer answer = ByteBuffer.allocateDirect(1_024);

    private Requests(Board board) throws IOException {
        this.board = board;
    }

    /**
     * @param args the board's file, the port, the first datastream's number, how many there are;
     *     for callbacks, their secret
     */
    public static void main(String[] args) throws IOException {
        Requests requests = new Requests(new Board(Path.of(args[0])));
        int port = Integer.parseInt(args[1]);
        int first = Integer.parseInt(args[2]);
        int count = Integer.parseInt(args[3]);
        for (int i = 0; i < CONNECTIONS; i++) {
            List<Template> templates = new ArrayList<>();
            for (int datastream = first + i;
                    datastream < first + count;
                    datastream += CONNECTIONS) {
                templates.add(
                        args.length > 4
                                ? callback(port, args[4], datastream)
                                : put(port, datastream));
            }
            requests.waiting.add(requests.new Connection(port, templates));
        }
        requests.run();
    }

    private static Template put(int port, int datastream) {
        return request(
                """
                PUT /v2/feeds/1/datastreams/s%d.csv HTTP/1.1
                X-PachubeApiKey: key%d
                Content-Type: text/csv
                """
                        .formatted(datastream, datastream % 2),
                port,
                "",
                "");
    }

    private static Template callback(int port, String secret, int datastream) {
        CallbackTarget content =
                new CallbackTarget("key0", "s" + datastream, NotificationOptions.DEFAULT);
        return request(
                """
                POST /callback/%s HTTP/1.1
                Content-Type: application/x-www-form-urlencoded
                """
                        .formatted(new CallbackTokenCodec(new StateCipher(secret)).encode(content)),
                port,
                "body=%7B%22triggering_datastream%22%3A%7B%22value%22%3A%7B%22value%22%3A%22",
                "%22%7D%7D%7D");
    }

    private static Template request(String head, int port, String before, String after) {
        String all =
                """
                %sHost: 127.0.0.1:%d
                Content-Length: %d

                """
                                .formatted(
                                        head,
                                        port,
                                        before.length() + Numbered.LENGTH + after.length())
                                .replace("\n", "\r\n")
                        + before;
        return new Template(
                (all + "0".repeat(Numbered.LENGTH) + after).getBytes(StandardCharsets.US_ASCII),
                all.length());
    }

    /** A request, and where in it the value is. */
    private record Template(byte[] bytes, int value) {}

    private void run() throws IOException {
        long begun = System.nanoTime();
        long made = 0;
        board.set(Entry.READY, 1);
        while (true) {
            long rate = board.get(Entry.RATE);
            if (board.get(Entry.WINDOW) == 0) {
                selector.select(this::answered, 20);
                begun = System.nanoTime();
                made = 0;
            } else if (rate == 0) {
                while (!waiting.isEmpty()) {
                    waiting.remove().make(Numbered.micros());
                }
                selector.select(this::answered);
            } else {
                long due = begun + made * 1_000_000_000L / rate;
                if (due <= System.nanoTime() && !waiting.isEmpty()) {
                    waiting.remove().make(due / 1_000);
                    made++;
                } else {
                    LockSupport.parkNanos(PAUSE_NANOS);
                    selector.selectNow(this::answered);
                }
            }
        }
    }

    private void answered(SelectionKey key) {
        try {
            ((Connection) key.attachment()).read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One request after the other; each of its datastreams in turn. */
    private final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer request = ByteBuffer.allocateDirect(1_024);
        private final List<Template> templates;
        private int made;

        Connection(int port, List<Template> templates) throws IOException {
            this.templates = templates;
            channel =
                    SocketChannel.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        void make(long micros) throws IOException {
            Template next = templates.get(made % templates.size());
            made++;
            Numbered.write(1 + (made - 1) / templates.size(), micros, next.bytes, next.value);
            request.clear();
            channel.write(request.put(next.bytes).flip());
            board.add(Entry.PUBLISHED, 1);
        }

        /** An answer has no body, or ends with an empty chunk: either way with an empty line. */
        void read() throws IOException {
            answer.clear();
            int count = channel.read(answer);
            if (count < 0) {
                throw new IOException("The server has gone");
            }
            if (answer.getInt(count - 4) == END_OF_ANSWER) {
                waiting.add(this);
            }
        }
    }
}
