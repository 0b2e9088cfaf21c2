package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Board.Entry;

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
import java.util.Queue;

/**
 * Requests as the bridge makes them, with no broker and no bridge, from one thread over 32
 * connections: what the {@link Sink} can take.
 */
public final class RawPuts {

    private static final int CONNECTIONS = 32;

    private final Board board;
    private final Selector selector = Selector.open();
    private final Queue<Connection> waiting = new ArrayDeque<>();
    private final ByteBuffer answer = ByteBuffer.allocateDirect(1_024);

    private RawPuts(Board board) throws IOException {
        this.board = board;
    }

    /**
     * @param args the board's file, the sink's port, how many datastreams
     */
    public static void main(String[] args) throws IOException {
        RawPuts puts = new RawPuts(new Board(Path.of(args[0])));
        for (int i = 0; i < CONNECTIONS; i++) {
            puts.waiting.add(
                    puts.new Connection(Integer.parseInt(args[1]), Integer.parseInt(args[2]), i));
        }
        puts.run();
    }

    private void run() throws IOException {
        while (true) {
            selector.select(key -> ((Connection) key.attachment()).answered(), 20);
            if (board.get(Entry.WINDOW) > 0) {
                for (Connection idle = waiting.poll(); idle != null; idle = waiting.poll()) {
                    idle.put();
                }
            }
        }
    }

    /** Has each 32nd of the datastreams. */
    private final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer request = ByteBuffer.allocateDirect(1_024);
        private final byte[][] templates;
        private final int[] numbers;
        private int next;
        private int length;

        Connection(int port, int datastreams, int first) throws IOException {
            templates = new byte[1 + (datastreams - 1 - first) / CONNECTIONS][];
            numbers = new int[templates.length];
            for (int i = 0; i < templates.length; i++) {
                templates[i] = template(port, first + i * CONNECTIONS);
            }
            channel =
                    SocketChannel.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        private byte[] template(int port, int datastream) {
            return """
            PUT /v2/feeds/1/datastreams/s%d.csv HTTP/1.1
            X-PachubeApiKey: key%d
            Content-Type: text/csv
            Content-Length: %d
            Host: 127.0.0.1:%d

            %s"""
                    .formatted(
                            datastream,
                            datastream % 2,
                            Numbered.LENGTH,
                            port,
                            "0".repeat(Numbered.LENGTH))
                    .replace("\n", "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }

        private void put() throws IOException {
            byte[] template = templates[next];
            Numbered.write(++numbers[next], template, template.length - Numbered.LENGTH);
            next = (next + 1) % templates.length;
            request.clear();
            channel.write(request.put(template).flip());
            board.add(Entry.PUBLISHED, 1);
        }

        void answered() {
            try {
                answer.clear();
                int count = channel.read(answer);
                length += count;
                if (count < 0) {
                    throw new IOException("The sink has gone");
                }
                if (length == Sink.STORED.length) {
                    length = 0;
                    waiting.add(this);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
