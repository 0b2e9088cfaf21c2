package io.pachube.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** An address that passes on to another one, and can be taken away for a while. */
public final class Forwarder implements AutoCloseable {

    private final int port = Ports.free();
    private final int target;
    private final Duration delay;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private ServerSocket listener;

    public Forwarder(int target) {
        this(target, Duration.ZERO);
    }

    /**
     * @param delay of each byte, each way
     */
    public Forwarder(int target, Duration delay) {
        this.target = target;
        this.delay = delay;
    }

    public int port() {
        return port;
    }

    public void open() throws IOException {
        ServerSocket socket = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        listener = socket;
        start(
                () -> {
                    while (true) {
                        Socket from = socket.accept();
                        start(() -> forward(from));
                    }
                });
    }

    private void forward(Socket from) throws IOException {
        open.add(from);
        try (from;
                Socket to = new Socket(InetAddress.getLoopbackAddress(), target)) {
            open.add(to);
            start(
                    () -> {
                        try (from) {
                            copy(to.getInputStream(), from.getOutputStream());
                        }
                    });
            copy(from.getInputStream(), to.getOutputStream());
        }
    }

    private void copy(InputStream in, OutputStream out) throws IOException {
        if (delay.isZero()) {
            in.transferTo(out);
            return;
        }
        ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
        try {
            byte[] part = new byte[8192];
            for (int count = in.read(part); count >= 0; count = in.read(part)) {
                byte[] bytes = Arrays.copyOf(part, count);
                writer.schedule(() -> write(bytes, out), delay.toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            writer.shutdown(); // after the bytes under way
            try {
                writer.awaitTermination(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void write(byte[] bytes, OutputStream out) {
        try {
            out.write(bytes);
        } catch (IOException e) {
            // the other end has closed
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (IOException e) {
                                // one end has closed
                            }
                        },
                        "forwarder");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        if (listener != null) {
            listener.close();
        }
        for (Socket socket : open) {
            socket.close();
        }
        open.clear();
    }
}
