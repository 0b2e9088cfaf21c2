package io.pachube.bridge;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One of the services that routes/examples has a file for, as its documentation describes it.
 *
 * @param name that of the file
 * @param settings without the address
 * @param topic of a value
 * @param path where the service takes it
 * @param headers that it wants; it gets no others
 * @param body of the request for the value 21.5; times are &lt;s>, &lt;ms> and &lt;at>
 * @param success its answer
 * @param refusal its answer to a request that it rejects
 * @param words of the refusal that the report has
 * @param throttled its answer to too many requests
 */
record Service(
        String name,
        Map<String, String> settings,
        String topic,
        String path,
        Map<String, String> headers,
        String body,
        Answer success,
        Answer refusal,
        String words,
        Answer throttled) {

    private static final String JSON = "application/json";
    private static final String FORM = "application/x-www-form-urlencoded";

    /** Headers that say nothing about the message. */
    private static final Set<String> TRANSPORT =
            Set.of("host", "connection", "content-length", "accept-encoding", "user-agent");

    record Answer(int status, String body) {}

    static List<Service> all() {
        return List.of(
                new Service(
                        "http-sink",
                        Map.of(),
                        "house/hall/power",
                        "/house/hall/power",
                        Map.of("content-type", JSON),
                        "21.5",
                        new Answer(201, ""),
                        new Answer(400, "{\"error\":\"no such power\"}"),
                        "no such power",
                        new Answer(429, "slow down")),
                new Service(
                        "influxdb2",
                        Map.of(
                                "influxdb2.org", "home",
                                "influxdb2.bucket", "garden",
                                "influxdb2.token", "influxSecret_5tGb=="),
                        "influxdb2/kitchen/temperature",
                        "/api/v2/write?org=home&bucket=garden&precision=ns",
                        Map.of(
                                "authorization", "Token influxSecret_5tGb==",
                                "content-type", "text/plain; charset=utf-8"),
                        "readings,device=kitchen temperature=21.5 <ms>",
                        new Answer(204, ""),
                        new Answer(
                                422,
                                "{\"code\":\"unprocessable entity\",\"message\":\"failure writing"
                                        + " points to database: partial write: field type"
                                        + " conflict\"}"),
                        "field type conflict",
                        new Answer(429, "{\"code\":\"too many requests\",\"message\":\"limit\"}")),
                new Service(
                        "thingsboard",
                        Map.of("thingsboard.token.kitchen", "A1_TEST_TOKEN_9z"),
                        "thingsboard/kitchen/temperature",
                        "/api/v1/A1_TEST_TOKEN_9z/telemetry",
                        Map.of("content-type", JSON),
                        "[{\"ts\":<ms>,\"values\":{\"temperature\":21.5}}]",
                        new Answer(200, ""),
                        new Answer(
                                400,
                                "{\"status\":400,\"message\":\"Can't parse value:"
                                        + " A1_TEST_TOKEN_9z\",\"errorCode\":31}"),
                        "Can't parse value",
                        new Answer(429, "Too many requests")),
                new Service(
                        "adafruit",
                        Map.of(
                                "adafruit.user.kitchen", "anna",
                                "adafruit.key.anna", "aio_Abcd1234EFgh",
                                "adafruit.interval", "1ms"),
                        "adafruit/kitchen/temperature",
                        "/api/v2/anna/feeds/kitchen.temperature/data",
                        Map.of("x-aio-key", "aio_Abcd1234EFgh", "content-type", JSON),
                        "{\"value\":21.5,\"created_at\":\"<at>\"}",
                        new Answer(200, "{\"id\":\"0F2QX\",\"value\":\"21.5\"}"),
                        new Answer(404, "{\"error\":\"not found - that is an invalid URL\"}"),
                        "not found - that is an invalid URL",
                        new Answer(
                                429,
                                "{\"error\":\"request failed - exceeded data rate limit of 30"
                                        + " per minute\"}")),
                new Service(
                        "thingspeak",
                        Map.of(
                                "thingspeak.key.kitchen", "XIXW2P8XQ7TS",
                                "thingspeak.field.kitchen.temperature", "3",
                                "thingspeak.interval", "1ms"),
                        "thingspeak/kitchen/temperature",
                        "/update",
                        Map.of("content-type", FORM),
                        "api_key=XIXW2P8XQ7TS&field3=21.5&created_at=<at>",
                        new Answer(200, "17"),
                        new Answer(200, "0"),
                        "ThingSpeak answered 0",
                        new Answer(
                                429, "{\"status\":\"429\",\"error\":\"error_too_many_requests\"}")),
                new Service(
                        "ubidots",
                        Map.of("ubidots.token", "BBUS-Xy7Zabcdefgh", "ubidots.interval", "1ms"),
                        "ubidots/kitchen/temperature",
                        "/api/v1.6/devices/kitchen",
                        Map.of("x-auth-token", "BBUS-Xy7Zabcdefgh", "content-type", JSON),
                        "{\"temperature\":{\"value\":21.5,\"timestamp\":<ms>}}",
                        new Answer(200, "{\"temperature\":[{\"status_code\":201}]}"),
                        new Answer(
                                200,
                                "{\"temperature\":[{\"status_code\":400,\"errors\":{\"value\":"
                                        + "[\"Enter a number.\"]}}]}"),
                        "Enter a number.",
                        new Answer(
                                429,
                                "{\"code\":429001,\"message\":\"You are over the rate-limit.\"}")),
                new Service(
                        "onenet",
                        Map.of(
                                "onenet.device.kitchen", "20474930",
                                "onenet.key.kitchen", "mXIt=OneNetKey7"),
                        "onenet/kitchen/temperature",
                        "/devices/20474930/datapoints",
                        Map.of("api-key", "mXIt=OneNetKey7", "content-type", JSON),
                        "{\"datastreams\":[{\"id\":\"temperature\",\"datapoints\":[{\"value\":21.5}]}]}",
                        new Answer(200, "{\"errno\":0,\"error\":\"succ\"}"),
                        new Answer(200, "{\"errno\":3,\"error\":\"parameter required\"}"),
                        "parameter required",
                        new Answer(200, "{\"errno\":7,\"error\":\"service internal error\"}")),
                new Service(
                        "opensensemap",
                        Map.of(
                                "opensensemap.box.kitchen", "57000b8745fd40c8196ad04c",
                                "opensensemap.sensor.kitchen.temperature",
                                        "57000b8745fd40c8196ad04e",
                                "opensensemap.token.kitchen", "osemToken77fe"),
                        "opensensemap/kitchen/temperature",
                        "/boxes/57000b8745fd40c8196ad04c/data",
                        Map.of("authorization", "osemToken77fe", "content-type", JSON),
                        "[{\"sensor\":\"57000b8745fd40c8196ad04e\",\"value\":\"21.5\","
                                + "\"createdAt\":\"<at>\"}]",
                        new Answer(201, "\"Measurements saved in box\""),
                        new Answer(
                                422,
                                "{\"code\":\"UnprocessableEntity\",\"message\":\"Invalid"
                                        + " measurement\"}"),
                        "Invalid measurement",
                        new Answer(429, "{\"code\":\"TooManyRequests\",\"message\":\"\"}")),
                new Service(
                        "sensorthings",
                        Map.of(
                                "sensorthings.datastream.kitchen.temperature", "17",
                                "sensorthings.authorization", "Basic dXNlcjpwYXNz"),
                        "sensorthings/kitchen/temperature",
                        "/Datastreams(17)/Observations",
                        Map.of("authorization", "Basic dXNlcjpwYXNz", "content-type", JSON),
                        "{\"phenomenonTime\":\"<at>\",\"result\":21.5}",
                        new Answer(201, ""),
                        new Answer(
                                400,
                                "{\"code\":400,\"type\":\"error\",\"message\":\"Datastream not"
                                        + " found.\"}"),
                        "Datastream not found.",
                        new Answer(429, "")),
                new Service(
                        "emoncms",
                        Map.of("emoncms.key", "b6f3e1d0writekey"),
                        "emoncms/kitchen/temperature",
                        "/input/post",
                        Map.of("authorization", "Bearer b6f3e1d0writekey", "content-type", FORM),
                        "node=kitchen&time=<s>&fulljson=%7B%22temperature%22%3A21.5%7D",
                        new Answer(200, "ok"),
                        new Answer(
                                200,
                                "{\"success\":false,\"message\":\"Format error, json string"
                                        + " supplied is not valid\"}"),
                        "Format error",
                        new Answer(429, "Too Many Requests")));
    }

    /** Secrets that no log and no report may show. */
    List<String> secrets() {
        return settings.entrySet().stream()
                .filter(s -> s.getKey().matches(".*\\b(token|key|authorization)\\b.*"))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** The service as a strict one answers: an unexpected request is a fault of the bridge. */
    final class Stub implements FaultyService.Answer {
        private volatile Answer next = success;
        private volatile int throttles;
        private final List<String> faults = new CopyOnWriteArrayList<>();
        private final List<String> stored = new CopyOnWriteArrayList<>();

        void refuse(boolean refuses) {
            next = refuses ? refusal : success;
        }

        /** Answers the next requests as too many. */
        void throttle(int requests) {
            throttles = requests;
        }

        List<String> faults() {
            return List.copyOf(faults);
        }

        /** The bodies that were accepted. */
        List<String> stored() {
            return List.copyOf(stored);
        }

        @Override
        public synchronized void write(FaultyService.Request request, OutputStream out)
                throws Exception {
            if (request.method().equals("GET")) { // a probe: it has no key
                if (request.headers().keySet().stream().anyMatch(headers::containsKey)) {
                    faults.add("a probe has " + request.headers());
                }
                FaultyService.status(404).write(request, out);
                return;
            }
            faults.addAll(differences(request));
            if (throttles > 0) {
                throttles--;
                answer(throttled, request, out);
                return;
            }
            if (next == success) {
                stored.add(normalized(request.body()));
            }
            answer(next, request, out);
        }

        private void answer(Answer answer, FaultyService.Request request, OutputStream out)
                throws Exception {
            String[] headers =
                    answer.status == 429 ? new String[] {"Retry-After: 1"} : new String[0];
            FaultyService.answer(answer.status, answer.body, headers).write(request, out);
        }
    }

    Stub stub() {
        return new Stub();
    }

    private List<String> differences(FaultyService.Request request) {
        List<String> found = new ArrayList<>();
        if (!request.method().equals("POST") || !request.target().equals(path)) {
            found.add(request.method() + " " + request.target());
        }
        Set<String> names = new TreeSet<>(request.headers().keySet());
        names.removeAll(TRANSPORT);
        if (!names.equals(headers.keySet())) {
            found.add("headers " + names);
        }
        headers.forEach(
                (name, value) -> {
                    if (!value.equals(request.headers().get(name))) {
                        found.add(name + ": " + request.headers().get(name));
                    }
                });
        return found;
    }

    static String normalized(String body) {
        return body.replaceAll(
                        "\\d{4}-\\d\\d-\\d\\dT\\d\\d(:|%3A)\\d\\d(:|%3A)\\d\\d\\.\\d{3}Z", "<at>")
                .replaceAll("\\b1\\d{12}(\\d{6})?\\b", "<ms>")
                .replaceAll("\\b1\\d{9}\\b", "<s>");
    }

    /** The body for another value. */
    String body(String value) {
        return body.replace("21.5", value);
    }

    @Override
    public String toString() {
        return name;
    }
}
