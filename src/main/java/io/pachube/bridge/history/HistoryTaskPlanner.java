package io.pachube.bridge.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

import io.pachube.bridge.datapoint.DatastreamAddress;
import io.pachube.bridge.delivery.InvalidMessageException;
import io.pachube.bridge.trigger.TriggerCommand;
import io.pachube.bridge.trigger.TriggerProcessors;
import io.pachube.bridge.trigger.TriggerSubscriptions;

import org.apache.camel.Exchange;
import org.eclipse.paho.client.mqttv3.MqttException;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Plans which history subscriptions begin and end with trigger commands, and with the discovery of
 * a feed's new datastreams. Thread safe.
 */
final class HistoryTaskPlanner implements TriggerSubscriptions {

    private static final String MIRROR = "pachubeMirror";

    private final HistorySubscriptionStore subscriptions;
    private final ScheduledErrorPolicy errors;
    private final TriggerProcessors triggers;

    HistoryTaskPlanner(
            HistorySubscriptionStore subscriptions,
            ScheduledErrorPolicy errors,
            TriggerProcessors triggers) {
        this.subscriptions = subscriptions;
        this.errors = errors;
        this.triggers = triggers;
    }

    /**
     * {@inheritDoc}
     *
     * @throws MqttException if one asks for a history, and the subscriptions are not loaded yet
     */
    @Override
    @SuppressWarnings("unchecked")
    public void readCommands(Exchange exchange) throws MqttException, InvalidMessageException {
        if (exchange.getIn().getBody() instanceof HistorySubscription mirror) {
            prepareMirror(exchange, mirror);
            if (subscriptions.get(mirror) == null) {
                exchange.setRouteStop(true);
            }
        } else {
            triggers.parseCommands(exchange);
        }
        List<TriggerCommand> commands =
                exchange.getProperty(TriggerProcessors.COMMANDS, List.class);
        if (commands.stream().anyMatch(command -> command.options().history())) {
            subscriptions.requireLoaded();
        }
    }

    /** The command is that of the mirror; each datastream that is mirrored already has its own. */
    private void prepareMirror(Exchange exchange, HistorySubscription mirror) {
        exchange.setVariable("key", mirror.key());
        exchange.setVariable("environment", mirror.environment());
        exchange.setVariable("datastream", DatastreamAddress.WILDCARD);
        exchange.setProperty(TriggerProcessors.COMMANDS, List.of(command(mirror)));
        Function<String, TriggerCommand> resolver =
                datastream -> {
                    HistorySubscription known =
                            subscriptions.get(subscription(exchange, datastream, command(mirror)));
                    return command(known == null ? mirror : known);
                };
        exchange.setProperty(TriggerProcessors.COMMAND_RESOLVER, resolver);
        exchange.setProperty(MIRROR, mirror);
    }

    private static TriggerCommand command(HistorySubscription subscription) {
        return new TriggerCommand(
                false,
                subscription.topic(),
                "change",
                null,
                subscription.options(),
                subscription.url());
    }

    private static HistorySubscription subscription(
            Exchange exchange, String datastream, TriggerCommand command) {
        return new HistorySubscription(
                exchange.getVariable("key", String.class),
                exchange.getVariable("environment", String.class),
                datastream,
                command.topic(),
                command.options(),
                command.url(),
                null);
    }

    @Override
    public void planTasks(Exchange exchange) throws MqttException {
        String datastream = exchange.getVariable("datastream", String.class);
        exchange.getIn()
                .setBody(
                        datastream.equals(DatastreamAddress.WILDCARD)
                                ? tasksOfFeed(exchange)
                                : tasksOf(exchange, datastream));
    }

    private List<HistoryTask> tasksOf(Exchange exchange, String datastream) {
        List<HistoryTask> tasks = new ArrayList<>();
        for (TriggerCommand command : TriggerProcessors.commands(exchange, datastream)) {
            HistorySubscription subscription = subscription(exchange, datastream, command);
            if (command.options().history()) {
                tasks.add(subscribe(subscription, MissingNode.getInstance(), null));
            } else if (command.topic() == null) {
                subscriptions.all().stream()
                        .filter(s -> s.belongsTo(subscription.key(), subscription.environment()))
                        .filter(s -> s.datastream().equals(datastream) && !s.isMirror())
                        .forEach(s -> tasks.add(unsubscribe(s)));
            } else if (subscription.isMirror() || subscriptions.get(subscription) != null) {
                tasks.add(unsubscribe(subscription));
            }
        }
        return tasks;
    }

