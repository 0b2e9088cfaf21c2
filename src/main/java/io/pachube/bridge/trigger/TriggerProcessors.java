package io.pachube.bridge.trigger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.callback.NotificationTopic;
import io.pachube.bridge.datapoint.DatastreamAddress;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.pachube.PachubeRequest;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The steps of the routes {@code pachubeTrigger} and {@code pachubeTriggerReconcile}. Each is a
 * Camel processor, and passes its result on as a property of the exchange.
 *
 * <p>Thread safe.
 */
public final class TriggerProcessors {

    /** The property that holds the checked commands. */
    public static final String COMMANDS = "pachubeCommands";

    /**
     * The property that holds the feed of a command for all its datastreams, as Pachube gave it.
     */
    public static final String FEED = "pachubeFeed";

    /** The property that holds the ids of the datastreams that the commands were for. */
    public static final String DATASTREAMS = "pachubeDatastreams";

    /**
     * The property of a function that returns the command for a datastream; without it the command
     * is the same for all.
     */
    public static final String COMMAND_RESOLVER = "pachubeCommandFor";

    private static final String CHANGES = "pachubeChanges";
    private static final String CHANGE = "pachubeChange";
    private static final Pattern LOCATION = Pattern.compile(".*/([0-9]{1,18})(\\.json)?/?");
    private static final JsonMapper JSON = new JsonMapper();

    private final Processor topic;
    private final TriggerPlanner planner;
    private final String createMethod;
    private final PachubeRequest request;
    private final LatestTriggers latest = new LatestTriggers();

    /**
     * @param topic checks the topic of a command
     * @param createMethod the HTTP method that creates a trigger: {@code POST} (contract, 4.1), or
     *     {@code PUT}
     */
    public TriggerProcessors(
            Processor topic, TriggerPlanner planner, String createMethod, PachubeRequest request) {
        this.topic = topic;
        this.planner = planner;
        this.createMethod = createMethod;
        this.request = request;
    }

    /**
     * Checks the topic and the size of a command, and sets the variables {@code key}, {@code
     * environment}, {@code datastream}, {@code topic} and {@code orderingKey}.
     */
    public void parseTopic(Exchange exchange) throws Exception {
        topic.process(exchange);
    }

    /**
     * Parses the commands in the body, and rejects those that no answer of Pachube could carry out.
     * The body is not changed.
     */
    public void parseCommands(Exchange exchange) throws InvalidMessageException {
        List<TriggerCommand> commands =
                TriggerCommand.parse(exchange.getIn().getBody(byte[].class));
        planner.check(variable(exchange, "key"), commands);
        boolean all = isForAll(exchange);
        if (all && !commands.stream().allMatch(TriggerCommand::isMirror)) {
            throw new InvalidMessageException(
                    "For all datastreams of a feed ('*') there is only {\"mirror\":true}, and"
                            + " {\"mirror\":false}");
        }
        exchange.setProperty(COMMANDS, commands);
    }

    /** Returns true if the commands mirror each datastream that the feed has. */
    @SuppressWarnings("unchecked")
    static boolean isMirrorOfFeed(Exchange exchange) {
        List<TriggerCommand> commands = exchange.getProperty(COMMANDS, List.class);
        return isForAll(exchange) && !commands.get(0).delete();
    }

    /** The message becomes the request for the feed, with its datastreams. */
    void requestFeed(Exchange exchange) {
        request.get(exchange, "/feeds/" + variable(exchange, "environment") + ".json");
    }

    /** The message becomes the request for the triggers of the feed. */
    void requestTriggers(Exchange exchange) {
        request.get(exchange, "/triggers.json", "feed_id=" + variable(exchange, "environment"));
    }

    private static boolean isForAll(Exchange exchange) {
        return DatastreamAddress.WILDCARD.equals(variable(exchange, "datastream"));
    }

    /** Reads the feed from the body. */
    void readFeed(Exchange exchange) throws InvalidMessageException {
        JsonNode feed = exchange.getIn().getBody(JsonNode.class);
        if (feed == null || !feed.path("datastreams").isArray()) {
            throw new InvalidMessageException(
                    "Pachube's answer is no feed; without it nothing is mirrored");
        }
        exchange.setProperty(FEED, feed);
    }

