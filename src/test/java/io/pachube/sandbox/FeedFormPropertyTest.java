package io.pachube.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.bridge.datapoint.MissingDatastream;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;

import java.util.List;

/** The update of a feed that creates a datastream has the content that the datastream was sent. */
class FeedFormPropertyTest {

    private static final CamelContext CONTEXT = new DefaultCamelContext();

    /** Null where nothing else is to be requested. */
    private static String forFeed(String format, String body) throws Exception {
        Exchange exchange = new DefaultExchange(CONTEXT);
        exchange.setVariable("environment", "7");
        exchange.setVariable("datastream", "a+b");
        exchange.setVariable("path", "/feeds/7/datastreams/a%2Bb");
        exchange.getIn().setHeader(Exchange.HTTP_PATH, "/feeds/7/datastreams/a%2Bb." + format);
        exchange.getIn().setBody(body.getBytes(UTF_8));
        Exception notFound = new Exception("404");
        exchange.setProperty(Exchange.EXCEPTION_CAUGHT, notFound);
        try {
            new MissingDatastream(true).process(exchange);
        } catch (Exception e) {
            assertSame(notFound, e);
            return null;
        }
        assertEquals("/feeds/7." + format, exchange.getIn().getHeader(Exchange.HTTP_PATH));
        return exchange.getIn().getBody(String.class);
    }

    @Property
    void csv(@ForAll("csv") String body) throws Exception {
        String rows = forFeed("csv", body);
        if (rows == null) {
            assertThrows(ApiException.class, () -> CsvFormat.datastream("a+b", body));
            return;
        }
        DatastreamUpdate toDatastream;
        try {
            toDatastream = CsvFormat.datastream("a+b", body);
        } catch (ApiException e) {
            assertThrows(ApiException.class, () -> CsvFormat.feed(rows), rows);
            return;
        }
        assertEquals(List.of(toDatastream), CsvFormat.feed(rows));
    }

    @Property
    void json(@ForAll("values") String value, @ForAll boolean named) throws Exception {
        var document = JsonFormat.object().put("current_value", value).put("version", "1.0.0");
        document.put("at", "2012-01-01T00:00:00Z").putArray("tags").add("x").add(value);
        if (named) {
            document.put("id", "a+b");
        }
        assertEquals(
                List.of(JsonFormat.datastream("a+b", document)),
                JsonFormat.datastreams(JsonFormat.parse(forFeed("json", document.toString()))));
    }

    @Provide
    Arbitrary<String> csv() {
        Arbitrary<String> part =
                Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(6, Arbitraries.of("2012-01-01T00:00:00Z,", "21.5")),
                        net.jqwik.api.Tuple.of(3, Arbitraries.of("\n", "\r\n", ",", " ", "ä")),
                        net.jqwik.api.Tuple.of(
                                2, Arbitraries.of("\"", "\"\"", "\"x,y\"", "\"x\ny\"", "\t")));
        return part.list().ofMaxSize(8).map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<String> values() {
        return Arbitraries.oneOf(
                Arbitraries.of("21.5", "\"", "a\nb", "\uD83C\uDF21"),
                Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(20));
    }
}
