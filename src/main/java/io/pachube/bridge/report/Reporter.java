package io.pachube.bridge.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.DeliveryFailedException;
import io.pachube.bridge.delivery.FailureMessages;
import io.pachube.bridge.delivery.MessageAbandonedException;
import io.pachube.bridge.delivery.ResponseTooLargeException;
import io.pachube.bridge.json.StrictJson;
import io.pachube.bridge.log.Secrets;

import org.apache.camel.Exchange;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.TypeConversionException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes the {@link Report} of an exchange that failed, and says where it goes: to the topic of the
 * message, with {@code /error} behind.
 *
 * <p>Thread safe.
 */
public final class Reporter {

    private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);
    private static final JsonMapper JSON = new JsonMapper();

    /** Also that of a Camel endpoint, whose scheme may be a component's own name. */
    private static final Pattern AUTHORITY =
            Pattern.compile(
                    "(?i)^(?:[\\w-]+:(?://)?)?(?:[\\w-]+-)?https?://(?:[^/?#@]*@)?"
                            + "((?:\\[[^\\]]*\\]|[^/?#:]+)(?::\\d+)?)");

    /** Of an exchange whose route does not say whom to tell: the log has it. */
    private static final Subject NOBODYS = new Subject("message", null, null, new byte[0]);

    private final LongAdder reports = new LongAdder();
    private volatile BiConsumer<String, Report> listener = (topic, report) -> {};

    /** How many reports were made. */
    public long reports() {
        return reports.sum();
    }

    /**
     * Sets the listener, which must not block. It receives each report, and the topic of its
     * message without the key; null if it has none.
     */
    public void onReport(BiConsumer<String, Report> listener) {
        this.listener = listener;
    }

    /** Where the report of an exchange goes; null: nobody is to be told. */
    public static String topic(Exchange exchange) {
        Subject subject = Subject.of(exchange);
        return subject == null || subject.topic() == null ? null : subject.topic() + "/error";
    }

    /** Returns the report of an exchange that failed for good; the log gets a line of it. */
    public Report failed(Exchange exchange) {
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
    public Report delayed(Exchange exchange, Throwable failure, String host, int attempts) {
        return report(exchange, failure, host, attempts, true);
    }

    private Report report(
            Exchange exchange, Throwable thrown, String host, int attempts, boolean retrying) {
        // what was retried is no fault of the message itself
        boolean wasRetried =
                retrying
                        || exchange.getProperty(Exchange.EXCEPTION_CAUGHT)
                                instanceof MessageAbandonedException;
        Subject subject = Subject.of(exchange);
        Report report =
                describe(
                        subject == null ? NOBODYS : subject,
                        thrown,
                        host,
                        attempts,
                        retrying,
                        wasRetried);
        String topic = topicWithoutKey(subject);
        listener.accept(topic, report);
        String what =
                report.status() == null ? report.error() : report.status() + " " + report.error();
        // in an outage each datastream has one that is held: the outage itself is told once
        LOG.atLevel(retrying ? Level.DEBUG : Level.WARN)
                .log(
                        "{} {}{}: {}",
                        report.operation(),
                        retrying ? "held" : "given up",
                        topic == null ? "" : " on " + oneLine(topic),
                        oneLine(what + " " + report.message()));
        reports.increment();
        return report;
    }

    /** Whatever a client, or a service, has put into it. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    /** Returns null where there is no topic. */
    private static String topicWithoutKey(Subject subject) {
        return subject == null || subject.topic() == null
                ? null
                : Secrets.mask(Report.masked(subject.topic(), subject.key()));
    }

    private static Report describe(
            Subject subject,
            Throwable thrown,
            String host,
            int attempts,
            boolean retrying,
            boolean wasRetried) {
        Integer status = null;
        String error;
        String message;
        HttpOperationFailedException answer = answer(thrown);
        if (answer != null) {
            status = answer.getStatusCode();
            JsonNode body = body(answer.getResponseBody());
            String reason = answer.getStatusText();
            error =
                    Report.quote(
                            text(
                                    body,
                                    "title",
                                    reason == null || reason.isBlank()
                                            ? "Status " + status
                                            : reason),
                            subject.key());
            message = Report.quote(text(body, "errors", null), subject.key());
            if (message == null) {
                message = described(answer, subject.key());
            }
        } else if (cause(thrown, ResponseTooLargeException.class) != null) {
            error = "Answer too large";
            message = FailureMessages.messageOf(cause(thrown, ResponseTooLargeException.class));
        } else if (cause(thrown, MessageConstraintException.class) != null) {
            error = "Answer too large";
            message =
                    "Head of the answer: "
                            + FailureMessages.messageOf(
                                    cause(thrown, MessageConstraintException.class));
        } else if (cause(thrown, IOException.class) != null
                && cause(thrown, JsonProcessingException.class) == null) {
            error = "No answer";
            message =
                    (host == null ? "The service" : host)
                            + " could not be reached: "
                            + FailureMessages.reason(cause(thrown, IOException.class));
        } else if (cause(thrown, Error.class) != null) {
            error = "Internal error";
            message = cause(thrown, Error.class).toString();
        } else {
            error = wasRetried ? "Not delivered" : "Invalid message";
            message = refused(thrown);
        }
        return Report.of(
                subject.operation(),
                status,
                error,
                message,
                retrying,
                attempts,
                subject.payload(),
                subject.key(),
                Instant.now());
    }

    /** Names the host, and quotes its answer if that is text. */
    private static String described(HttpOperationFailedException answer, String key) {
        String message = host(answer.getUri()) + " answered with status " + answer.getStatusCode();
        if (answer.getRedirectLocation() != null) {
            return message
                    + ": redirects are not followed with an API key. Set pachube.url so that this"
                    + " request goes to "
                    + Report.quote(answer.getRedirectLocation(), key);
        }
        String body = answer.getResponseBody();
        return body == null || body.isBlank() || !isText(body)
                ? message
                : message + ": " + Report.quote(body.strip(), key);
    }

    private static boolean isText(String body) {
        return body.chars()
                .noneMatch(
                        c ->
                                c == '\uFFFD'
                                        || Character.isISOControl(c) && !Character.isWhitespace(c));
    }

    /** Returns host and port of an address, also of that of a Camel endpoint. */
    private static String host(String address) {
        Matcher authority = AUTHORITY.matcher(address == null ? "" : address);
        return authority.find() ? authority.group(1) : "The service";
    }

    /** Says what a step could not read, where Camel's own words name Java types alone. */
    private static String refused(Throwable thrown) {
        TypeConversionException unread = cause(thrown, TypeConversionException.class);
        if (unread != null) {
            JsonProcessingException reason = cause(unread, JsonProcessingException.class);
            return unread(unread.getValue(), unread.getToType())
                    + (reason == null ? "" : ": " + reason.getOriginalMessage());
        }
        var unreadable = cause(thrown, NoTypeConversionAvailableException.class);
        return unreadable == null
                ? FailureMessages.messageOf(thrown)
                : unread(unreadable.getValue(), unreadable.getToType());
    }

    private static String unread(Object value, Class<?> type) {
        String text =
                value instanceof byte[] bytes
                        ? new String(bytes, StandardCharsets.UTF_8)
                        : String.valueOf(value);
        return "A step of the route cannot read '"
                + StrictJson.shown(text)
                + "' as "
                + (type == JsonNode.class ? "JSON" : type.getSimpleName());
    }

    private static HttpOperationFailedException answer(Throwable thrown) {
        return cause(thrown, HttpOperationFailedException.class);
    }

    private static <T extends Throwable> T cause(Throwable thrown, Class<T> type) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (type.isInstance(e)) {
                return type.cast(e);
            }
        }
        return null;
    }

    /** Pachube's errors are JSON, {@code {"title","errors"}} (contract, section 6); or anything. */
    private static JsonNode body(String text) {
        try {
            return text == null ? null : JSON.readTree(text);
        } catch (IOException e) {
            return null;
        }
    }

    private static String text(JsonNode body, String field, String otherwise) {
        JsonNode value = body == null ? null : body.get(field);
        if (value == null || value.isNull()) {
            return otherwise;
        }
        return value.isTextual() ? value.textValue() : value.toString();
    }
}
