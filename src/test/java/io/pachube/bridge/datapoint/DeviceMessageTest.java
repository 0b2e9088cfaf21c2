package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.bridge.delivery.InvalidMessageException;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

class DeviceMessageTest {

    private final DefaultCamelContext context = new DefaultCamelContext();
    private final DeviceMessage step = new DeviceMessage("pb");

    @AfterEach
    void close() throws IOException {
        context.close();
    }

    /** Returns the published messages, as {@code topic=payload}, without prefix and key. */
    private List<String> published(String topic, String payload) throws InvalidMessageException {
        Exchange exchange = new DefaultExchange(context);
        exchange.getIn().setHeader(PahoConstants.MQTT_TOPIC, "k1/" + topic);
        exchange.getIn().setBody(payload.getBytes(UTF_8));
        step.process(exchange);
        return ((List<?>) exchange.getIn().getBody())
                .stream().map(value -> text((Message) value)).toList();
    }

    private static String text(Message value) {
        String topic = value.getHeader(PahoConstants.MQTT_TOPIC, String.class);
        assertTrue(topic.startsWith("pb/k1/"), topic);
        return topic.substring(6) + "=" + new String((byte[]) value.getBody(), UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "msg,\"one, two\" | \"one, two\"",
                "msg,\"he said \"\"hi\"\", bye\" | \"he said \"\"hi\"\", bye\"",
                "msg,\"a,b,c\" | \"a,b,c\"",
                "msg , \"a b\" | \"a b\"",
                "\"msg\",1 | 1",
                "msg , 2030-01-01T00:00:00Z , 21.5 | 2030-01-01T00:00:00Z,21.5",
                "msg,2030-01-01T00:00:00Z,\"1,5\" | 2030-01-01T00:00:00Z,\"1,5\"",
                "msg,{x} | \"{x}\""
            })
    void csvIsQuotedAsInTheHttpApi(String payload, String value) throws Exception {
        assertEquals(List.of("1/msg=" + value), published("v2/feeds/1.csv", payload));
    }

    @Test
    void aQuotedCellMaySpanLines() throws Exception {
        assertEquals(
                List.of("1/a=\"x\ny,1\"", "1/b=2"),
                published("v2/feeds/1.csv", "a,\"x\ny,1\"\r\n\r\n \nb,2\n\0"));
    }

    @Test
    void theIdIsWrittenAsATopicNeedsIt() throws Exception {
        assertEquals(
                List.of("1/a%2Bb=1", "1/c%2Fd=2", "1/x%22y=3"),
                published("v2/feeds/1.csv", "a+b,1\nc/d,2\n\"x\"\"y\",3"));
        assertEquals(List.of("1/a%2Bb=1"), published("v2/feeds/1/datastreams/a%2Bb.csv", "1"));
    }

    @Test
    void jsonKeepsItsDigits() throws Exception {
        assertEquals(
                List.of(
                        "1/a={\"current_value\":21.50}",
                        "1/0={\"current_value\":\"6\",\"tags\":[\"x\"]}"),
                published(
                        "v2/feeds/1.json",
                        "\uFEFF{\"title\":\"t\",\"datastreams\":[{\"id\":\"a\",\"current_value\":21.50},"
                                + "{\"current_value\":\"6\",\"id\":0,\"tags\":[\"x\"]}]}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a,",
                "a,1,2,3",
                ",1",
                "a,\"",
                "a,\"1\"2",
                "a,1\"",
                "a,\"\"",
                "a,1\nb",
                "a,,1",
                "\"\",1"
            })
    void whatIsNoCsvIsRefusedAsAWhole(String payload) {
        String message =
                assertThrows(
                                InvalidMessageException.class,
                                () -> published("v2/feeds/1.csv", "good,1\n" + payload))
                        .getMessage();
        assertTrue(message.startsWith("Feed 1: CSV is invalid. "), message);
    }

    @Test
    void anEmptyMessageIsNone() throws Exception {
        assertEquals(List.of(), published("v2/feeds/1.csv", ""));
        assertEquals(List.of(), published("v2/feeds/1.csv", " \r\n\0"));
        assertEquals(List.of(), published("v2/feeds/1.json", ""));
        assertEquals(List.of(), published("v2/feeds/1/datastreams/a.csv", ""));
    }

    @Test
    void aMessageHasTheLimitOfAValue() throws Exception {
        String row = "temperature,21.5\n";
        assertEquals(500, published("v2/feeds/1.csv", row.repeat(500)).size());
        assertTrue(
                assertThrows(
                                InvalidMessageException.class,
                                () -> published("v2/feeds/1.csv", row.repeat(501)))
                        .getMessage()
                        .contains("the message has 501 values; at most 500 are taken"));
        String large = row.repeat(1024 * 1024 / row.length());
        for (String topic : List.of("v2/feeds/1.csv", "v2/feeds/1.json")) {
            assertTrue(
                    assertThrows(InvalidMessageException.class, () -> published(topic, large))
                            .getMessage()
                            .contains("at most 65536 are passed on"));
        }
    }
}
