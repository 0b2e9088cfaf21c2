package io.pachube.bridge.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import io.pachube.bridge.callback.NotificationDocument;
import io.pachube.bridge.callback.NotificationTopic;
import io.pachube.bridge.callback.ReceivedNotification;
import io.pachube.bridge.datapoint.DatastreamTopic;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.mqtt.RetainedStore;
import io.pachube.bridge.pachube.PachubeRequest;
import io.pachube.bridge.pachube.PachubeTime;
import io.pachube.bridge.trigger.TriggerCommand;
import io.pachube.bridge.trigger.TriggerProcessors;
import io.pachube.bridge.trigger.TriggerSubscriptions;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.paho.PahoConstants;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The steps of the routes of histories: which datastreams are watched, and how far what was written
 * to them has been published.
 *
 * <p>Thread safe.
 */
public final class HistorySteps implements TriggerSubscriptions {

    private static final Logger LOG = LoggerFactory.getLogger(HistorySteps.class);
    private static final String RUN = "pachubeHistoryRun";
    private static final String POINT = "pachubeHistoryPoint";
    private static final String MIRROR = "pachubeMirror";

    private final String prefix;
    private final Watches watches;
    private final RetainedStore broker;
    private final CatchUp.Limits limits;
    private final Failures failures;
    private final TriggerProcessors triggers;
    private final PachubeRequest request;

    /** A turn that has come. */
    private static final class Run {
        Turn turn;
        Watch watch;

        /** Null: there is nothing to be published. */
        CatchUp catchUp;

        boolean asks;
        String topic;
        NotificationDocument notified;
        NotificationDocument document;
    }

    /**
     * @param prefix the topics' first level, or levels
     * @param reach how much older than the current value what is published may be
     * @param most how many datapoints are published at once
     */
    public HistorySteps(
            String prefix,
            Watches watches,
            RetainedStore broker,
            Duration reach,
            int most,
            Failures failures,
            TriggerProcessors triggers,
            PachubeRequest request) {
        this.prefix = prefix;
        this.watches = watches;
        this.broker = broker;
        this.limits = new CatchUp.Limits(reach, most);
        this.failures = failures;
        this.triggers = triggers;
        this.request = request;
    }

    /**
     * Before the triggers: reads the commands that are the body, or those of a mirror that is to be
     * refreshed, which may have ended meanwhile.
     *
     * @throws MqttException if one is to have a history, and it is not known yet what the broker
     *     keeps of it
     */
    @SuppressWarnings("unchecked")
    @Override
    public void readCommands(Exchange exchange) throws MqttException, InvalidMessageException {
        if (exchange.getIn().getBody() instanceof Watch mirror) {
            prepareMirror(exchange, mirror);
            if (watches.get(mirror) == null) {
                exchange.setRouteStop(true);
            }
        } else {
            triggers.parseCommands(exchange);
        }
        List<TriggerCommand> commands =
                exchange.getProperty(TriggerProcessors.COMMANDS, List.class);
        if (commands.stream().anyMatch(command -> command.options().history())) {
            watches.awaitLoaded();
        }
    }

    /**
     * After the triggers: the body becomes the turns of what is watched from now on, and of what is
     * no more.
     */
    @Override
    public void planTasks(Exchange exchange) throws MqttException {
        String datastream = exchange.getVariable("datastream", String.class);
        exchange.getIn()
                .setBody(
                        datastream.equals(DatastreamTopic.ALL)
                                ? turnsOfAll(exchange)
                                : turnsOf(exchange, datastream));
    }

    private List<Turn> turnsOf(Exchange exchange, String datastream) {
        List<Turn> turns = new ArrayList<>();
        for (TriggerCommand command : TriggerProcessors.commands(exchange, datastream)) {
            Watch watch = watch(exchange, datastream, command);
            if (command.options().history()) {
                turns.add(new Turn(Turn.Kind.DECLARED, watch, MissingNode.getInstance(), null));
            } else if (command.topic() == null) {
                watches.all().stream()
                        .filter(w -> w.isIn(watch.key(), watch.environment()))
                        .filter(w -> w.datastream().equals(datastream) && !w.isMirror())
                        .forEach(w -> turns.add(ended(w)));
            } else if (watch.isMirror() || watches.get(watch) != null) {
                turns.add(ended(watch));
            }
        }
        return turns;
    }

