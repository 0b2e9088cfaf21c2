package io.pachube.bridge.reading;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.datapoint.MonotonicClock;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.json.StrictJson;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.paho.PahoConstants;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.regex.Pattern;

/**
 * Checks a reading, that is, one value of one device, and completes it, for routes to services that
 * know devices and readings. The body becomes a JSON number, boolean or string.
 *
 * <p>The variables {@code device} and {@code reading} name it; where a route has not set them they
 * are the last two levels of the topic. {@code time} is when it arrived, in microseconds since
 * 1970, later than that of any earlier message; where a route has set it, several readings of one
 * message share it. {@code at} is the same in ISO 8601, with milliseconds. {@code orderingKey}
 * becomes {@code <device>/<reading>}.
 *
 * <p>An empty message ends here, acknowledged. Thread safe.
 */
public final class Reading implements Processor {

    private static final String DEVICE = "device";
    private static final String READING = "reading";
    private static final String TIME = "time";

    /** Characters that a property's name, or a line protocol, takes for something else. */
    private static final Pattern SPECIAL = Pattern.compile("[\\p{Cntrl}\\p{Zl}\\p{Zp}{}:\\\\]");

    private static final DateTimeFormatter ISO_MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private final MonotonicClock clock = MonotonicClock.ofMachine();

    @Override
    public void process(Exchange exchange) throws InvalidMessageException {
        byte[] payload = exchange.getIn().getBody(byte[].class);
        if (payload == null || payload.length == 0) {
            exchange.setRouteStop(true);
            return;
        }
        String topic = exchange.getIn().getHeader(PahoConstants.MQTT_TOPIC, "", String.class);
        String[] levels = topic.split("/", -1);
        String device = name(exchange, DEVICE, levels, levels.length - 2);
        String reading = name(exchange, READING, levels, levels.length - 1);
        JsonNode value = StrictJson.read(payload, "value");
        if (!value.isValueNode() || value.isNull()) {
            throw new InvalidMessageException(
                    "The value of '"
                            + StrictJson.abbreviate(reading)
                            + "' is '"
                            + StrictJson.abbreviate(value.toString())
                            + "', expected a number, true, false or a text in quotes");
        }
        exchange.getIn().setBody(value);
        exchange.setVariable(DEVICE, device);
        exchange.setVariable(READING, reading);
        exchange.setVariable("orderingKey", device + "/" + reading);
        if (exchange.getVariable(TIME) == null) {
            stamp(exchange);
        }
        long millis = Long.parseLong(exchange.getVariable(TIME, String.class)) / 1_000;
        exchange.setVariable("at", ISO_MILLIS.format(Instant.ofEpochMilli(millis)));
    }

    private static String name(Exchange exchange, String variable, String[] levels, int level)
            throws InvalidMessageException {
        String name = exchange.getVariable(variable, String.class);
        if (name == null && level >= 0) {
            name = levels[level];
        }
        if (name == null || name.isBlank()) {
            throw new InvalidMessageException(
                    "The message names no "
                            + variable
                            + ", expected a topic that ends in <device>/<reading>");
        }
        return SPECIAL.matcher(name).replaceAll("_");
    }

    /** Sets the variable {@code time}. */
    public void stamp(Exchange exchange) {
        exchange.setVariable(TIME, String.valueOf(clock.next()));
    }
}