    @SuppressWarnings("unchecked")
    private List<HistoryTask> tasksOfFeed(Exchange exchange) throws MqttException {
        List<TriggerCommand> commands =
                exchange.getProperty(TriggerProcessors.COMMANDS, List.class);
        TriggerCommand command = commands.get(0);
        HistorySubscription feedWide = subscription(exchange, DatastreamAddress.WILDCARD, command);
        Set<String> present = exchange.getProperty(TriggerProcessors.DATASTREAMS, Set.class);
        List<HistorySubscription> mirrors =
                subscriptions.all().stream()
                        .filter(s -> s.belongsTo(feedWide.key(), feedWide.environment()))
                        .filter(s -> s.isMirror() && !s.isFeedWide())
                        .toList();
        if (command.delete()) {
            Stream<String> mirrored = mirrors.stream().map(HistorySubscription::datastream);
            Stream<HistorySubscription> each =
                    Stream.concat(present.stream(), mirrored)
                            .distinct()
                            .map(datastream -> subscription(exchange, datastream, command));
            return Stream.concat(Stream.of(feedWide), each)
                    .map(HistoryTaskPlanner::unsubscribe)
                    .toList();
        }
        subscriptions.save(feedWide);
        List<HistoryTask> tasks = tasksOfMirror(exchange, present);
        mirrors.stream()
                .filter(s -> !present.contains(s.datastream()))
                .forEach(s -> tasks.add(unsubscribe(s)));
        return tasks;
    }

    /** A command subscribes to all datastreams again; a discovery only to new ones. */
    private List<HistoryTask> tasksOfMirror(Exchange exchange, Set<String> present) {
        JsonNode feed = exchange.getProperty(TriggerProcessors.FEED, JsonNode.class);
        boolean isDiscovery = exchange.getProperty(MIRROR) != null;
        List<HistoryTask> tasks = new ArrayList<>();
        for (JsonNode stream : feed.path("datastreams")) {
            String id = stream.path("id").asText();
            if (present.contains(id)) {
                TriggerCommand command = TriggerProcessors.commands(exchange, id).get(0);
                HistorySubscription subscription = subscription(exchange, id, command);
                if (!isDiscovery || subscriptions.get(subscription) == null) {
                    tasks.add(subscribe(subscription, feed, stream));
                }
            }
        }
        return tasks;
    }

    private static HistoryTask subscribe(
            HistorySubscription subscription, JsonNode feed, JsonNode stream) {
        return new HistoryTask(HistoryTask.Kind.SUBSCRIBED, subscription, feed, stream);
    }

    private static HistoryTask unsubscribe(HistorySubscription subscription) {
        return new HistoryTask(
                HistoryTask.Kind.UNSUBSCRIBED, subscription, MissingNode.getInstance(), null);
    }

    /** Sets the variables {@code orderingKey} and {@code key} for the task that is the body. */
    @Override
    public void selectTask(Exchange exchange) {
        HistoryTask task = exchange.getIn().getBody(HistoryTask.class);
        HistorySubscription subscription = task.subscription();
        if (task.kind() == HistoryTask.Kind.LAGGING) {
            errors.track(exchange, subscription.id(), subscription.toString());
        }
        exchange.setVariable("orderingKey", subscription.id());
        exchange.setVariable("key", subscription.key());
    }

    /** The body becomes the mirrors of whole feeds. */
    void listFeedMirrors(Exchange exchange) {
        exchange.getIn()
                .setBody(
                        subscriptions.isLoaded()
                                ? subscriptions.all().stream()
                                        .filter(HistorySubscription::isFeedWide)
                                        .filter(s -> errors.isDue(s.id()))
                                        .toList()
                                : List.of());
    }

    /** Sets the variables {@code orderingKey} and {@code key} for the mirror that is the body. */
    void selectMirror(Exchange exchange) {
        HistorySubscription mirror = exchange.getIn().getBody(HistorySubscription.class);
        errors.track(exchange, mirror.id(), mirror.toString());
        exchange.setVariable("key", mirror.key());
        exchange.setVariable(
                "orderingKey",
                new DatastreamAddress(
                                mirror.key(), mirror.environment(), DatastreamAddress.WILDCARD)
                        .orderingKey());
    }
}