    @SuppressWarnings("unchecked")
    private List<Turn> turnsOfAll(Exchange exchange) throws MqttException {
        List<TriggerCommand> commands =
                exchange.getProperty(TriggerProcessors.COMMANDS, List.class);
        Watch all = watch(exchange, DatastreamTopic.ALL, commands.get(0));
        Set<String> present = exchange.getProperty(TriggerProcessors.DATASTREAMS, Set.class);
        List<Watch> mirrors =
                watches.all().stream()
                        .filter(w -> w.isIn(all.key(), all.environment()) && w.isMirror())
                        .filter(w -> !w.isOfAll())
                        .toList();
        if (commands.get(0).delete()) {
            return Stream.concat(
                            Stream.of(all),
                            Stream.concat(present.stream(), mirrors.stream().map(Watch::datastream))
                                    .distinct()
                                    .map(d -> watch(exchange, d, commands.get(0))))
                    .map(HistorySteps::ended)
                    .toList();
        }
        watches.keep(all);
        JsonNode feed = exchange.getProperty(TriggerProcessors.FEED, JsonNode.class);
        boolean refresh = exchange.getProperty(MIRROR) != null;
        List<Turn> turns = new ArrayList<>();
        for (JsonNode stream : feed.path("datastreams")) {
            String id = stream.path("id").asText();
            if (present.contains(id)) {
                TriggerCommand command = TriggerProcessors.commands(exchange, id).get(0);
                Watch watch = watch(exchange, id, command);
                if (!refresh || watches.get(watch) == null) {
                    turns.add(new Turn(Turn.Kind.DECLARED, watch, feed, stream));
                }
            }
        }
        mirrors.stream()
                .filter(w -> !present.contains(w.datastream()))
                .forEach(w -> turns.add(ended(w)));
        return turns;
    }

    private static Watch watch(Exchange exchange, String datastream, TriggerCommand command) {
        return new Watch(
                exchange.getVariable("key", String.class),
                exchange.getVariable("environment", String.class),
                datastream,
                command.topic(),
                command.options(),
                command.url(),
                null);
    }

    private static Turn ended(Watch watch) {
        return new Turn(Turn.Kind.ENDED, watch, MissingNode.getInstance(), null);
    }

    /** Sets the variables {@code orderingKey} and {@code key} for the turn that is the body. */
    @Override
    public void selectTask(Exchange exchange) {
        Turn turn = exchange.getIn().getBody(Turn.class);
        if (turn.kind() == Turn.Kind.BEHIND) {
            failures.attempt(exchange, turn.watch().identity(), turn.watch().toString());
        }
        exchange.setVariable("orderingKey", turn.watch().identity());
        exchange.setVariable("key", turn.watch().key());
    }

    /**
     * The turn has come, or the notification whose turn it is.
     *
     * @throws MqttException if the broker does not take what it is to keep, or it is not known yet
     *     what it keeps
     */
    void begin(Exchange exchange) throws MqttException, InvalidMessageException {
        Turn turn =
                exchange.getIn().getBody() instanceof ReceivedNotification received
                        ? Turn.notified(received)
                        : exchange.getIn().getBody(Turn.class);
        Watch watch = turn.watch();
        Run run = new Run();
        exchange.setProperty(RUN, run);
        if (turn.kind() == Turn.Kind.ENDED) {
            end(watch);
            return;
        }
        watches.awaitLoaded();
        Watch known = watches.get(watch);
        if (known == null
                && (turn.kind() == Turn.Kind.BEHIND
                        || turn.kind() == Turn.Kind.NOTIFIED && watches.hasEnded(watch))) {
            return;
        }
        begin(run, turn, known);
        exchange.setVariable("key", watch.key());
        exchange.getIn().setBody(turn.stream());
    }

