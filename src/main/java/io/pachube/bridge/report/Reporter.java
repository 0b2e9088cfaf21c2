package io.pachube.bridge.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;

/**
 * Makes the {@link Report} of an exchange that failed, and says where it goes: to the topic of the
 * message, with {@code /error} behind.
 *
 * <p>Thread safe.
 */
public final class Reporter {

    private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);
    private static final JsonMapper JSON = new JsonMapper();

    /** Of an exchange whose route does not say whom to tell: the log has it. */
    private static final Subject NOBODYS = new Subject("message", null, null, new byte[0]);

    private final ToIntFunction<Exchange> attempts;
    private final LongAdder reports = new LongAdder();

    /**
     * @param attempts how many requests were made for an exchange
     */
    public Reporter(ToIntFunction<Exchange> attempts) {
        this.attempts = attempts;
    }

    /** How many reports were made. */
    public long reports() {
        return reports.sum();
    }

    /** Where the report of an exchange goes; null: nobody is to be told. */
    public static String topic(Exchange exchange) {
        Subject subject = Subject.of(exchange);
        return subject == null || subject.topic() == null ? null : subject.topic() + "/error";
    }

    /**
     * The report, as JSON; the log gets a line of it.
     *
     * @param retrying the message is held and tried again
     */
    public byte[] report(Exchange exchange, boolean retrying) {
        Subject subject = Subject.of(exchange);
        Report report = describe(subject == null ? NOBODYS : subject, exchange, retrying);
        String what =
                report.status() == null ? report.error() : report.status() + " " + report.error();
        // in an outage each datastream has one that is held: the outage itself is told once
        LOG.atLevel(retrying ? Level.DEBUG : Level.WARN)
                .log(
                        "{} {}: {}",
                        report.operation(),
                        retrying ? "held" : "given up",
                        oneLine(what + " " + report.message()));
        reports.increment();
        return report.toJson();
    }

    private Report describe(Subject subject, Exchange exchange, boolean retrying) {
        Exception thrown = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        int requests = attempts.applyAsInt(exchange);
        Integer status = null;
        String error;
        String message;
        HttpOperationFailedException answer = answer(thrown);
        if (answer != null) {
            status = answer.getStatusCode();
            JsonNode body = body(answer.getResponseBody());
            String reason = answer.getStatusText();
            error =
                    text(
                            body,
                            "title",
                            reason == null || reason.isBlank() ? "Status " + status : reason);
            message = text(body, "errors", "Pachube answered with status " + status);
        } else if (cause(thrown, IOException.class) != null
                && cause(thrown, JsonProcessingException.class) == null) {
            error = "No answer";
            message = "Pachube could not be reached: " + said(cause(thrown, IOException.class));
        } else {
            error = "Invalid message";
            message = said(thrown);
            requests = 0;
        }
        return Report.of(
                subject.operation(),
                status,
                error,
                message,
                retrying,
                requests,
                subject.payload(),
                subject.key(),
                Instant.now());
    }

    /** Whatever a client, or Pachube, has put into it. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    private static String said(Exception thrown) {
        String message = thrown.getMessage();
        return message == null ? thrown.getClass().getSimpleName() : message;
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
