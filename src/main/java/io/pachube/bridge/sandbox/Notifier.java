package io.pachube.bridge.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** Posts notifications, once each and never in the writer's way (contract, section 4.4). */
final class Notifier {
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Most notifications under way; beyond it they are dropped, and it is said. */
    private static final int MAX_UNDER_WAY = 256;

    volatile NotificationFormat format = NotificationFormat.WIRE_2011;

    private final Semaphore underWay = new Semaphore(MAX_UNDER_WAY);
    private final Supplier<String> base;
    private HttpClient client;
    private ScheduledExecutorService scheduler;

    Notifier(Supplier<String> base) {
        this.base = base;
    }

    synchronized void start(ScheduledExecutorService ownScheduler) {
        scheduler = ownScheduler;
        client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(TIMEOUT)
                        .build();
    }

    synchronized void stop() {
        client = null;
    }

    /** The caller holds the lock of the trigger's feed. */
    synchronized void notify(Trigger trigger, Instant now, boolean debug) {
        if (client == null) {
            return;
        }
        if (!underWay.tryAcquire()) {
            LOG.warn("Trigger {}: too many notifications under way, one dropped", trigger.id);
            return;
        }
        String document = Notification.document(format, trigger, base.get(), now, debug).toString();
        String form = "body=" + URLEncoder.encode(document, UTF_8);
        HttpRequest request =
                HttpRequest.newBuilder(trigger.url)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("User-Agent", "pachube-sandbox")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build();
        CompletableFuture<HttpResponse<Void>> answer =
                client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
        // Ends the whole exchange, an answer that never ends included.
        var deadline =
                scheduler.schedule(() -> answer.cancel(true), TIMEOUT.toMillis(), MILLISECONDS);
        answer.whenComplete(
                (response, failure) -> {
                    deadline.cancel(false);
                    underWay.release();
                    report(trigger.id, response, failure);
                });
    }

    /** Never the address: it may hold what its owner keeps secret. */
    private static void report(long trigger, HttpResponse<Void> response, Throwable failure) {
        if (failure != null) {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            LOG.info("Trigger {}: callback failed: {}", trigger, cause.getClass().getSimpleName());
        } else if (response.statusCode() / 100 != 2) {
            LOG.info("Trigger {}: callback answered {}", trigger, response.statusCode());
        }
    }
}
