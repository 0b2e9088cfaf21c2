package io.pachube.bridge;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports that nobody listens on, and that stay so until they are used: below those that the system
 * gives to connections, each once, and others in each of the processes that run tests side by side.
 */
public final class Ports {

    private static final int COUNT = 2_500;
    private static final int FIRST =
            15_000 + COUNT * (fork(System.getProperty("test.fork", "fork-1")) - 1);
    private static final AtomicInteger NEXT =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

    private Ports() {}

    private static int fork(String name) {
        return Integer.parseInt(name.substring(name.indexOf('-') + 1));
    }

    public static int free() {
        while (true) {
            int port = FIRST + NEXT.getAndIncrement() % COUNT;
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // taken: the next one
            }
        }
    }
}
