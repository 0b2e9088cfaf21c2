package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Board.Entry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/**
 * A Pachube, as a process of its own, that takes {@code PUT …/datastreams/s<number>.csv} with
 * {@link Numbered} values, and {@code PUT …/feeds/<number>.csv} with rows {@code
 * s<number>,timestamp,value}, verifies them, and tells the {@link Board}. One thread, and no more
 * work a request than that, so that it limits nobody.
 */
public final class Sink {

    private static final byte[] METHOD = ascii("PUT /v2/feeds/");
    private static final byte[] DATASTREAMS = ascii("/datastreams/s");
    private static final byte[] KEY = ascii("x-pachubeapikey:");
    private static final byte[] LENGTH = ascii("content-length:");

    private static final byte[] STORED = ascii("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    private static final byte[] MALFORMED =
            ascii("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");

    private final Board board;
    private final Verifier verifier;
    private final long delayNanos;
    private final Selector selector = Selector.open();
    private final Queue<Connection> waiting = new ArrayDeque<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);

    private Sink(Board board, int delayMillis) throws IOException {
        this.board = board;
        verifier = new Verifier(board);
        delayNanos = delayMillis * 1_000_000L;
    }

    /**
     * @param args the board's file, the port, the milliseconds that each request takes
     */
    public static void main(String[] args) throws IOException {
        new Sink(new Board(Path.of(args[0])), Integer.parseInt(args[2]))
                .serve(Integer.parseInt(args[1]));
    }

    private void serve(int port) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_024);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select(this::ready, answerWhatIsDue());
        }
    }

    /** Gives the milliseconds until the next is due; 0: none waits. */
    private long answerWhatIsDue() {
        while (!waiting.isEmpty()) {
            long nanos = waiting.peek().due - System.nanoTime();
            if (nanos > 0) {
                return 1 + nanos / 1_000_000;
            }
            waiting.remove().answer();
        }
        return 0;
    }

    private void ready(SelectionKey key) {
        try {
            if (key.attachment() instanceof Connection connection) {
                connection.read();
            } else {
                SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Connection(channel));
            }
        } catch (IOException e) {
            key.cancel();
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** One that has one request at a time. */
    private final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer stored = ByteBuffer.allocateDirect(STORED.length).put(STORED);
        private byte[] request = new byte[1_024];
        private int length;
        private int head;
        private int end;
        private long due;

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        void read() throws IOException {
            buffer.clear();
            int count = channel.read(buffer);
            if (count < 0) {
                channel.close();
                return;
            }
            if (length + count > request.length) {
                request = Arrays.copyOf(request, 2 * (length + count));
            }
            buffer.flip().get(request, length, count);
            length += count;
            take();
        }

        private void take() {
            if (head == 0) {
                head = headEnd();
                end = head + number(find(LENGTH));
            }
            if (head > 0 && length >= end) {
                if (delayNanos == 0) {
                    answer();
                } else {
                    due = System.nanoTime() + delayNanos;
                    waiting.add(this);
                }
            }
        }

        private int headEnd() {
            for (int i = 3; i < length; i++) {
                if (request[i] == '\n' && request[i - 2] == '\n') {
                    return i + 1;
                }
            }
            return 0;
        }

        /** Where that name of a header, with its colon, ends; -1 if the head has none. */
        private int find(byte[] name) {
            for (int i = 0; i + name.length < head; i++) {
                if (request[i] == '\n' && (request[i + 1] | 0x20) == name[0]) {
                    int same = 1;
                    while (same < name.length && (request[i + 1 + same] | 0x20) == name[same]) {
                        same++;
                    }
                    if (same == name.length) {
                        return i + 1 + same;
                    }
                }
            }
            return -1;
        }

        private boolean isAt(int at, byte[] text) {
            return at + text.length <= head
                    && Arrays.equals(request, at, at + text.length, text, 0, text.length);
        }

        private int number(int at) {
            int number = 0;
            for (int i = at; i >= 0 && i < head && request[i] != '\r'; i++) {
                if (request[i] != ' ') {
                    number = number * 10 + request[i] - '0';
                }
            }
            return number;
        }

        void answer() {
            try {
                board.add(Entry.REQUESTS, 1);
                if (store()) {
                    channel.write(stored.flip());
                } else {
                    channel.write(ByteBuffer.wrap(MALFORMED));
                }
                System.arraycopy(request, end, request, 0, length - end);
                length -= end;
                head = 0;
                if (length > 0) {
                    take();
                }
            } catch (IOException e) {
                // whoever it is has gone
            }
        }

        private boolean store() {
            int name = METHOD.length;
            while (name < head && request[name] != '\r' && !isAt(name, DATASTREAMS)) {
                name++;
            }
            if (!isAt(0, METHOD) || find(KEY) < 0) {
                return false;
            }
            boolean isFeed = !isAt(name, DATASTREAMS);
            int datastream =
                    isFeed ? 0 : Verifier.datastream(request, name + DATASTREAMS.length - 1, head);
            int at = head;
            for (int i = head; i <= end; i++) {
                if (isFeed && i == at && i < end && request[i] == 's') {
                    datastream = Verifier.datastream(request, i, end);
                }
                if (i == end || request[i] == '\n') {
                    if (i - at == Numbered.LENGTH) {
                        verifier.store(datastream, request, at);
                    } else if (i > at) {
                        return false;
                    }
                    at = i + 1;
                } else if (request[i] == ',') {
                    at = i + 1;
                }
            }
            return true;
        }
    }
}
