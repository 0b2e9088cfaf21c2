package io.pachube.bridge.trigger;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.delivery.InvalidMessageException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;
import java.util.List;

class TriggerPlannerTest {

    private static final NotificationOptions PUBLIC =
            new NotificationOptions(true, false, false, false, 1);

    private static final String KEY = "Zu7x_Secret-Api-Key_0123456789";
    private static final String ENVIRONMENT = "504";
    private static final String DATASTREAM = "temp+1";
    private static final String URL = "http://bridge.example.org:8080/callback";
    private static final JsonMapper JSON = new JsonMapper();

    private final String secret = StateCipher.newSecret();
    private final CallbackTokenCodec tokens = new CallbackTokenCodec(new StateCipher(secret));
    private final TriggerPlanner plan = new TriggerPlanner(tokens, URL, false);
    private final ArrayNode listed = JSON.createArrayNode();

    @Test
    void aTriggerThatIsNotThereIsCreated() throws Exception {
        TriggerChange change = only(plan(lt("lt15", "15.0")));

        assertEquals("lt15", change.topic());
        assertNull(change.id());
        assertEquals(TriggerChange.State.created, change.state());
        assertEquals(
                List.of("url", "trigger_type", "threshold_value", "environment_id", "stream_id"),
                List.copyOf(change.fields().keySet()));
        assertEquals("lt", change.fields().get("trigger_type"));
        assertEquals("15.0", change.fields().get("threshold_value"));
        assertEquals(new BigInteger(ENVIRONMENT), change.fields().get("environment_id"));
        assertEquals(DATASTREAM, change.fields().get("stream_id"));
        assertCallback(URL, new CallbackTarget(KEY, "lt15", NotificationOptions.DEFAULT), change);
    }

    @Test
    void aTypeWithoutAThresholdIsCreatedWithoutOne() throws Exception {
        assertEquals(
                List.of("url", "trigger_type", "environment_id", "stream_id"),
                List.copyOf(only(plan(change("any"))).fields().keySet()));
    }

    @Test
    void aPublicTriggersCallbackSaysSo() throws Exception {
        assertCallback(
                URL,
                new CallbackTarget(KEY, "lt15", PUBLIC),
                only(plan(new TriggerCommand(false, "lt15", "lt", "15.0", PUBLIC, null))));
    }

    @ParameterizedTest
    @CsvSource({
        "http://example.com/pachubeBridge/callback, http://example.com/pachubeBridge/callback",
        "http://example.com/callback/, http://example.com/callback",
        "http://example.com, http://example.com"
    })
    void aCommandMayNameTheCallback(String url, String base) throws Exception {
        assertCallback(
                base,
                new CallbackTarget(KEY, "lt15", NotificationOptions.DEFAULT),
                only(
                        plan(
                                new TriggerCommand(
                                        false,
                                        "lt15",
                                        "lt",
                                        "15.0",
                                        NotificationOptions.DEFAULT,
                                        url))));
    }

    @Test
    void noCallNamesTheKey() throws Exception {
        add(7, "old", "lt", "1", false);

        assertFalse(plan(lt("new", "15.0"), lt("old", "2")).toString().contains(KEY));
    }

    @Test
    void aTriggerThatIsAsWantedIsLeftAlone() throws Exception {
        add(7, "lt15", "lt", "15.0", false);

        assertEquals(List.of(unchanged("lt15", "7")), plan(lt("lt15", "15.0")));
    }

    @ParameterizedTest
    @CsvSource({
        "15, 15.0",
        "15.0, 15",
        "15.00, 15",
        "1.5e1, 15.0",
        "0, 0.0",
        "+15, 15",
        "-.5, -0.50"
    })
    void theSameNumberInAnotherSpellingIsNoChange(String wanted, String existing) throws Exception {
        add(7, "lt15", "lt", existing, false);

        assertEquals(List.of(unchanged("lt15", "7")), plan(lt("lt15", wanted)));
    }

