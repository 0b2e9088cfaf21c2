package io.pachube.bridge.chaos;

import io.pachube.bridge.Ports;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** An address that passes on to another one, and can be taken away for a while. */
final class Forwarder implements AutoCloseable {

    private final int port = Ports.free();
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private ServerSocket listener;

    Forwarder(int target) {
        this.target = target;
    }

    int port() {
        return port;
    }

    void open() throws IOException {
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
                            to.getInputStream().transferTo(from.getOutputStream());
                        }
                    });
            from.getInputStream().transferTo(to.getOutputStream());
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