    private void begin(Run run, Turn turn, Watch known) throws InvalidMessageException {
        ReceivedNotification received = turn.received();
        Watch watch = turn.watch();
        run.turn = turn;
        run.watch =
                known == null
                        ? watch
                        : turn.kind() == Turn.Kind.DECLARED ? watch.at(known.last()) : known;
        run.topic = topic(run.watch);
        boolean again =
                received == null
                        ? turn.kind() == Turn.Kind.DECLARED && watch.isMirror()
                        : known == null || received.notification().isDebug();
        run.notified = received == null ? null : received.notification().toDocument();
        run.asks = turn.stream() == null;
        run.catchUp =
                known == null
                        ? CatchUp.fromNow(
                                again,
                                received == null ? null : received.notification().value(),
                                limits)
                        : CatchUp.since(known.last(), run.asks, again, limits);
    }

    private void end(Watch watch) throws MqttException {
        watches.end(watch);
        if (watch.isMirror() && !watch.isOfAll()) {
            try {
                broker.put(topic(watch), new byte[0]);
            } catch (InvalidMessageException e) {
                LOG.debug("Nothing was published for {}", watch, e);
            }
        }
    }

    private String topic(Watch watch) throws InvalidMessageException {
        return NotificationTopic.resolve(
                prefix,
                watch.key(),
                watch.options(),
                watch.environment(),
                watch.datastream(),
                watch.topic());
    }

    /** Returns true while there is something to be published. */
    static boolean hasMore(Exchange exchange) {
        CatchUp catchUp = run(exchange).catchUp;
        return catchUp != null && !catchUp.isDone();
    }

    /** Returns false if the datastream is the body already. */
    static boolean needsRequest(Exchange exchange) {
        return run(exchange).asks;
    }

    private static Run run(Exchange exchange) {
        return exchange.getProperty(RUN, Run.class);
    }

    /** The message becomes the request for the next page of the datastream's history. */
    void requestPage(Exchange exchange) {
        Run run = run(exchange);
        DatastreamTopic address =
                new DatastreamTopic(
                        run.watch.key(), run.watch.environment(), run.watch.datastream());
        request.get(exchange, address.path() + ".json", run.catchUp.query());
    }

    /** From Pachube's answer: the body becomes the datapoints that are to be published now. */
    void points(Exchange exchange) throws InvalidMessageException {
        Run run = run(exchange);
        JsonNode stream = json(exchange);
        List<CatchUp.Point> points = run.catchUp.points(stream);
        if (run.watch.options().json()) {
            run.document =
                    NotificationDocument.ofDatastream(
                            run.notified, run.watch.environment(), run.turn.feed(), stream);
        }
        exchange.getIn().setBody(points);
    }

    private static JsonNode json(Exchange exchange) throws InvalidMessageException {
        JsonNode json = exchange.getIn().getBody(JsonNode.class);
        if (json == null || !json.isObject()) {
            throw new InvalidMessageException("Pachube's answer is no JSON object");
        }
        return json;
    }

    /** The body, a datapoint, becomes what is published of it; the headers say where and how. */
    void point(Exchange exchange) {
        Run run = run(exchange);
        CatchUp.Point point = exchange.getIn().getBody(CatchUp.Point.class);
        exchange.setProperty(POINT, point);
        Message message = exchange.getIn();
        message.removeHeaders("*");
        message.setHeader(PahoConstants.CAMEL_PAHO_OVERRIDE_TOPIC, run.topic);
        message.setHeader(PahoConstants.CAMEL_PAHO_MSG_QOS, run.watch.options().qos());
        message.setHeader(PahoConstants.CAMEL_PAHO_MSG_RETAINED, run.watch.options().retain());
        message.setBody(
                run.watch.options().json()
                        ? run.document.toJson(point.value(), point.at())
                        : point.value().getBytes(StandardCharsets.UTF_8));
    }

