package io.pachube.bridge.report;

import io.pachube.bridge.delivery.DeliveryFailedException;
import io.pachube.bridge.delivery.MessageAbandonedException;
import io.pachube.bridge.log.SecretMasker;

import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/**
 * Creates the {@link ErrorReport} of an exchange that failed. Its topic is that of the message,
 * with {@code /error} appended.
 *
 * <p>Thread safe.
 */
public final class ErrorReporter {

    private static final Logger LOG = LoggerFactory.getLogger(ErrorReporter.class);

    /** Of an exchange without a message: only the log has its report. */
    private static final OriginalMessage UNKNOWN =
            new OriginalMessage("message", null, null, new byte[0]);

    private final LongAdder reports = new LongAdder();
    private volatile BiConsumer<String, ErrorReport> listener = (topic, report) -> {};

    /** Returns the number of reports. */
    public long reports() {
        return reports.sum();
    }

    /**
     * Sets the listener, which must not block. It receives each report, and the topic of its
     * message without the key; null if it has none.
     */
    public void onReport(BiConsumer<String, ErrorReport> listener) {
        this.listener = listener;
    }

    /** Returns the topic of an exchange's report; null if only the log has it. */
    public static String topic(Exchange exchange) {
        OriginalMessage subject = OriginalMessage.of(exchange);
        return subject == null || subject.topic() == null ? null : subject.topic() + "/error";
    }

    /** Returns the report of an exchange that failed for good; the log gets a line of it. */
    public ErrorReport failed(Exchange exchange) {
        Throwable thrown = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        return thrown instanceof DeliveryFailedException failed
                ? report(exchange, failed.getCause(), failed.getHost(), failed.getAttempts(), false)
                : report(exchange, thrown, null, 0, false);
    }

    /**
     * Returns the report of a message that goes on being retried.
     *
     * @param failure of the latest attempt
     * @param host of its request; null if none was made
     * @param attempts that have failed
     */
    public ErrorReport delayed(Exchange exchange, Throwable failure, String host, int attempts) {
        return report(exchange, failure, host, attempts, true);
    }

    private ErrorReport report(
            Exchange exchange, Throwable thrown, String host, int attempts, boolean retrying) {
        // a message that was retried may be valid
        boolean wasRetried =
                retrying
                        || exchange.getProperty(Exchange.EXCEPTION_CAUGHT)
                                instanceof MessageAbandonedException;
        OriginalMessage attached = OriginalMessage.of(exchange);
        OriginalMessage message = attached == null ? UNKNOWN : attached;
        FailureDescription failure = FailureDescription.of(thrown, host, message.key(), wasRetried);
        ErrorReport report =
                ErrorReport.of(
                        message.operation(),
                        failure.status(),
                        failure.error(),
                        failure.message(),
                        retrying,
                        attempts,
                        message.payload(),
                        message.key(),
                        Instant.now());
        String topic = topicWithoutKey(message);
        listener.accept(topic, report);
        String what =
                report.status() == null ? report.error() : report.status() + " " + report.error();
        String on = topic == null ? "" : " on " + oneLine(topic);
        String reason = oneLine(what + " " + report.message());
        if (retrying) {
            // in an outage each datastream has one; the outage itself is logged once
            LOG.debug("{} held{}: {}", report.operation(), on, reason);
        } else {
            LOG.warn("{} given up{}: {}", report.operation(), on, reason);
        }
        reports.increment();
        return report;
    }

    /** Whatever a client, or a service, has put into it. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    /** Returns null where there is no topic. */
    private static String topicWithoutKey(OriginalMessage message) {
        return message.topic() == null
                ? null
                : SecretMasker.mask(ErrorReport.masked(message.topic(), message.key()));
    }
}
