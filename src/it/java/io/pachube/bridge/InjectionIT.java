package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.sandbox.SandboxBroker;

import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpConstants;
import org.apache.camel.component.paho.PahoConstants;
import org.apache.camel.spi.HeaderFilterStrategy;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whatever strangers send is text: what goes out is what the routes say, and nothing else. */
@Tag("slow")
class InjectionIT {

    private record Request(String method, String target, Set<String> headers, String body) {}

    private record Published(String topic, String payload, int qos, boolean retained) {}

    private static final String KEY = "some-key";
    private static final String DATASTREAM = "pb/" + KEY + "/7/t";
    private static final String HOT = "pb/" + KEY + "/hot";
    private static final JsonMapper JSON = new JsonMapper();
    private static final CallbackTokenCodec TOKENS =
            new CallbackTokenCodec(new StateCipher(TestBridge.SECRET));

    /** In some syntax or other each of them means more than its letters. */
    private static final List<String> HOSTILE =
            List.of(
                    "${header.x}",
                    "${exception.message} ${variable.key} ${sys.user.dir}",
                    "{{pachube.url}}",
                    "#{1+1} $simple{1+1} ${bean:java.lang.Runtime}",
                    "%0d%0aX-Evil: yes",
                    "1\r\nX-Evil: yes\r\n\r\nGET / HTTP/1.1",
                    "1?key=other#fragment",
                    "../../feeds/1",
                    "{\"CamelHttpUri\":\"http://localhost:1/\",\"CamelHttpPath\":\"/x\"}",
                    "CamelHttpMethod=DELETE&CamelPahoOverrideTopic=pb/other/7/t",
                    "\0");

    @TempDir Path routes;

    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Published> published = new CopyOnWriteArrayList<>();
    private final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
    private HttpServer pachube;
    private TestBridge bridge;
    private MqttPeer peer;
    private MqttClient listener;

    @BeforeEach
    void start() throws Exception {
        broker.start();
        pachube = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pachube.createContext("/", this::answer);
        pachube.start();
        bridge = bridge().start();
        peer = new MqttPeer(broker.url());
        MqttPeer.awaitBridge(broker.url(), "pb/ready/0/x", "pb/ready/0/x/trigger");
        listener = listen("#");
    }

    @AfterEach
    void stop() throws Exception {
        listener.disconnect();
        listener.close();
        peer.close();
        bridge.close();
        pachube.stop(0);
        broker.close();
    }