    /** From Pachube's list of triggers: the body becomes the changes that need a request. */
    void planChanges(Exchange exchange) throws InvalidMessageException {
        JsonNode listed = exchange.getIn().getBody(JsonNode.class);
        String environment = variable(exchange, "environment");
        Set<String> datastreams = datastreams(exchange, listed);
        List<TriggerChange> changes = new ArrayList<>();
        for (String datastream : datastreams) {
            planner.plan(
                            variable(exchange, "key"),
                            environment,
                            datastream,
                            commands(exchange, datastream),
                            listed)
                    .forEach(
                            change ->
                                    changes.add(
                                            change.withTopic(
                                                    NotificationTopic.relative(
                                                            environment,
                                                            datastream,
                                                            change.topic()))));
        }
        if (isForAll(exchange)) {
            // no status for the other triggers of the feed
            changes.removeIf(change -> change.id() == null && change.fields() == null);
            if (changes.isEmpty()) {
                changes.add(
                        TriggerChange.none(
                                NotificationTopic.relative(
                                        environment,
                                        DatastreamAddress.WILDCARD,
                                        NotificationTopic.MIRROR),
                                null));
            }
        }
        exchange.setProperty(DATASTREAMS, datastreams);
        exchange.setProperty(CHANGES, changes);
        exchange.getIn()
                .setBody(
                        changes.stream()
                                .filter(c -> c.state() != TriggerChange.State.unchanged)
                                .toList());
    }

    /** The one of the topic; those of the feed; or, to end its mirrors, those with triggers. */
    private static Set<String> datastreams(Exchange exchange, JsonNode listed) {
        if (!isForAll(exchange)) {
            return Set.of(variable(exchange, "datastream"));
        }
        String environment = variable(exchange, "environment");
        Set<String> datastreams = new TreeSet<>();
        JsonNode feed = exchange.getProperty(FEED, JsonNode.class);
        if (feed == null) {
            datastreams.addAll(TriggerPlanner.datastreams(environment, listed));
        } else {
            feed.path("datastreams").forEach(s -> datastreams.add(s.path("id").asText()));
        }
        datastreams.removeIf(id -> !DatastreamAddress.isDatastream(id));
        return datastreams;
    }

    /** Returns the checked commands for a datastream. */
    @SuppressWarnings("unchecked")
    public static List<TriggerCommand> commands(Exchange exchange, String datastream) {
        Function<String, TriggerCommand> one =
                exchange.getProperty(COMMAND_RESOLVER, Function.class);
        return one == null
                ? exchange.getProperty(COMMANDS, List.class)
                : List.of(one.apply(datastream));
    }

    /** The message becomes the request for the change that is the body. */
    void prepareRequest(Exchange exchange) throws JsonProcessingException {
        TriggerChange change = exchange.getIn().getBody(TriggerChange.class);
        exchange.setProperty(CHANGE, change);
        String method =
                switch (change.state()) {
                    case created -> createMethod;
                    case updated -> "PUT";
                    default -> "DELETE";
                };
        request.json(
                exchange,
                method,
                change.id() == null ? "/triggers.json" : "/triggers/" + change.id() + ".json",
                change.fields() == null ? null : JSON.writeValueAsBytes(change.fields()));
    }

    /** Reads the id that Pachube has given to a new trigger. */
    @SuppressWarnings("unchecked")
    void recordCreatedId(Exchange exchange) {
        TriggerChange change = exchange.getProperty(CHANGE, TriggerChange.class);
        String location = exchange.getIn().getHeader("Location", String.class);
        if (change.state() == TriggerChange.State.created && location != null) {
            Matcher id = LOCATION.matcher(location);
            if (id.matches()) {
                List<TriggerChange> changes = exchange.getProperty(CHANGES, List.class);
                changes.replaceAll(c -> c == change ? c.withId(id.group(1)) : c);
            }
        }
    }

    /** The body becomes the statuses: a JSON object for each change. */
    @SuppressWarnings("unchecked")
    void buildStatuses(Exchange exchange) throws JsonProcessingException {
        List<TriggerChange> changes = exchange.getProperty(CHANGES, List.class);
        List<byte[]> statuses = new ArrayList<>();
        for (TriggerChange change : changes) {
            latest.add(variable(exchange, "environment"), variable(exchange, "datastream"), change);
            statuses.add(JSON.writeValueAsBytes(change.status()));
        }
        exchange.getIn().setBody(statuses);
    }

    /** Returns the triggers that commands have created, updated or found. */
    public LatestTriggers latest() {
        return latest;
    }

    private static String variable(Exchange exchange, String name) {
        return exchange.getVariable(name, String.class);
    }
}