    @Test
    void aThresholdMayBeListedAsANumber() throws Exception {
        add(7, "lt15", "lt", null, false).put("threshold_value", 15);

        assertEquals(List.of(unchanged("lt15", "7")), plan(lt("lt15", "15.0")));
    }

    @Test
    void aThresholdThatTheTypeHasNoUseForIsNoChange() throws Exception {
        add(7, "none", "change", null, false);
        add(8, "null", "change", null, false).putNull("threshold_value");
        add(9, "empty", "change", "", false);
        add(10, "old", "change", "15.0", false);

        assertEquals(
                List.of(
                        unchanged("none", "7"),
                        unchanged("null", "8"),
                        unchanged("empty", "9"),
                        unchanged("old", "10")),
                plan(change("none"), change("null"), change("empty"), change("old")));
    }

    @Test
    void anotherTypeIsAnUpdate() throws Exception {
        add(7, "lt15", "gt", "15.0", false);

        assertUpdate("7", "15.0", only(plan(lt("lt15", "15.0"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"14.9", "-15.0", "150", "", "warm", " 15.0"})
    void anotherThresholdIsAnUpdate(String existing) throws Exception {
        add(7, "lt15", "lt", existing, false);

        assertUpdate("7", "15.0", only(plan(lt("lt15", "15.0"))));
    }

    @Test
    void aMissingThresholdIsAnUpdate() throws Exception {
        add(7, "lt15", "lt", null, false);
        assertUpdate("7", "15.0", only(plan(lt("lt15", "15.0"))));

        listed.removeAll();
        add(7, "lt15", "lt", null, false).putNull("threshold_value");
        assertUpdate("7", "15.0", only(plan(lt("lt15", "15.0"))));
    }

    @ParameterizedTest
    @CsvSource({
        "true, false, false, false, 1",
        "false, true, false, false, 1",
        "false, false, true, false, 1",
        "false, false, false, true, 1",
        "false, false, false, false, 0",
        "false, false, false, false, 2"
    })
    void anotherOptionIsAnUpdate(
            boolean isPublic, boolean json, boolean retain, boolean history, int qos)
            throws Exception {
        add(7, "lt15", "lt", "15.0", false);
        NotificationOptions options = new NotificationOptions(isPublic, json, retain, history, qos);
        TriggerCommand command = new TriggerCommand(false, "lt15", "lt", "15.0", options, null);

        TriggerChange change = only(plan(command));
        assertUpdate("7", "15.0", change);
        assertCallback(URL, new CallbackTarget(KEY, "lt15", options), change);

        ((ObjectNode) listed.get(0)).put("url", (String) change.fields().get("url"));
        assertEquals(List.of(unchanged("lt15", "7")), plan(command));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anotherAudienceIsAnUpdate(boolean wanted) throws Exception {
        add(7, "lt15", "lt", "15.0", !wanted);

        TriggerChange change =
                only(plan(new TriggerCommand(false, "lt15", "lt", "15.0", options(wanted), null)));

        assertUpdate("7", "15.0", change);
        assertCallback(URL, new CallbackTarget(KEY, "lt15", options(wanted)), change);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://bridge.example.org:8080/callback",
                "http://bridge.example.org/callback",
                "http://old.example.org:8080/callback",
                "http://bridge.example.org:8080/callback/more",
                "http://bridge.example.org:8080"
            })
    void anotherAddressOfTheBridgeIsAnUpdate(String before) throws Exception {
        add(7, "lt15", "lt", "15.0", false).put("url", before + "/" + token("lt15", false));

        TriggerChange change = only(plan(lt("lt15", "15.0")));

        assertUpdate("7", "15.0", change);
        assertCallback(URL, new CallbackTarget(KEY, "lt15", NotificationOptions.DEFAULT), change);
    }

    @Test
    void aCallbackOfTheCommandsOwnIsComparedWithThat() throws Exception {
        String url = "http://example.com/callback/";
        TriggerCommand command =
                new TriggerCommand(false, "lt15", "lt", "15.0", NotificationOptions.DEFAULT, url);
        add(7, "lt15", "lt", "15.0", false);
        assertUpdate("7", "15.0", only(plan(command)));

        listed.removeAll();
        add(7, "lt15", "lt", "15.0", false).put("url", url + token("lt15", false));
        assertEquals(List.of(unchanged("lt15", "7")), plan(command));
    }

    @Test
    void anOldSecretsTokenIsAnUpdate() throws Exception {
        String newer = StateCipher.newSecret();
        TriggerPlanner rotated =
                new TriggerPlanner(
                        new CallbackTokenCodec(new StateCipher(newer + "," + secret)), URL, false);
        add(7, "lt15", "lt", "15.0", false);

        TriggerChange change = only(plan(rotated, lt("lt15", "15.0")));

        assertUpdate("7", "15.0", change);
        String url = (String) change.fields().get("url");
        assertEquals(
                new CallbackTarget(KEY, "lt15", NotificationOptions.DEFAULT),
                new CallbackTokenCodec(new StateCipher(newer))
                        .decode(url.substring(url.lastIndexOf('/') + 1))
                        .orElseThrow()
                        .target());
    }

    @Test
    void anUpdateSaysNothingThatPachubeWouldNotChange() throws Exception {
        add(7, "any", "lt", "15.0", false);

        assertEquals(
                List.of("url", "trigger_type"),
                List.copyOf(only(plan(change("any"))).fields().keySet()));
    }

    @Test
    void ofDuplicatesTheLowestIdStays() throws Exception {
        add(10, "lt15", "lt", "15.0", false);
        add(9, "lt15", "lt", "15.0", true);
        add(100, "lt15", "lt", "15.0", false);

        List<TriggerChange> changes = plan(lt("lt15", "15.0"));

        assertUpdate("9", "15.0", changes.get(0));
        assertEquals(
                List.of(deleted("lt15", "10"), deleted("lt15", "100")),
                changes.subList(1, changes.size()));
    }

    @Test
    void duplicatesOfATriggerThatIsAsWantedGo() throws Exception {
        add(2, "lt15", "lt", "15.0", false);
        add(1, "lt15", "lt", "15.0", false);

        assertEquals(
                List.of(unchanged("lt15", "1"), deleted("lt15", "2")), plan(lt("lt15", "15.0")));
    }

    @Test
    void aDeleteIsOfOneTopic() throws Exception {
        add(1, "lt15", "lt", "15.0", false);
        add(2, "gt30", "gt", "30.0", false);
        add(3, "lt15", "lt", "15.0", true);

        assertEquals(List.of(deleted("lt15", "1"), deleted("lt15", "3")), plan(delete("lt15")));
    }

    @Test
    void aDeleteWithoutATopicIsOfAll() throws Exception {
        add(1, "lt15", "lt", "15.0", false);
        add(2, "gt30", "gt", "30.0", true);
        add(3, "lt15", "lt", "15.0", false);

        assertEquals(
                List.of(deleted("lt15", "1"), deleted("lt15", "3"), deleted("gt30", "2")),
                plan(delete(null)));
    }

    @Test
    void aDeleteThatFindsNothingChangesNothing() throws Exception {
        add(2, "gt30", "gt", "30.0", false);

        assertEquals(List.of(unchanged("lt15", null)), plan(delete("lt15")));

        listed.removeAll();
        assertEquals(List.of(unchanged(null, null)), plan(delete(null)));
    }

    @Test
    void severalCommandsAreCarriedOutInOrder() throws Exception {
        add(1, "a", "lt", "15.0", false);
        add(2, "b", "lt", "15.0", false);
        add(3, "c", "lt", "15.0", false);

        List<TriggerChange> changes =
                plan(lt("c", "15.0"), delete("a"), lt("b", "16"), lt("d", "1"), delete("e"));

        assertEquals(
                List.of(
                        "c 3 unchanged",
                        "a 1 deleted",
                        "b 2 updated",
                        "d null created",
                        "e null unchanged"),
                changes.stream().map(c -> c.topic() + " " + c.id() + " " + c.state()).toList());
    }

    @Test
    void whatNoCommandNamesIsLeftAlone() throws Exception {
        add(1, "a", "lt", "15.0", false);
        add(2, "b", "lt", "15.0", false);

        assertEquals(List.of(unchanged("a", "1")), plan(lt("a", "15.0")));
    }

    @Test
    void onceCarriedOutNothingIsLeftToDo() throws Exception {
        TriggerCommand[] commands = {
            lt("lt15", "15"),
            change("any"),
            new TriggerCommand(false, "all", "gte", "1e2", PUBLIC, "https://example.com/cb/")
        };
        long id = 1;
        for (TriggerChange change : plan(commands)) {
            ObjectNode trigger = JSON.valueToTree(change.fields());
            listed.add(trigger.put("id", id++));
        }

        assertEquals(
                List.of(unchanged("lt15", "1"), unchanged("any", "2"), unchanged("all", "3")),
                plan(commands));
    }

    @Test
    void otherPeoplesTriggersAreLeftAlone() throws Exception {
        add(1, "lt15", "lt", "15.0", false).put("url", "http://requestb.in/131tsul1");
        add(2, "lt15", "lt", "15.0", false).put("url", URL + "/lt15");
        add(3, "lt15", "lt", "15.0", false).put("url", "");
        add(4, "lt15", "lt", "15.0", false).putNull("url");
        add(5, "lt15", "lt", "15.0", false).remove("url");
        add(6, "lt15", "lt", "15.0", false)
                .put("url", URL + "/" + token("lt15", false) + "?secret=1");
        add(7, "lt15", "lt", "15.0", false).put("url", URL + "/" + token("lt15", false) + "/");

        assertNoneIsOurs();
    }

    @Test
    void anotherBridgesTriggersAreLeftAlone() throws Exception {
        CallbackTokenCodec others =
                new CallbackTokenCodec(new StateCipher(StateCipher.newSecret()));
        add(1, "lt15", "lt", "15.0", false)
                .put(
                        "url",
                        URL
                                + "/"
                                + others.encode(
                                        new CallbackTarget(
                                                KEY, "lt15", NotificationOptions.DEFAULT)));

        assertNoneIsOurs();
    }

    @Test
    void anotherKeysTriggersAreLeftAlone() throws Exception {
        add(1, "lt15", "lt", "15.0", false)
                .put(
                        "url",
                        URL
                                + "/"
                                + tokens.encode(
                                        new CallbackTarget(
                                                KEY + "x", "lt15", NotificationOptions.DEFAULT)));

        assertNoneIsOurs();
    }

    @Test
    void otherDatastreamsTriggersAreLeftAlone() throws Exception {
        add(1, "lt15", "lt", "15.0", false).put("stream_id", "temp%2B1");
        add(2, "lt15", "lt", "15.0", false).put("stream_id", "Temp+1");
        add(3, "lt15", "lt", "15.0", false).remove("stream_id");
        add(4, "lt15", "lt", "15.0", false).put("environment_id", 5040);
        add(5, "lt15", "lt", "15.0", false).remove("environment_id");

        assertNoneIsOurs();
    }

    @Test
    void whatHasNoUsableIdIsLeftAlone() throws Exception {
        add(1, "lt15", "lt", "15.0", false).remove("id");
        add(2, "lt15", "lt", "15.0", false).put("id", "../feeds/1");
        add(3, "lt15", "lt", "15.0", false).put("id", -3);
        listed.add("4").addNull().add(JSON.createArrayNode());

        assertNoneIsOurs();
    }

    @Test
    void idsAreNumbersOrStrings() throws Exception {
        add(0, "a", "lt", "15.0", false).put("id", "21962").put("environment_id", ENVIRONMENT);
        add(21963, "b", "lt", "15.0", false);
        add(0, "c", "lt", "15.0", false).put("id", 123456789012345678L);

        assertEquals(
                List.of(
                        unchanged("a", "21962"),
                        deleted("b", "21963"),
                        unchanged("c", "123456789012345678")),
                plan(lt("a", "15.0"), delete("b"), lt("c", "15.0")));
    }

    @Test
    void aDatastreamMayBeANumber() throws Exception {
        add(7, "lt15", "lt", "15.0", false).put("stream_id", 0);

        assertEquals(
                List.of(unchanged("lt15", "7")),
                plan.plan(KEY, ENVIRONMENT, "0", List.of(lt("lt15", "15.0")), listed));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "null", "15", "\"[]\"", "{\"title\":\"Forbidden\"}"})
    void withoutAListNothingIsPlanned(String answer) throws Exception {
        JsonNode list = JSON.readTree(answer);

        assertEquals(
                "Pachube's list of triggers is no JSON array; without it nothing is created",
                assertThrows(
                                InvalidMessageException.class,
                                () ->
                                        plan.plan(
                                                KEY,
                                                ENVIRONMENT,
                                                DATASTREAM,
                                                List.of(lt("lt15", "15.0")),
                                                list))
                        .getMessage());
        assertThrows(
                InvalidMessageException.class,
                () -> plan.plan(KEY, ENVIRONMENT, DATASTREAM, List.of(), null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/"})
    void aCallbackAddressHasUpTo255Characters(String end) throws Exception {
        String longest = "http://example.org/";
        longest += "p".repeat(255 - longest.length() - 1 - token("lt15", false).length());
        TriggerCommand fits =
                new TriggerCommand(
                        false, "lt15", "lt", "1", NotificationOptions.DEFAULT, longest + end);
        TriggerCommand longer =
                new TriggerCommand(
                        false, "lt15", "lt", "1", NotificationOptions.DEFAULT, longest + "p" + end);

        plan.check(KEY, List.of(fits));
        assertEquals(255, ((String) only(plan(fits)).fields().get("url")).length());
        assertEquals(
                "The callback address would have 256 characters, Pachube takes 255: a shorter topic"
                        + " or url would do",
                refusal(plan, longer));
    }

    @Test
    void aLongTopicMayBeTooMuchForTheAddress() throws Exception {
        plan.check(KEY, List.of(lt("t".repeat(64), "1")));

        assertTrue(
                refusal(plan, lt("温".repeat(64), "1"))
                        .startsWith("The callback address would have "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:8080/callback",
                "http://LOCALHOST/callback",
                "http://bridge.localhost/callback",
                "http://127.0.0.1:8080/callback",
                "http://127.1.2.3/callback",
                "http://[::1]:8080/callback",
                "http://0.0.0.0:8080/callback"
            })
    void aLoopbackAddressIsRefusedUnlessPachubeIsOnTheSameMachine(String url) {
        TriggerCommand own =
                new TriggerCommand(false, "lt15", "lt", "15.0", NotificationOptions.DEFAULT, url);
        TriggerCommand theDefault = lt("lt15", "15.0");
        String refusal =
                "Pachube cannot call back to this machine's own address "
                        + url
                        + ": set callback.url (or the command's url) to this bridge's callback as"
                        + " Pachube sees it";

        assertEquals(refusal, refusal(plan, own));
        assertEquals(refusal, refusal(new TriggerPlanner(tokens, url, false), theDefault));
        assertDoesNotThrow(
                () -> new TriggerPlanner(tokens, url, true).check(KEY, List.of(own, theDefault)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost.example.org/callback",
                "http://bridge.example.org/localhost",
                "http://192.0.2.1/callback",
                "http://[2001:db8::1]/callback",
                "http://128.0.0.1/callback"
            })
    void anyOtherAddressIsTaken(String url) {
        assertDoesNotThrow(
                () -> new TriggerPlanner(tokens, url, false).check(KEY, List.of(lt("lt15", "15"))));
    }

    @Test
    void oneBadAddressRefusesAllCommands() {
        TriggerCommand bad =
                new TriggerCommand(
                        false,
                        "b",
                        "lt",
                        "1",
                        NotificationOptions.DEFAULT,
                        "http://localhost/callback");

        assertThrows(
                InvalidMessageException.class, () -> plan.check(KEY, List.of(lt("a", "1"), bad)));
    }

    @Test
    void aDeleteNeedsNoAddress() {
        TriggerPlanner local = new TriggerPlanner(tokens, "http://localhost:8080/callback", false);

        assertDoesNotThrow(() -> local.check(KEY, List.of(delete(null), delete("t".repeat(128)))));
    }

    @Test
    void aGeneralDeleteSparesAMirror() throws Exception {
        add(1, "/value", "change", null, false);
        add(2, "lt15", "lt", "15.0", false);

        assertEquals(List.of(deleted("lt15", "2")), plan(delete(null)));
        assertEquals(List.of(deleted("/value", "1")), plan(delete("/value")));
    }

    private ObjectNode add(long id, String topic, String type, String threshold, boolean isPublic) {
        ObjectNode trigger =
                listed.addObject()
                        .put("id", id)
                        .put("url", URL + "/" + token(topic, isPublic))
                        .put("trigger_type", type)
                        .put("user", "somebody")
                        .put("environment_id", new BigInteger(ENVIRONMENT).intValue())
                        .put("stream_id", DATASTREAM)
                        .put("notified_at", "");
        return threshold == null ? trigger : trigger.put("threshold_value", threshold);
    }

    private static NotificationOptions options(boolean isPublic) {
        return isPublic ? PUBLIC : NotificationOptions.DEFAULT;
    }

    private String token(String topic, boolean isPublic) {
        return tokens.encode(new CallbackTarget(KEY, topic, options(isPublic)));
    }

    private List<TriggerChange> plan(TriggerCommand... commands) throws InvalidMessageException {
        return plan(plan, commands);
    }

    private List<TriggerChange> plan(TriggerPlanner plan, TriggerCommand... commands)
            throws InvalidMessageException {
        return plan.plan(KEY, ENVIRONMENT, DATASTREAM, List.of(commands), listed);
    }

    private static TriggerChange only(List<TriggerChange> changes) {
        assertEquals(1, changes.size(), changes::toString);
        return changes.get(0);
    }

    private static String refusal(TriggerPlanner plan, TriggerCommand command) {
        return assertThrows(InvalidMessageException.class, () -> plan.check(KEY, List.of(command)))
                .getMessage();
    }

    private void assertCallback(String base, CallbackTarget content, TriggerChange change) {
        String url = (String) change.fields().get("url");
        int slash = url.lastIndexOf('/');

        assertEquals(base, url.substring(0, slash));
        assertEquals(
                new CallbackTokenCodec.Decoded(content, true),
                tokens.decode(url.substring(slash + 1)).orElseThrow());
    }

    private static void assertUpdate(String id, String threshold, TriggerChange change) {
        assertEquals("lt15", change.topic());
        assertEquals(id, change.id());
        assertEquals(TriggerChange.State.updated, change.state());
        assertEquals(
                List.of("url", "trigger_type", "threshold_value"),
                List.copyOf(change.fields().keySet()));
        assertEquals("lt", change.fields().get("trigger_type"));
        assertEquals(threshold, change.fields().get("threshold_value"));
    }

    private void assertNoneIsOurs() throws InvalidMessageException {
        assertNotEquals(0, listed.size());
        assertEquals(List.of(unchanged("lt15", null)), plan(delete("lt15")));
        assertEquals(List.of(unchanged(null, null)), plan(delete(null)));
        assertEquals(TriggerChange.State.created, only(plan(lt("lt15", "15.0"))).state());
    }

    private static TriggerCommand lt(String topic, String threshold) {
        return new TriggerCommand(false, topic, "lt", threshold, NotificationOptions.DEFAULT, null);
    }

    private static TriggerCommand change(String topic) {
        return new TriggerCommand(false, topic, "change", null, NotificationOptions.DEFAULT, null);
    }

    private static TriggerCommand delete(String topic) {
        return new TriggerCommand(true, topic, null, null, NotificationOptions.DEFAULT, null);
    }

    private static TriggerChange unchanged(String topic, String id) {
        return new TriggerChange(topic, id, TriggerChange.State.unchanged, null);
    }

    private static TriggerChange deleted(String topic, String id) {
        return new TriggerChange(topic, id, TriggerChange.State.deleted, null);
    }
}
