package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Board.Entry;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * The devices, as a process of their own: publishes {@link Numbered} values to {@code
 * pb/key<0|1>/<feed>/s<number>}, each datastream's in order over one connection, in turn, as fast
 * as {@link Board} says and no faster than they are stored, or than its broker takes them. Speaks
 * bare MQTT 3.1.1 from one thread, as its CPU time is taken from the contender.
 */
public final class Load {

    /** In one write at most. */
    private static final int CHUNK = 64;

    private static final int UNACKNOWLEDGED = 2_000;
    private static final long PAUSE_NANOS = 1_000_000;

    /** Not one after the other is published, but a part of the window at once. */
    private static final int REFILLS = 16;

    private final Board board;
    private final Selector selector = Selector.open();
    private final int qos;
    private final Device[] devices;
    private final int first;
    private final int feeds;
    private final int[] numbers;
    private final ByteBuffer acknowledgements = ByteBuffer.allocateDirect(1 << 16);
    private long published;
    private int turn;

    private Load(
            Board board, int port, int qos, int first, int datastreams, int connections, int feeds)
            throws IOException {
        this.board = board;
        this.qos = qos;
        this.first = first;
        this.feeds = feeds;
        published = board.get(Entry.PUBLISHED);
        numbers = new int[datastreams];
        devices = new Device[connections];
        for (int i = 0; i < connections; i++) {
            devices[i] = new Device(port, i);
        }
    }

    /**
     * @param args the board's file, the broker's port, the QoS, the first datastream's number, how
     *     many there are, over how many connections, of how many feeds
     */
    public static void main(String[] args) throws IOException {
        new Load(
                        new Board(Path.of(args[0])),
                        Integer.parseInt(args[1]),
                        Integer.parseInt(args[2]),
                        Integer.parseInt(args[3]),
                        Integer.parseInt(args[4]),
                        Integer.parseInt(args[5]),
                        Integer.parseInt(args[6]))
                .publish();
    }

    private void publish() throws IOException {
        long begun = System.nanoTime(); // the rate's, and how many were published by then
        long before = published;
        board.set(Entry.READY, 1);
        while (published < board.get(Entry.LIMIT)) {
            long window = board.get(Entry.WINDOW);
            long rate = board.get(Entry.RATE);
            if (window == 0) {
                begun = System.nanoTime();
                before = published;
            }
            long room = window - (published - board.get(Entry.STORED));
            long due = before + (long) ((System.nanoTime() - begun) * (rate / 1e9)) - published;
            if (rate > 0) {
                publish(Math.min(room, due));
            } else if (room >= window / REFILLS) {
                publish(Math.min(room, board.get(Entry.LIMIT) - published));
            }
            board.set(Entry.PUBLISHED, published);
            settle();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        long patience = System.nanoTime() + 5_000_000_000L;
        while (isUnsettled() && System.nanoTime() < patience) {
            settle();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void publish(long count) {
        int chunk = (int) Math.max(1, Math.min(CHUNK, count / devices.length));
        long left = count;
        for (int i = 0; i < devices.length && left > 0; i++) {
            left -= devices[turn].publish((int) Math.min(chunk, left));
            turn = (turn + 1) % devices.length;
        }
    }

    private void settle() throws IOException {
        for (Device device : devices) {
            device.flush();
        }
        selector.selectNow(key -> ((Device) key.attachment()).acknowledged());
    }

    private boolean isUnsettled() {
        for (Device device : devices) {
            if (device.unacknowledged > 0 || device.packets.position() > 0) {
                return true;
            }
        }
        return false;
    }

    private final class Device {
        private final SocketChannel channel;
        private final ByteBuffer packets = ByteBuffer.allocateDirect(1 << 14);
        private final byte[][] templates;
        private final int index;
        private int next;
        private int identifier;
        private int unacknowledged;
        private int partial;

        Device(int port, int index) throws IOException {
            this.index = index;
            templates = new byte[1 + (numbers.length - 1 - index) / devices.length][];
            for (int i = 0; i < templates.length; i++) {
                templates[i] = template(first + index + i * devices.length);
            }
            channel =
                    SocketChannel.open(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            connect("load-" + index);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        private void connect(String id) throws IOException {
            OutputStream out = channel.socket().getOutputStream();
            ByteBuffer packet = ByteBuffer.allocate(14 + id.length());
            packet.put(new byte[] {0x10, (byte) (12 + id.length()), 0, 4, 'M', 'Q', 'T', 'T', 4});
            packet.put((byte) 2).putShort((short) 0).putShort((short) id.length());
            out.write(packet.put(id.getBytes(StandardCharsets.US_ASCII)).array());
            byte[] answer = channel.socket().getInputStream().readNBytes(4);
            if (answer.length < 4 || answer[3] != 0) {
                throw new IOException("The broker refuses the connection");
            }
        }

        private byte[] template(int datastream) {
            int feed = datastream % feeds;
            byte[] topic =
                    ("pb/key" + feed % 2 + "/" + (feed + 1) + "/s" + datastream)
                            .getBytes(StandardCharsets.US_ASCII);
            int length = 2 + topic.length + (qos > 0 ? 2 : 0) + Numbered.LENGTH;
            ByteBuffer packet = ByteBuffer.allocate(2 + length);
            packet.put((byte) (0x30 | qos << 1)).put((byte) length);
            return packet.putShort((short) topic.length).put(topic).array();
        }

        /** Gives how many it has published. */
        int publish(int count) {
            for (int i = 0; i < count; i++) {
                byte[] packet = templates[next];
                if (unacknowledged >= UNACKNOWLEDGED || packets.remaining() < packet.length) {
                    return i;
                }
                int value = packet.length - Numbered.LENGTH;
                if (qos > 0) {
                    identifier = identifier == 0xffff ? 1 : identifier + 1;
                    packet[value - 2] = (byte) (identifier >> 8);
                    packet[value - 1] = (byte) identifier;
                    unacknowledged++;
                }
                int number = ++numbers[index + next * devices.length];
                Numbered.write(number, Numbered.micros(), packet, value);
                packets.put(packet);
                next = (next + 1) % templates.length;
                published++;
            }
            return count;
        }

        void flush() throws IOException {
            if (packets.position() > 0) {
                channel.write(packets.flip());
                packets.compact();
            }
        }

        void acknowledged() {
            try {
                acknowledgements.clear();
                int count = channel.read(acknowledgements);
                if (count < 0) {
                    throw new IOException("The broker has gone");
                }
                partial += count;
                unacknowledged -= partial / 4; // a PUBACK has four bytes
                partial %= 4;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
