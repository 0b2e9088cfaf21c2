package io.pachube.bridge.trigger;

import com.fasterxml.jackson.databind.JsonNode;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationTopic;
import io.pachube.bridge.delivery.InvalidMessageException;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Plans the requests that make Pachube's triggers on one datastream what the commands say: a pure
 * function of the commands and of Pachube's list.
 *
 * <p>The bridge's own triggers are those whose callback address holds a token of the same API key
 * that it can decrypt. All others are left alone.
 */
public final class TriggerPlanner {

    /** The longest callback address that Pachube is known to accept, in characters. */
    public static final int MAX_URL_LENGTH = 255;

    private final CallbackTokenCodec tokens;
    private final String defaultUrl;
    private final boolean pachubeIsLoopback;

    /** One of the bridge's triggers as Pachube lists it (contract, 4.1). */
    private record ExistingTrigger(
            BigInteger id,
            String type,
            String threshold,
            String url,
            CallbackTokenCodec.Decoded token) {

        /** Returns the address without the token. */
        String base() {
            return url.substring(0, url.lastIndexOf('/'));
        }
    }

    /**
     * @param defaultUrl {@code callback.url}
     * @param pachubeIsLoopback Pachube runs on this machine, so that it reaches a loopback address
     */
    public TriggerPlanner(CallbackTokenCodec tokens, String defaultUrl, boolean pachubeIsLoopback) {
        this.tokens = tokens;
        this.defaultUrl = defaultUrl;
        this.pachubeIsLoopback = pachubeIsLoopback;
    }

    /**
     * Rejects commands that no answer of Pachube could carry out.
     *
     * @throws InvalidMessageException if a callback address could never work
     */
    public void check(String key, List<TriggerCommand> commands) throws InvalidMessageException {
        for (TriggerCommand command : commands) {
            if (!command.delete()) {
                validateCallbackUrl(key, command);
            }
        }
    }

    private void validateCallbackUrl(String key, TriggerCommand command)
            throws InvalidMessageException {
        String base = callbackBase(command);
        if (!pachubeIsLoopback && LoopbackAddresses.contains(URI.create(base).getHost())) {
            throw new InvalidMessageException(
                    "Pachube cannot call back to this machine's own address "
                            + base
                            + ": set callback.url (or the command's url) to this bridge's callback"
                            + " as Pachube sees it");
        }
        int length = url(key, command).length();
        if (length > MAX_URL_LENGTH) {
            throw new InvalidMessageException(
                    "The callback address would have "
                            + length
                            + " characters, Pachube takes 255: a shorter topic or url would do");
        }
    }

    /**
     * Returns the changes, also those that need no request.
     *
     * @param commands checked
     * @param listed Pachube's answer to {@code GET /triggers?feed_id=}: an array
     * @throws InvalidMessageException if the answer is no list of triggers
     */
    public List<TriggerChange> plan(
            String key,
            String environment,
            String datastream,
            List<TriggerCommand> commands,
            JsonNode listed)
            throws InvalidMessageException {
        if (listed == null || !listed.isArray()) {
            throw new InvalidMessageException(
                    "Pachube's list of triggers is no JSON array; without it nothing is created");
        }
        Map<String, List<ExistingTrigger>> byTopic =
                ownTriggers(key, environment, datastream, listed);
        List<TriggerChange> changes = new ArrayList<>();
        for (TriggerCommand command : commands) {
            if (command.delete()) {
                delete(command.topic(), byTopic, changes);
            } else {
                createOrUpdate(
                        key,
                        environment,
                        datastream,
                        command,
                        byTopic.getOrDefault(command.topic(), List.of()),
                        changes);
            }
        }
        return changes;
    }

    /** Returns the datastreams of a feed that have triggers in the list. */
    static Set<String> datastreams(String environment, JsonNode listed) {
        Set<String> datastreams = new TreeSet<>();
        for (JsonNode trigger : listed) {
            if (trigger.path("environment_id").asText().equals(environment)) {
                datastreams.add(trigger.path("stream_id").asText());
            }
        }
        return datastreams;
    }

