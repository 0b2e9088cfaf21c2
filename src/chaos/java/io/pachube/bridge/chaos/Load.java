package io.pachube.bridge.chaos;

import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Devices that publish numbered values at QoS 1: some clients, each a thread of this process with
 * its share of the topics.
 *
 * <p>A topic has one value in flight: the next one leaves when the broker has acknowledged it, so
 * that the order at the broker is certain. Where a connection ends before that, the value is sent
 * again, and the broker may then have it twice; those are in {@link #resent}.
 */
final class Load implements AutoCloseable {

    private static final int CLIENTS = 4;

    private final String url;
    private final int each;
    private final String zeros;
    private final long pauseNanos;
    private final Map<String, Integer> sent = new ConcurrentHashMap<>();
    private final Set<String> resent = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    /**
     * Starts at once.
     *
     * @param each how many values for each topic
     * @param perSecond for all topics together; 0: as fast as can be
     */
    Load(String url, List<String> topics, int each, int perSecond) {
        this(url, topics, each, perSecond, 0);
    }

    /**
     * @param zeros how many precede each number, to make it long
     */
    Load(String url, List<String> topics, int each, int perSecond, int zeros) {
        this.url = url;
        this.each = each;
        this.zeros = "0".repeat(zeros);
        this.pauseNanos = perSecond == 0 ? 0 : CLIENTS * 1_000_000_000L / perSecond;
        for (int i = 0; i < CLIENTS; i++) {
            int first = i;
            List<Topic> share = new ArrayList<>();
            for (int t = first; t < topics.size(); t += CLIENTS) {
                share.add(new Topic(topics.get(t)));
            }
            Thread thread = new Thread(new Device(share), "load-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    /** The highest number of each topic that the broker has acknowledged. */
    Map<String, Integer> sent() {
        return sent;
    }

    /** How many values the broker has acknowledged. */
    int total() {
        return sent.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Whether a value was sent a second time. */
    boolean isResent(String topic, int number) {
        return resent.contains(topic + " " + number);
    }

    /** Begins no new values; ends when the broker has acknowledged all that were begun. */
    Load stop() throws InterruptedException {
        stopping = true;
        return join();
    }

    /** Waits until all values are acknowledged. */
    Load join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join(120_000);
            if (thread.isAlive()) {
                throw new IllegalStateException("The broker does not take the values");
            }
        }
        return this;
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
    }

    private static final class Topic {
        final String name;
        int number = 1;
        boolean begun;

        Topic(String name) {
            this.name = name;
        }
    }

    private final class Device implements Runnable {
        private final BlockingQueue<Topic> ready;
        private int open;
        private MqttAsyncClient client;

        Device(List<Topic> topics) {
            ready = new LinkedBlockingQueue<>(topics);
            open = topics.size();
        }

        @Override
        public void run() {
            try {
                client =
                        new MqttAsyncClient(
                                url, "load-" + UUID.randomUUID(), new MemoryPersistence());
                long due = System.nanoTime();
                while (open > 0) {
                    Topic topic = ready.take();
                    if (!topic.begun && (stopping || topic.number > each)) {
                        open--;
                        continue;
                    }
                    due = Math.max(due + pauseNanos, System.nanoTime() - 100_000_000L);
                    LockSupport.parkNanos(due - System.nanoTime());
                    publish(topic);
                }
                client.disconnectForcibly(0, 500);
                client.close(true);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (MqttException e) {
                throw new IllegalStateException(e);
            }
        }

        private void publish(Topic topic) throws InterruptedException {
            if (topic.begun) {
                resent.add(topic.name + " " + topic.number);
            }
            byte[] value = (zeros + topic.number).getBytes(StandardCharsets.US_ASCII);
            try {
                if (!client.isConnected()) {
                    connect();
                }
                topic.begun = true;
                client.publish(topic.name, value, 1, false, null, new Taken(topic));
            } catch (MqttException e) {
                ready.add(topic);
                TimeUnit.MILLISECONDS.sleep(50); // the broker is away
            }
        }

        private void connect() throws MqttException {
            MqttConnectOptions options = new MqttConnectOptions();
            options.setCleanSession(true);
            options.setMaxInflight(60_000);
            client.connect(options).waitForCompletion(5_000);
        }

        private final class Taken implements IMqttActionListener {
            private final Topic topic;

            Taken(Topic topic) {
                this.topic = topic;
            }

            @Override
            public void onSuccess(IMqttToken token) {
                sent.put(topic.name, topic.number++);
                topic.begun = false;
                ready.add(topic);
            }

            @Override
            public void onFailure(IMqttToken token, Throwable cause) {
                ready.add(topic);
            }
        }
    }
}
