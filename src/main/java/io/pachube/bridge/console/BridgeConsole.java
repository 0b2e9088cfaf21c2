package io.pachube.bridge.console;

import io.pachube.bridge.delivery.DeliveryStatistics;
import io.pachube.bridge.history.SubscriptionState;
import io.pachube.bridge.log.SecretMasker;
import io.pachube.bridge.mqtt.MqttClientStatistics;
import io.pachube.bridge.trigger.LatestTriggers;

import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.support.console.AbstractDevConsole;
import org.apache.camel.util.URISupport;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The Camel developer console {@code pachube}: the state of the bridge, its targets with their
 * waiting messages, the latest error reports, and the problems. {@link ConsolePage} shows its JSON.
 * No secret is in it, and all lists are bounded.
 *
 * <p>The option {@value #SINCE} limits the samples for charts to those after that time, in
 * milliseconds since 1970.
 */
public final class BridgeConsole extends AbstractDevConsole {

    /** Its id, and its name in the registry. */
    public static final String ID = "pachube";

    static final String SINCE = "since";

    private static final int MAX_ROWS = 200;
    private static final int MAX_TEXT = 300;

    private final ConsoleSource source;
    private final Samples samples;
    private final LatestReports reports;
    private final Instant started = Instant.now();
    private Map<String, MqttClientStatistics> clients = Map.of();
    private final Map<String, Instant> disconnectedSince = new TreeMap<>();

    public BridgeConsole(
            CamelContext context, ConsoleSource source, Samples samples, LatestReports reports) {
        super("camel", ID, "MQTT-Pachube bridge", "State of the MQTT-Pachube bridge");
        setCamelContext(context);
        this.source = source;
        this.samples = samples;
        this.reports = reports;
    }

    /** Reads the state of the bridge; called every {@link #interval} seconds. */
    public void sample() {
        samples.take(source.delivery().statisticsByName());
        Map<String, MqttClientStatistics> now = Map.copyOf(source.clients().get());
        synchronized (disconnectedSince) {
            clients = now;
            disconnectedSince.keySet().retainAll(now.keySet());
            now.forEach(
                    (id, client) -> {
                        if (client.isConnected()) {
                            disconnectedSince.remove(id);
                        } else {
                            disconnectedSince.putIfAbsent(id, Instant.now());
                        }
                    });
        }
    }

    /** Returns the seconds between two samples. */
    public static int interval() {
        return Samples.INTERVAL;
    }

    private Map<String, MqttClientStatistics> clients() {
        synchronized (disconnectedSince) {
            return new TreeMap<>(clients);
        }
    }

    private Instant disconnectedSince(String client) {
        synchronized (disconnectedSince) {
            return disconnectedSince.get(client);
        }
    }

    private List<Problem> problems() {
        List<Instant> disconnected;
        synchronized (disconnectedSince) {
            disconnected = List.copyOf(disconnectedSince.values());
        }
        return new Problems(source, samples, reports, disconnected).all();
    }

    /** The worst problem comes first. */
    private static String state(List<Problem> problems) {
        return problems.isEmpty() ? "up" : problems.get(0).level().name();
    }

    @Override
    protected Map<String, Object> doCallJson(Map<String, Object> options) {
        List<Problem> problems = problems();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("now", System.currentTimeMillis());
        json.put("started", started.toEpochMilli());
        json.put("context", getCamelContext().getName());
        String version = BridgeConsole.class.getPackage().getImplementationVersion();
        json.put("version", version == null ? "" : version);
        json.put("state", state(problems));
        json.put("problems", problems.stream().map(Problem::toJson).toList());
        json.put("broker", broker());
        json.put("targets", targets(since(options)));
        json.put("failed", reports.failed());
        json.put("delayed", reports.delayed());
        json.put("routes", rows(source.routes().get(), this::routeFile));
        json.put("subscriptions", rows(source.subscriptions().get(), BridgeConsole::subscription));
        json.put("triggers", rows(source.triggers().all(), BridgeConsole::trigger));
        if (source.feeds() != null) {
            json.put("feeds", source.feeds().get());
        }
        return json;
    }

    private static long since(Map<String, Object> options) {
        Object since = options.get(SINCE);
        return since != null && since.toString().matches("\\d{1,18}")
                ? Long.parseLong(since.toString())
                : 0;
    }

    private Map<String, Object> broker() {
        List<Map<String, Object>> rows = new ArrayList<>();
        clients().forEach((id, client) -> rows.add(client(id, client)));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("url", shown(source.brokerUrl()));
        json.put("clients", rows(rows, row -> row));
        return json;
    }

    private Map<String, Object> client(String id, MqttClientStatistics client) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("connected", client.isConnected());
        putTime(json, "since", disconnectedSince(id));
        json.put("received", client.received());
        json.put("unacknowledged", client.unacknowledged());
        json.put("published", client.published());
        json.put("refused", client.refused());
        json.put("dropped", client.dropped());
        return json;
    }

    private List<Map<String, Object>> targets(long since) {
        List<Map<String, Object>> json = new ArrayList<>();
        samples.states().forEach((name, state) -> json.add(target(name, state, since)));
        return json;
    }

    private Map<String, Object> target(String name, DeliveryStatistics state, long since) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", shown(name));
        json.put("state", state.isOutage() ? "outage" : state.isUnconsumed() ? "unconsumed" : "up");
        putTime(json, "since", samples.outageSince(name));
        if (state.isOutage()) {
            json.put("reason", shown(source.delivery().outageReason(name)));
        }
        json.put("waiting", state.waiting());
        json.put("inFlight", state.inFlight());
        json.put("oldest", state.oldest().toMillis());
        json.put("delayed", state.delayedNow());
        json.put("probation", state.probationKeys());
        json.put("received", state.received());
        json.put("delivered", state.delivered());
        json.put("rejected", state.rejected());
        json.put("abandoned", state.abandoned());
        json.put("samples", samples.columns(name, since));
        return json;
    }

    private Map<String, Object> routeFile(RouteFileState file) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", shown(file.file()));
        json.put("routes", rows(file.routes(), this::route));
        if (file.error() != null) {
            json.put("error", shown(file.error()));
        }
        putTime(json, "errorAt", file.errorAt());
        return json;
    }

    private Map<String, Object> route(String id) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        Route route = getCamelContext().getRoute(id);
        if (route != null) {
            json.put(
                    "from",
                    shown(URISupport.sanitizeUri(route.getEndpoint().getEndpointBaseUri())));
            json.put("description", shown(route.getDescription()));
        }
        json.put(
                "state", String.valueOf(getCamelContext().getRouteController().getRouteStatus(id)));
        return json;
    }

    private static Map<String, Object> subscription(SubscriptionState subscription) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("environment", subscription.environment());
        json.put("datastream", shown(subscription.datastream()));
        json.put("kind", subscription.topic() == null ? "mirror" : "history");
        json.put("topic", shown(subscription.topic()));
        putTime(json, "last", subscription.last());
        return json;
    }

    private static Map<String, Object> trigger(LatestTriggers.Trigger trigger) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("environment", trigger.environment());
        json.put("datastream", shown(trigger.datastream()));
        json.put("topic", shown(trigger.topic()));
        json.put("id", trigger.id());
        json.put("state", trigger.state());
        putTime(json, "at", trigger.at());
        return json;
    }

    private static <T> List<Map<String, Object>> rows(
            List<T> all, Function<T, Map<String, Object>> toJson) {
        return all.stream().limit(MAX_ROWS).map(toJson).toList();
    }

    private static void putTime(Map<String, Object> json, String name, Instant time) {
        if (time != null) {
            json.put(name, time.toEpochMilli());
        }
    }

    /** Whatever clients and services have put into it. */
    static String shown(String text) {
        if (text == null) {
            return "";
        }
        String masked = SecretMasker.mask(text).replaceAll("\\p{Cntrl}+", " ");
        return masked.length() <= MAX_TEXT ? masked : masked.substring(0, MAX_TEXT) + "…";
    }

    @Override
    protected String doCallText(Map<String, Object> options) {
        return ConsoleText.of(doCallJson(Map.of(SINCE, Long.MAX_VALUE)));
    }
}