    private Map<String, List<ExistingTrigger>> ownTriggers(
            String key, String environment, String datastream, JsonNode listed) {
        Map<String, List<ExistingTrigger>> byTopic = new LinkedHashMap<>();
        for (JsonNode trigger : listed) {
            if (!trigger.path("environment_id").asText().equals(environment)
                    || !trigger.path("stream_id").asText().equals(datastream)
                    || !trigger.path("id").asText().matches("[0-9]{1,18}")) {
                continue;
            }
            String url = trigger.path("url").asText();
            int slash = url.lastIndexOf('/');
            Optional<CallbackTokenCodec.Decoded> token =
                    slash < 0 ? Optional.empty() : tokens.decode(url.substring(slash + 1));
            if (token.isPresent() && token.get().target().key().equals(key)) {
                byTopic.computeIfAbsent(token.get().target().topic(), t -> new ArrayList<>())
                        .add(
                                new ExistingTrigger(
                                        new BigInteger(trigger.path("id").asText()),
                                        trigger.path("trigger_type").asText(),
                                        trigger.path("threshold_value").asText(null),
                                        url,
                                        token.get()));
            }
        }
        byTopic.values().forEach(list -> list.sort(Comparator.comparing(ExistingTrigger::id)));
        return byTopic;
    }

    /** All but a mirror, or the one named. */
    private static void delete(
            String topic, Map<String, List<ExistingTrigger>> byTopic, List<TriggerChange> changes) {
        int before = changes.size();
        byTopic.forEach(
                (existingTopic, triggers) -> {
                    if (topic == null
                            ? !existingTopic.equals(NotificationTopic.MIRROR)
                            : topic.equals(existingTopic)) {
                        triggers.forEach(t -> changes.add(deleted(existingTopic, t)));
                    }
                });
        if (changes.size() == before) {
            changes.add(TriggerChange.none(topic, null));
        }
    }

    private static TriggerChange deleted(String topic, ExistingTrigger trigger) {
        return TriggerChange.delete(topic, trigger.id().toString());
    }

    private void createOrUpdate(
            String key,
            String environment,
            String datastream,
            TriggerCommand command,
            List<ExistingTrigger> existing,
            List<TriggerChange> changes) {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("url", url(key, command));
        wanted.put("trigger_type", command.type());
        if (command.threshold() != null) {
            wanted.put("threshold_value", command.threshold());
        }
        if (existing.isEmpty()) {
            wanted.put("environment_id", new BigInteger(environment));
            wanted.put("stream_id", datastream);
            changes.add(TriggerChange.create(command.topic(), wanted));
            return;
        }
        ExistingTrigger kept = existing.get(0);
        String id = kept.id().toString();
        changes.add(
                isUpToDate(command, kept)
                        ? TriggerChange.none(command.topic(), id)
                        : TriggerChange.update(command.topic(), id, wanted));
        existing.stream().skip(1).forEach(t -> changes.add(deleted(command.topic(), t)));
    }

    private boolean isUpToDate(TriggerCommand command, ExistingTrigger existing) {
        return existing.type().equals(command.type())
                && isSameThreshold(command.threshold(), existing.threshold())
                && existing.token().target().options().equals(command.options())
                && existing.token().usesCurrentKey()
                && existing.base().equals(callbackBase(command));
    }

    /** Pachube may write a number its own way: 15.0 for 15. */
    private static boolean isSameThreshold(String wanted, String existing) {
        if (wanted == null) {
            return true;
        }
        try {
            return existing != null
                    && new BigDecimal(wanted).compareTo(new BigDecimal(existing)) == 0;
        } catch (NumberFormatException e) {
            return Objects.equals(wanted, existing);
        }
    }

    private String callbackBase(TriggerCommand command) {
        String base = command.url() == null ? defaultUrl : command.url();
        return base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    }

    private String url(String key, TriggerCommand command) {
        return callbackBase(command)
                + "/"
                + tokens.encode(new CallbackTarget(key, command.topic(), command.options()));
    }
}
