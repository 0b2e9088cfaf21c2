package io.pachube.bridge.mqtt.paho;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.eclipse.paho.client.mqttv3.internal.TCPNetworkModule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import javax.net.SocketFactory;

class SafeNetworkModuleTest {

    private static final byte[] DISCONNECT = {(byte) 0xe0, 0};

    /** A PUBLISH of QoS 0 with topic "t". */
    private static final byte[] MESSAGE = {0x30, 4, 0, 1, 't', '1'};

    private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(3);
    private ServerSocket server;
    private SafeNetworkModule connection;
    private Socket broker;

    @BeforeEach
    void connect() throws Exception {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        connection =
                new SafeNetworkModule(
                        new TCPNetworkModule(
                                SocketFactory.getDefault(),
                                "127.0.0.1",
                                server.getLocalPort(),
                                "test"),
                        (topic, message) -> {},
                        () -> false,
                        executor);
        connection.start();
        broker = server.accept();
        executor.execute(this::read);
    }

    /** As Paho's thread does, until the end. */
    private void read() {
        try {
            InputStream in = connection.getInputStream();
            int read = 0;
            while (read >= 0) {
                try {
                    read = in.read();
                } catch (SocketTimeoutException e) {
                    // nothing came
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    @AfterEach
    void end() throws Exception {
        executor.shutdownNow();
        broker.close();
        server.close();
    }

    private CompletableFuture<Void> leave() throws IOException {
        OutputStream out = connection.getOutputStream();
        out.write(DISCONNECT);
        out.flush();
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        connection.stop();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                executor);
    }

    /** mosquitto gives up a connection that it cannot write to, and reads nothing more of it. */
    @Test
    void whoLeavesReadsUntilTheBrokerCloses() throws Exception {
        CompletableFuture<Void> left = leave();
        for (int i = 0; i < 2; i++) { // the first one would be answered with a reset
            Thread.sleep(50);
            broker.getOutputStream().write(MESSAGE);
        }
        assertArrayEquals(DISCONNECT, broker.getInputStream().readNBytes(2));

        broker.close();
        left.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aBrokerThatDoesNotCloseIsNotAwaitedForLong() throws Exception {
        CompletableFuture<Void> left = leave();
        left.get(10, TimeUnit.SECONDS);
    }
}
