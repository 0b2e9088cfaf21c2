package io.pachube.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.callback.CallbackFeature;
import io.pachube.bridge.callback.CallbackProcessor;
import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.NotificationTopic;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.datapoint.DatastreamAddress;
import io.pachube.bridge.datapoint.InboundTopicProcessor;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.history.HistorySubscriptionStore;
import io.pachube.bridge.report.ErrorReporter;
import io.pachube.bridge.trigger.TriggerCommand;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.eclipse.paho.client.mqttv3.MqttTopic;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Nothing that the bridge publishes comes back to it, whatever a client sends. */
class LoopPropertyTest {

    private static final CamelContext CONTEXT = new DefaultCamelContext();
    private static final CallbackTokenCodec TOKENS =
            new CallbackTokenCodec(new StateCipher(StateCipher.newSecret()));

    private static List<String> filters(String prefix) {
        return List.of(prefix + "/+/+/+", prefix + "/+/+/+/trigger");
    }

    private static void isNotHeard(String prefix, String topic) {
        assertFalse(isHeard(prefix, topic), topic + " is heard with the prefix " + prefix);
        // a topic below it is not for routes/examples/devices.camel.yaml
        assertTrue(topic.startsWith(prefix + "/"), topic);
    }

    private static boolean isHeard(String prefix, String topic) {
        return filters(prefix).stream()
                .anyMatch(f -> matches(f, topic) || MqttTopic.isMatched(f, topic));
    }

    /** As MQTT 3.1.1 says (4.7); Paho's own takes no empty level for a {@code +}. */
    private static boolean matches(String filter, String topic) {
        String[] wanted = filter.split("/", -1);
        String[] levels = topic.split("/", -1);
        return wanted.length == levels.length
                && IntStream.range(0, wanted.length)
                        .allMatch(i -> wanted[i].equals("+") || wanted[i].equals(levels[i]));
    }

    @Property
    void reportsAndStatuses(
            @ForAll("prefixes") String prefix, @ForAll("levels") List<String> levels)
            throws Exception {
        String topic = prefix + "/" + String.join("/", levels);
        assertTrue(isHeard(prefix, topic), topic);
        Exchange exchange = new DefaultExchange(CONTEXT);
        exchange.getIn().setBody(new byte[] {1});
        exchange.getIn().setHeader(PahoConstants.MQTT_TOPIC, topic);
        try {
            new InboundTopicProcessor(prefix, "publish", e -> false).process(exchange);
        } catch (InvalidMessageException e) {
            assertEquals(topic + "/error", ErrorReporter.topic(exchange));
        }
        if (ErrorReporter.topic(exchange) != null) {
            isNotHeard(prefix, ErrorReporter.topic(exchange));
        }
        if (exchange.getVariable("topic") != null) {
            isNotHeard(prefix, exchange.getVariable("topic") + "/status");
        }
    }

    @Property
    void notifications(
            @ForAll("prefixes") String prefix,
            @ForAll("keys") String key,
            @ForAll("level") String topic,
            @ForAll boolean isPublic)
            throws Exception {
        byte[] command =
                new JsonMapper()
                        .writeValueAsBytes(Map.of("topic", topic, "trigger_type", "change"));
        String accepted;
        try {
            accepted = TriggerCommand.parse(command).get(0).topic();
        } catch (InvalidMessageException e) {
            return;
        }
        String token =
                TOKENS.encode(
                        new CallbackTarget(
                                key,
                                accepted,
                                new NotificationOptions(isPublic, false, false, false, 1)));
        Exchange exchange = new DefaultExchange(CONTEXT);
        exchange.getIn().setHeader(Exchange.HTTP_METHOD, "POST");
        exchange.getIn().setHeader(Exchange.HTTP_PATH, "/" + token);
        exchange.getIn()
                .setBody(
                        new ByteArrayInputStream(
                                "{\"triggering_datastream\":{\"value\":{\"value\":1}}}"
                                        .getBytes()));
        CallbackFeature callbacks =
                new CallbackFeature(prefix, TOKENS, 1, Duration.ofSeconds(10), () -> true);
        ((CallbackProcessor) callbacks.beans().get("pachubeCallbacks")).parse(exchange);
        String published = exchange.getVariable("topic", String.class);
        assertTrue(matches(prefix + "/+/+", published), published);
        isNotHeard(prefix, published);
    }

    /** Also where the datastream's id comes from a notification. */
    @Property
    void mirrors(
            @ForAll("prefixes") String prefix,
            @ForAll("keys") String key,
            @ForAll("level") String environment,
            @ForAll("level") String datastream)
            throws Exception {
        String published;
        try {
            published =
                    NotificationTopic.resolve(
                            prefix,
                            key,
                            new NotificationOptions(false, false, true, true, 1),
                            environment,
                            datastream,
                            NotificationTopic.MIRROR);
        } catch (InvalidMessageException e) {
            return;
        }
        assertTrue(matches(prefix + "/+/+/+/value", published), published);
        isNotHeard(prefix, published);
        assertEquals(
                datastream,
                DatastreamAddress.parse(prefix, published.replaceAll("value$", "trigger"))
                        .datastream());
    }

    /** What the bridge remembers comes back to the client that publishes, and to no route. */
    @Property
    void whatItKeeps(@ForAll("prefixes") String prefix, @ForAll("keys") String key) {
        HistorySubscriptionStore subscriptions =
                new HistorySubscriptionStore(
                        prefix, new StateCipher(StateCipher.newSecret()), null);
        isNotHeard(prefix, subscriptions.filter().replace("+", key));
    }

    @Provide
    Arbitrary<String> prefixes() {
        return Arbitraries.of("pb", "a", "trigger", "error", "public", "1", "", "温")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(levels -> String.join("/", levels))
                .filter(prefix -> !prefix.isEmpty());
    }

    /** Of a datapoint, or a trigger command. */
    @Provide
    Arbitrary<List<String>> levels() {
        Arbitrary<List<String>> datapoint = level().list().ofSize(3);
        return Arbitraries.oneOf(
                datapoint,
                datapoint.map(
                        levels -> List.of(levels.get(0), levels.get(1), levels.get(2), "trigger")));
    }

    @Provide
    Arbitrary<String> keys() {
        return Arbitraries.oneOf(
                Arbitraries.of("trigger", "error", "status", "a", "1"),
                Arbitraries.strings().alpha().numeric().withChars("_-").ofMinLength(1));
    }

    @Provide
    Arbitrary<String> level() {
        return Arbitraries.oneOf(
                keys(),
                Arbitraries.of(
                        "public", "", "%2Ftrigger", "a%2Fb", "7", "..", "$SYS", "\uD83C\uDF21"),
                Arbitraries.strings()
                        .ofMaxLength(5)
                        .map(text -> text.replaceAll("[/+#\\x00]", "")));
    }
}
