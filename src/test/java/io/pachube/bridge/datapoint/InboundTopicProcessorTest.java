package io.pachube.bridge.datapoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.report.OriginalMessage;

import org.apache.camel.Exchange;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;

class InboundTopicProcessorTest {

    private final InboundTopicProcessor datapoint =
            new InboundTopicProcessor("pb", "publish", exchange -> false);

    /** Its body after the step. */
    private byte[] process(byte[] payload) throws InvalidMessageException, IOException {
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(context);
            exchange.getIn().setHeader(PahoConstants.MQTT_TOPIC, "pb/k/1/t");
            exchange.getIn().setBody(payload);
            datapoint.process(exchange);
            assertSame(
                    payload,
                    OriginalMessage.of(exchange).payload(),
                    "the report has it as it came");
            return exchange.getIn().getBody(byte[].class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "21.5\0",
                "21.5\0\0\0",
                "\0 21.5 \0",
                "21.5\r\n\0",
                "\uFEFF21.5",
                "\uFEFF 21.5\uFEFF",
                " \uFEFF\0\uFEFF21.5\uFEFF\0\uFEFF\n"
            })
    void nulsAndByteOrderMarksAroundAValueAreTrimmed(String payload) throws Exception {
        assertEquals("21.5", new String(process(payload.getBytes(UTF_8)), UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"21.5", " 21.5\n", "2\0001.5", "21\uFEFF.5", "{\"a\":\"\0\"}", "\u00FF"})
    void allElseStaysAsItCame(String payload) throws Exception {
        byte[] bytes = payload.getBytes(UTF_8);
        assertSame(bytes, process(bytes));
    }

    @Test
    void aPartOfAByteOrderMarkIsNone() throws Exception {
        for (byte[] bytes :
                new byte[][] {
                    {(byte) 0xef, (byte) 0xbb}, {'1', (byte) 0xbf}, {(byte) 0xbb, (byte) 0xbf, '1'}
                }) {
            assertSame(bytes, process(bytes));
        }
    }

    @Test
    void nothingButNulsIsNoValue() {
        assertThrows(InvalidMessageException.class, () -> process(new byte[] {0, 0}));
        assertThrows(InvalidMessageException.class, () -> process("\uFEFF\0".getBytes(UTF_8)));
    }
}
