package io.pachube.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.URLEncoder;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** Posts each notification once, asynchronously (contract, section 4.4). */
final class NotificationSender {
    private static final Logger LOG = LoggerFactory.getLogger(NotificationSender.class);
    private static final Timeout TIMEOUT = Timeout.ofSeconds(5);

    /** Maximum of notifications in flight; the rest is dropped with a warning. */
    private static final int MAX_IN_FLIGHT = 256;

    volatile NotificationFormat format = NotificationFormat.WIRE_2011;

    private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT);
    private final Supplier<String> base;
    private CloseableHttpClient client;
    private ExecutorService senders;
    private ScheduledExecutorService scheduler;

    NotificationSender(Supplier<String> base) {
        this.base = base;
    }

    synchronized void start(ScheduledExecutorService ownScheduler) {
        scheduler = ownScheduler;
        senders =
                Executors.newCachedThreadPool(
                        task -> {
                            Thread thread = new Thread(task, "sandbox-pachube-notifier");
                            thread.setDaemon(true);
                            return thread;
                        });
        // unlike the JDK's it can be closed
        client =
                HttpClients.custom()
                        .setConnectionManager(
                                PoolingHttpClientConnectionManagerBuilder.create()
                                        .setMaxConnTotal(MAX_IN_FLIGHT)
                                        .setMaxConnPerRoute(MAX_IN_FLIGHT)
                                        .setDefaultConnectionConfig(
                                                ConnectionConfig.custom()
                                                        .setConnectTimeout(TIMEOUT)
                                                        .build())
                                        .build())
                        .setUserAgent("pachube-sandbox")
                        .disableAutomaticRetries()
                        .disableRedirectHandling()
                        .disableCookieManagement()
                        .build();
    }

    synchronized void stop() {
        if (client != null) {
            client.close(CloseMode.IMMEDIATE);
            client = null;
            senders.shutdownNow();
        }
    }

    /** The caller holds the lock of the trigger's feed. */
    synchronized void notify(Trigger trigger, Instant now, boolean debug) {
        if (client == null) {
            return;
        }
        if (!inFlight.tryAcquire()) {
            LOG.warn(
                    "Trigger {}: notification dropped, {} are in flight",
                    trigger.id,
                    MAX_IN_FLIGHT);
            return;
        }
        String document =
                NotificationPayload.document(format, trigger, base.get(), now, debug).toString();
        HttpPost request = new HttpPost(trigger.url);
        request.setEntity(
                new StringEntity(
                        "body=" + URLEncoder.encode(document, UTF_8),
                        ContentType.create("application/x-www-form-urlencoded")));
        CloseableHttpClient sender = client;
        senders.execute(() -> send(sender, request, trigger.id));
        // Ends the whole exchange, an answer that never ends included.
        scheduler.schedule(request::abort, TIMEOUT.toMilliseconds(), MILLISECONDS);
    }

    /** Never says the address: it may hold what its owner keeps secret. */
    private void send(CloseableHttpClient sender, HttpPost request, long trigger) {
        try {
            int status = sender.execute(request, HttpResponse::getCode);
            if (status / 100 != 2) {
                LOG.info("Trigger {}: callback answered {}", trigger, status);
            }
        } catch (IOException e) {
            LOG.info("Trigger {}: callback failed: {}", trigger, e.getClass().getSimpleName());
        } finally {
            inFlight.release();
        }
    }
}