    /** The broker refuses the datapoint, and will each time: the history goes on behind it. */
    static void dropped(Exchange exchange) {
        LOG.warn(
                "A datapoint of a history is dropped. {}",
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class).getMessage());
    }

    /** The broker has taken the datapoint, or it was dropped. */
    void published(Exchange exchange) {
        CatchUp.Point point = exchange.getProperty(POINT, CatchUp.Point.class);
        if (point.at() != null) {
            watches.advance(run(exchange).watch, point.at());
        }
    }

    /** The broker has taken all of an answer: so far this is done. */
    void keep(Exchange exchange) throws MqttException {
        Run run = run(exchange);
        if (run.catchUp.isDone() || run.catchUp.last() != null) {
            watches.keep(run.watch.at(run.catchUp.last()));
        }
        run.asks = true;
        if (run.catchUp.isDone() && run.catchUp.passesOver()) {
            LOG.warn("{}: what is older than history.max-age was passed over", run.watch);
        }
    }

    /** The body becomes a watch for each feed that has any: its key and environment. */
    void feeds(Exchange exchange) throws MqttException {
        List<Watch> feeds = new ArrayList<>();
        if (watches.isLoaded()) {
            watches.renew();
            watches.all().stream()
                    .filter(w -> !w.isOfAll())
                    .collect(Collectors.toMap(HistorySteps::subject, w -> w, (a, b) -> a))
                    .values()
                    .stream()
                    .filter(w -> failures.isDue(subject(w)))
                    .forEach(feeds::add);
        }
        exchange.getIn().setBody(feeds);
    }

    /** Sets the variables of the feed that the body is. */
    void feed(Exchange exchange) {
        Watch feed = exchange.getIn().getBody(Watch.class);
        exchange.setVariable("key", feed.key());
        exchange.setVariable("environment", feed.environment());
        failures.attempt(exchange, subject(feed), "environment " + feed.environment());
        exchange.setVariable("orderingKey", subject(feed));
    }

    private static String subject(Watch feed) {
        return feed.key() + "/" + feed.environment();
    }

    /** The message becomes the request for the feed. */
    void requestFeed(Exchange exchange) {
        request.get(
                exchange, "/feeds/" + exchange.getVariable("environment", String.class) + ".json");
    }

    /** From Pachube's feed: the body becomes the turns of the watches that are behind. */
    void behind(Exchange exchange) throws InvalidMessageException {
        JsonNode feed = json(exchange);
        String key = exchange.getVariable("key", String.class);
        String environment = exchange.getVariable("environment", String.class);
        Map<String, Instant> newest = new HashMap<>();
        for (JsonNode stream : feed.path("datastreams")) {
            newest.put(stream.path("id").asText(), PachubeTime.parse(stream.path("at")));
        }
        exchange.getIn()
                .setBody(
                        watches.all().stream()
                                .filter(w -> w.isIn(key, environment))
                                .filter(w -> w.isBehind(newest.get(w.datastream())))
                                .map(w -> new Turn(Turn.Kind.BEHIND, w, feed, null))
                                .toList());
    }

    /** The body becomes the mirrors of whole feeds. */
    void mirrors(Exchange exchange) {
        exchange.getIn()
                .setBody(
                        watches.isLoaded()
                                ? watches.all().stream()
                                        .filter(Watch::isOfAll)
                                        .filter(w -> failures.isDue(w.identity()))
                                        .toList()
                                : List.of());
    }

    /**
     * The variables {@code orderingKey} and {@code key} are set for the mirror that is the body.
     */
    void mirror(Exchange exchange) {
        Watch all = exchange.getIn().getBody(Watch.class);
        failures.attempt(exchange, all.identity(), all.toString());
        exchange.setVariable("key", all.key());
        exchange.setVariable(
                "orderingKey",
                new DatastreamTopic(all.key(), all.environment(), DatastreamTopic.ALL)
                        .orderingKey());
    }

    /**
     * Sets what the command of the mirror that the body is has set; each datastream keeps its own.
     */
    private void prepareMirror(Exchange exchange, Watch all) {
        exchange.setVariable("key", all.key());
        exchange.setVariable("environment", all.environment());
        exchange.setVariable("datastream", DatastreamTopic.ALL);
        exchange.setProperty(TriggerProcessors.COMMANDS, List.of(command(all)));
        Function<String, TriggerCommand> own =
                datastream -> {
                    Watch known =
                            watches.get(
                                    new Watch(
                                            all.key(),
                                            all.environment(),
                                            datastream,
                                            all.topic(),
                                            all.options(),
                                            all.url(),
                                            null));
                    return command(known == null ? all : known);
                };
        exchange.setProperty(TriggerProcessors.COMMAND_RESOLVER, own);
        exchange.setProperty(MIRROR, all);
    }

    private static TriggerCommand command(Watch watch) {
        return new TriggerCommand(
                false, watch.topic(), "change", null, watch.options(), watch.url());
    }
}
