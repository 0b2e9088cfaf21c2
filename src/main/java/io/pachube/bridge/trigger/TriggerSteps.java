package io.pachube.bridge.trigger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.pachube.bridge.delivery.InvalidMessageException;

import org.apache.camel.Exchange;
import org.apache.camel.Message;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The steps of the routes {@code trigger} and {@code reconcile} that are more than a header. Each
 * is a Camel processor; what one finds the next ones see as a property of the exchange.
 *
 * <p>Thread safe.
 */
public final class TriggerSteps {

    private static final String COMMANDS = "pachubeCommands";
    private static final String CHANGES = "pachubeChanges";
    private static final String CHANGE = "pachubeChange";
    private static final Pattern LOCATION = Pattern.compile(".*/([0-9]{1,18})(\\.json)?/?");
    private static final JsonMapper JSON = new JsonMapper();

    private final TriggerPlan plan;
    private final String createMethod;

    /**
     * @param createMethod the HTTP method that creates a trigger: {@code POST} (contract, 4.1), or
     *     {@code PUT}
     */
    public TriggerSteps(TriggerPlan plan, String createMethod) {
        this.plan = plan;
        this.createMethod = createMethod;
    }

    /** Reads the commands from the body, and refuses what could never be carried out. */
    public void commands(Exchange exchange) throws InvalidMessageException {
        List<TriggerCommand> commands =
                TriggerCommand.parse(exchange.getIn().getBody(byte[].class));
        plan.check(variable(exchange, "key"), commands);
        exchange.setProperty(COMMANDS, commands);
    }

    /** From Pachube's list of triggers: the body becomes the changes that need a call. */
    @SuppressWarnings("unchecked")
    public void plan(Exchange exchange) throws InvalidMessageException {
        List<TriggerChange> changes =
                new ArrayList<>(
                        plan.plan(
                                variable(exchange, "key"),
                                variable(exchange, "environment"),
                                variable(exchange, "datastream"),
                                exchange.getProperty(COMMANDS, List.class),
                                listed(exchange.getIn())));
        exchange.setProperty(CHANGES, changes);
        exchange.getIn()
                .setBody(
                        changes.stream()
                                .filter(c -> c.state() != TriggerChange.State.unchanged)
                                .toList());
    }

    private static JsonNode listed(Message answer) throws InvalidMessageException {
        try {
            return JSON.readTree(answer.getBody(byte[].class));
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    /** The body, a change, becomes the request that makes it. */
    public void call(Exchange exchange) throws JsonProcessingException {
        Message message = exchange.getIn();
        TriggerChange change = message.getBody(TriggerChange.class);
        exchange.setProperty(CHANGE, change);
        message.setHeader(
                Exchange.HTTP_METHOD,
                switch (change.state()) {
                    case created -> createMethod;
                    case updated -> "PUT";
                    default -> "DELETE";
                });
        message.setHeader(
                Exchange.HTTP_PATH,
                change.id() == null ? "/triggers.json" : "/triggers/" + change.id() + ".json");
        message.removeHeader(Exchange.HTTP_QUERY);
        message.setBody(change.fields() == null ? null : JSON.writeValueAsBytes(change.fields()));
    }

    /** Keeps the id that Pachube gave to what was created. */
    @SuppressWarnings("unchecked")
    public void called(Exchange exchange) {
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

    /** The body becomes what the client is told: a JSON object for each change. */
    @SuppressWarnings("unchecked")
    public void statuses(Exchange exchange) throws JsonProcessingException {
        List<TriggerChange> changes = exchange.getProperty(CHANGES, List.class);
        List<byte[]> statuses = new ArrayList<>();
        for (TriggerChange change : changes) {
            statuses.add(JSON.writeValueAsBytes(change.status()));
        }
        exchange.getIn().setBody(statuses);
    }

    private static String variable(Exchange exchange, String name) {
        return exchange.getVariable(name, String.class);
    }
}