    private TestBridge bridge() {
        return new TestBridge(
                        broker.url(), "http://127.0.0.1:" + pachube.getAddress().getPort() + "/v2")
                .with("mqtt.username", broker.userName())
                .with("mqtt.password", broker.password());
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Set<String> headers = new TreeSet<>();
            exchange.getRequestHeaders()
                    .forEach((name, values) -> values.forEach(v -> headers.add(name + ": " + v)));
            headers.removeIf(header -> header.startsWith("Content-length"));
            requests.add(
                    new Request(
                            exchange.getRequestMethod(),
                            exchange.getRequestURI().toString(),
                            headers,
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8)));
            byte[] none = "[]".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, none.length);
            exchange.getResponseBody().write(none);
        }
    }

    /** Under the bridge's user, who may hear everything. */
    private MqttClient listen(String filter) throws MqttException {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setUserName(broker.userName());
        options.setPassword(broker.password().toCharArray());
        MqttClient client = new MqttClient(broker.url(), "listener", new MemoryPersistence());
        client.connect(options);
        client.subscribe(filter, 2, this::heard);
        return client;
    }

    private void heard(String topic, MqttMessage message) {
        published.add(
                new Published(
                        topic,
                        new String(message.getPayload(), StandardCharsets.UTF_8),
                        message.getQos(),
                        message.isRetained()));
    }

    private List<Published> publishedOn(String topic) {
        return published.stream().filter(p -> p.topic().equals(topic)).toList();
    }

    private Request request(String method, String target, String contentType, String body) {
        Set<String> headers = new TreeSet<>();
        headers.add("Accept-encoding: identity");
        headers.add("Connection: keep-alive");
        headers.add("Host: 127.0.0.1:" + pachube.getAddress().getPort());
        headers.add("User-agent: pachube-mqtt-bridge");
        headers.add("X-pachubeapikey: " + KEY);
        if (contentType != null) {
            headers.add("Content-type: " + contentType);
        }
        return new Request(method, target, headers, body);
    }

    private Request put(String segment, String body) {
        return request("PUT", "/v2/feeds/7/datastreams/" + segment, "text/csv", body);
    }

    private void awaitRequests(int count) {
        await(count + " requests").until(() -> requests.size() >= count);
    }

    @Test
    void aDatapointsPayloadIsOnlyTheBody() throws Exception {
        List<String> values =
                HOSTILE.stream()
                        .filter(text -> !text.startsWith("{") && !text.equals("\0"))
                        .toList();
        for (String payload : HOSTILE) {
            peer.publish(DATASTREAM, payload);
        }
        await().until(
                        () ->
                                publishedOn(DATASTREAM + "/error").size()
                                        == HOSTILE.size() - values.size());
        awaitRequests(values.size());
        assertEquals(values.stream().map(body -> put("t.csv", body)).toList(), requests);
    }

    @Test
    void aDocumentIsOnlyTheBody() throws Exception {
        List<String> documents = new ArrayList<>();
        for (String hostile : HOSTILE) {
            documents.add(JSON.writeValueAsString(Map.of("current_value", hostile)));
            peer.publish(DATASTREAM, documents.get(documents.size() - 1));
        }
        awaitRequests(documents.size());
        assertEquals(
                documents.stream()
                        .map(
                                body ->
                                        request(
                                                "PUT",
                                                "/v2/feeds/7/datastreams/t.json",
                                                "application/json",
                                                body))
                        .toList(),
                requests);
    }

    @Test
    void aDatastreamsLevelIsOneSegmentOrRefused() throws Exception {
        Map<String, String> segments =
                Map.of(
                        "..", "...csv",
                        ".", "..csv",
                        "%2e%2e", "...csv",
                        "a%2Bb", "a%2Bb.csv",
                        "x.csv", "x.csv.csv",
                        "温", "%E6%B8%A9.csv");
        for (String level : segments.keySet()) {
            peer.publish("pb/" + KEY + "/7/" + level, "1");
        }
        List<String> incomplete = List.of("pb//7/t", "pb/" + KEY + "//t", "pb/" + KEY + "/7/");
        for (String topic : incomplete) {
            peer.publish(topic, "1");
        }
        int refused = incomplete.size();
        for (String hostile : HOSTILE) {
            String level = hostile.replaceAll("[/+#\\p{Cntrl}]", "?");
            String encoded = URLEncoder.encode(hostile, StandardCharsets.UTF_8);
            for (String datastream : List.of(level, encoded.replace("+", "%20"))) {
                peer.publish("pb/" + KEY + "/7/" + datastream, "1");
                peer.publish("pb/" + KEY + "/7" + datastream + "/t", "1");
                peer.publish("pb/" + KEY + datastream + "/7/t", "1");
                refused += 3;
            }
        }
        int expected = refused;
        await(expected + " reports")
                .until(
                        () ->
                                published.stream()
                                                .filter(
                                                        p ->
                                                                p.payload()
                                                                        .contains(
                                                                                "Invalid message"))
                                                .filter(p -> p.topic().endsWith("/error"))
                                                .count()
                                        == expected);
        awaitRequests(segments.size());
        assertEquals(
                segments.values().stream()
                        .map(segment -> put(segment, "1"))
                        .collect(Collectors.toSet()),
                Set.copyOf(requests));
        assertEquals(segments.size(), requests.size());
    }

    /** Else the broker would send it again, and all behind it, without end. */
    @Test
    void aTopicThatLeavesNoRoomForItsReportIsPassedOver() throws Exception {
        String longest = (DATASTREAM + "!".repeat(65_535)).substring(0, 65_535);
        peer.publish(longest, "1");
        peer.publish(longest.replaceAll("!{8}$", "/trigger"), "{\"command\":\"delete\"}");
        peer.publish(DATASTREAM, "2");
        awaitRequests(1);
        bridge.stop();
        bridge.start();
        peer.publish(DATASTREAM, "3");
        awaitRequests(2);
        assertEquals(List.of(put("t.csv", "2"), put("t.csv", "3")), requests);
    }

    @Test
    void aTriggersTopicIsOnlyALevelAndItsUrlOnlyAText() throws Exception {
        String elsewhere = "http://127.0.0.1:" + pachube.getAddress().getPort() + "/%0d%0a";
        List<String> topics = List.of("${header.x}", "{{pachube.url}}", "..", "%2F?key=a", "$SYS");
        for (String topic : topics) {
            requests.clear();
            peer.publish(
                    DATASTREAM + "/trigger",
                    JSON.writeValueAsString(
                            Map.of(
                                    "topic",
                                    topic,
                                    "trigger_type",
                                    "gt",
                                    "threshold_value",
                                    "-1e3",
                                    "url",
                                    elsewhere)));
            awaitRequests(2);
            assertEquals(request("GET", "/v2/triggers.json?feed_id=7", null, ""), requests.get(0));
            Request create = requests.get(1);
            JsonNode trigger = JSON.readTree(create.body());
            String url = trigger.path("url").asText();
            assertEquals(
                    request("POST", "/v2/triggers.json", "application/json", create.body()),
                    create);
            assertEquals(
                    Set.of("7", "t", "gt", "-1e3", url),
                    Stream.of(
                                    "environment_id",
                                    "stream_id",
                                    "trigger_type",
                                    "threshold_value",
                                    "url")
                            .map(field -> trigger.path(field).asText())
                            .collect(Collectors.toSet()));
            assertTrue(url.startsWith(elsewhere + "/"), url);

            String token = url.substring(url.lastIndexOf('/') + 1);
            assertEquals(
                    200,
                    Http.postForm(bridge.callbackUrl() + "/" + token, document("7")).statusCode());
            Published expected = new Published("pb/" + KEY + "/" + topic, "7", 1, false);
            await(topic).until(() -> published.contains(expected));
            assertEquals(2, requests.size());
        }
    }

    @Test
    void whatIsNoTriggerCommandMakesNoRequest() throws Exception {
        for (String hostile : HOSTILE) {
            String text = JSON.writeValueAsString(hostile);
            for (String command :
                    List.of(
                            hostile,
                            "{\"topic\":\"a\",\"trigger_type\":" + text + "}",
                            "{\"topic\":\"a\",\"trigger_type\":\"gt\",\"threshold_value\":"
                                    + text
                                    + "}",
                            "{\"topic\":\"a\",\"trigger_type\":\"live\",\"url\":" + text + "}",
                            "{\"command\":\"delete\"," + text + ":1}")) {
                peer.publish(DATASTREAM + "/trigger", command);
            }
        }
        await().until(
                        () ->
                                publishedOn(DATASTREAM + "/trigger/error").size()
                                        == 5 * HOSTILE.size());
        assertEquals(List.of(), requests);
    }

    @Test
    void aNotificationsValueIsOnlyThePayload() throws Exception {
        for (String value : HOSTILE) {
            assertEquals(200, Http.postForm(callback(), document(value)).statusCode());
        }
        await().until(() -> publishedOn(HOT).size() == HOSTILE.size());
        assertEquals(
                HOSTILE.stream().map(value -> new Published(HOT, value, 1, false)).toList(),
                published);
    }

    /** CVE-2025-27636, CVE-2025-29891. */
    @Test
    void aCallbacksHeadersAndParametersChangeNothing() throws Exception {
        sendControlHeadersAndCheck();
    }

    @Test
    void aRouteThatLetsHeadersInIsNoticed() throws Exception {
        bridge.close();
        RouteFolder.copy(routes);
        Path route = routes.resolve("notification.camel.yaml");
        String text = Files.readString(route);
        String open =
                text.replace(
                                "mapHttpMessageHeaders: false",
                                "mapHttpMessageHeaders: true\n"
                                        + "        headerFilterStrategy: \"#everything\"")
                        .replace("- removeHeaders: { pattern: \"*\" }", "");
        assertTrue(open.contains("#everything") && !open.contains("removeHeaders"));
        Files.writeString(route, open);
        bridge =
                bridge().routes(routes)
                        .with("camel.beans.everything", "#class:" + Everything.class.getName())
                        .start();
        MqttPeer.awaitBridge(broker.url(), "pb/ready/0/x");
        requests.clear();
        published.clear();
        assertThrows(AssertionError.class, this::sendControlHeadersAndCheck);
    }

    /** Keeps no header away. */
    public static final class Everything implements HeaderFilterStrategy {
        @Override
        public boolean applyFilterToCamelHeaders(String name, Object value, Exchange exchange) {
            return false;
        }

        @Override
        public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
            return false;
        }
    }

    private void sendControlHeadersAndCheck() throws Exception {
        List<UnaryOperator<String>> spellings =
                List.of(
                        name -> name,
                        name -> name.toUpperCase(Locale.ROOT),
                        name -> name.toLowerCase(Locale.ROOT),
                        name -> name.replaceFirst("Camel", "CAmel"));
        int calls = 0;
        for (UnaryOperator<String> spelling : spellings) {
            Set<String> names = controlHeaders().stream().map(spelling).collect(Collectors.toSet());
            String parameters =
                    names.stream()
                            .map(name -> name + "=" + hostileValue(name))
                            .collect(Collectors.joining("&"));
            String body = "body=" + URLEncoder.encode(document("7"), StandardCharsets.UTF_8);
            List<HttpResponse<String>> answers = new ArrayList<>();
            answers.add(post(names, callback(), body));
            answers.add(post(Set.of(), callback() + "?" + parameters, body));
            answers.add(post(Set.of(), callback(), body + "&" + parameters));
            answers.add(post(Set.of(), callback(), parameters + "&" + body));
            calls += answers.size();
            for (HttpResponse<String> answer : answers) {
                assertEquals(200, answer.statusCode(), answer.body());
                assertTrue(
                        answer.headers().map().keySet().stream()
                                .noneMatch(
                                        name -> name.toLowerCase(Locale.ROOT).startsWith("camel")));
            }
        }
        peer.publish(DATASTREAM, "21.5");
        awaitRequests(1);
        assertEquals(List.of(put("t.csv", "21.5")), requests);
        int expected = calls;
        await().until(() -> publishedOn(HOT).size() >= expected);
        assertEquals(
                Set.of(
                        new Published(HOT, "7", 1, false),
                        new Published(DATASTREAM, "21.5", 1, false)),
                Set.copyOf(published));
        assertEquals(calls + 1, published.size());

        // nothing was kept by the broker: a retained message would come now
        published.clear();
        listener.disconnect();
        listener.close();
        listener = listen("#");
        peer.publish(DATASTREAM, "22");
        await().until(() -> publishedOn(DATASTREAM).size() == 1);
        assertEquals(List.of(new Published(DATASTREAM, "22", 1, false)), published);
    }

    private static Set<String> controlHeaders() throws IllegalAccessException {
        Set<String> names = new TreeSet<>(Set.of("CamelBeanMethodName", "CamelHttpServletRequest"));
        for (Class<?> constants :
                List.of(Exchange.class, HttpConstants.class, PahoConstants.class)) {
            for (Field field : constants.getFields()) {
                if (field.getType() == String.class
                        && ((String) field.get(null)).startsWith("Camel")) {
                    names.add((String) field.get(null));
                }
            }
        }
        assertTrue(names.size() > 50, names.toString());
        return names;
    }

    private static String hostileValue(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.contains("topic")) {
            return "pb/other/7/t";
        }
        if (lower.endsWith("qos")) {
            return "0";
        }
        return lower.endsWith("uri") ? "http://localhost:1/" : "true";
    }

    private static HttpResponse<String> post(Set<String> headers, String url, String body)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(body));
        headers.forEach(name -> request.header(name, hostileValue(name)));
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private String callback() {
        return bridge.callbackUrl()
                + "/"
                + TOKENS.encode(new CallbackTarget(KEY, "hot", NotificationOptions.DEFAULT));
    }

    private static String document(String value) throws IOException {
        return JSON.writeValueAsString(
                Map.of("triggering_datastream", Map.of("value", Map.of("value", value))));
    }
}
