package io.pachube.bridge.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.delivery.InvalidMessageException;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

class ReadingTest {

    private final CamelContext context = new DefaultCamelContext();
    private final Reading step = new Reading();

    private Exchange exchange(String topic, String payload) {
        Exchange exchange = new DefaultExchange(context);
        exchange.getIn().setHeader(PahoConstants.MQTT_TOPIC, topic);
        exchange.getIn().setBody(payload.getBytes(StandardCharsets.UTF_8));
        return exchange;
    }

    private Exchange run(String topic, String payload) throws Exception {
        Exchange exchange = exchange(topic, payload);
        step.process(exchange);
        return exchange;
    }

    @Test
    void deviceAndReadingAreTheLastLevelsOfTheTopic() throws Exception {
        Exchange exchange = run("a/b/kitchen/temperature", "21.5");
        assertEquals("kitchen", exchange.getVariable("device"));
        assertEquals("temperature", exchange.getVariable("reading"));
        assertEquals("kitchen/temperature", exchange.getVariable("orderingKey"));
    }

    @Test
    void aRouteMaySetDeviceReadingAndTime() throws Exception {
        Exchange exchange = exchange("zigbee2mqtt/x", "1");
        exchange.setVariable("device", "lamp");
        exchange.setVariable("reading", "power");
        exchange.setVariable("time", "17");
        step.process(exchange);
        assertEquals("lamp/power", exchange.getVariable("orderingKey"));
        assertEquals("17", exchange.getVariable("time"));
    }

    @Test
    void eachMessageHasALaterTimeThanTheOneBefore() throws Exception {
        long before = Instant.now().toEpochMilli() * 1000;
        long last = 0;
        for (int i = 0; i < 10_000; i++) {
            long time = Long.parseLong(run("x/d/r", "1").getVariable("time", String.class));
            assertTrue(time > last);
            last = time;
        }
        assertTrue(last >= before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kit:chen  | kit_chen",
                "a{{b}}    | a__b__",
                "a\\       | a_",
                "a\u0001b  | a_b",
                "a\u2028b  | a_b",
                "é ü 日本  | é ü 日本"
            })
    void charactersThatMeanSomethingElseAreReplaced(String name, String expected) throws Exception {
        Exchange exchange = run("x/" + name + "/" + name, "1");
        assertEquals(expected, exchange.getVariable("device"));
        assertEquals(expected, exchange.getVariable("reading"));
        assertEquals("a_b", run("x/a\nb/r", "1").getVariable("device"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"21.5", "-3", "1e3", "true", "false", "\"on\"", " 21.50\n"})
    void aScalarIsAValueAsItIsWritten(String payload) throws Exception {
        JsonNode value = run("x/d/r", payload).getIn().getBody(JsonNode.class);
        assertTrue(value.isValueNode());
        assertEquals(payload.strip().replace("1e3", "1E+3"), value.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "on",
                "21.5 22",
                "2012-01-01",
                "{\"a\":1}",
                "[1]",
                "null",
                "\"",
                "NaN",
                "1,5",
                "01"
            })
    void anythingElseIsRefused(String payload) {
        assertThrows(InvalidMessageException.class, () -> run("x/d/r", payload));
    }

    @ParameterizedTest
    @ValueSource(strings = {"r", "/r", "d/", "x//r", "x/d/ "})
    void aMessageWithoutNamesIsRefused(String topic) {
        assertThrows(InvalidMessageException.class, () -> run(topic, "1"));
    }

    @Test
    void anEmptyMessageEndsThere() throws Exception {
        assertTrue(run("x/d/r", "").isRouteStop());
    }
}
