package io.pachube.bridge.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretMaskerTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "topic pb/k1/1/t arrived | topic pb/***/1/t arrived",
                "topic: pb/k1/hot | topic: pb/***/hot",
                "filter pb/+/+/+ | filter pb/+/+/+",
                "on pb/public/hot | on pb/public/hot",
                "to pb/k1/1/t/value | to pb/***/1/t/value",
                "kept on pb/.bridge/0123456789abcdef | kept on pb/.bridge/0123456789abcdef",
                "xpb/k1/1/t | xpb/k1/1/t",
                "try pb/demo-key/1/t and key=demo-key | try pb/demo-key/1/t and key=demo-key",
                "X-PachubeApiKey: k1[\\r] | X-PachubeApiKey: ***[\\r]",
                "x-apikey=k1, a=b | x-apikey=***, a=b",
                "GET /v2/x?key=k1&y=2 | GET /v2/x?key=***&y=2",
                "{\"api_key\":\"k1\"} | {\"api_key\":\"***\"}",
                "monkey=1 | monkey=1",
                "lookup(name: mqtt.password default: null) -> s1 "
                        + "| lookup(name: mqtt.password default: null) -> ***",
                "lookup(name: sandbox.mqtt.users default: null) -> k1:p!1,k2:p2 x"
                        + "| lookup(name: sandbox.mqtt.users default: null) -> *** x",
                "lookup(name: adafruit.key.anna default: null) -> aio1"
                        + "| lookup(name: adafruit.key.anna default: null) -> ***",
                "lookup(name: pachube.api-key-header default: null) -> X-Head"
                        + "| lookup(name: pachube.api-key-header default: null) -> X-Head",
                "Property (name: mqtt.password default: null) resolved from source: ENV -> s1"
                        + "| Property (name: mqtt.password default: null) resolved from source: ENV"
                        + " -> ***",
                "Found an OS environment property: mqtt.tls.key-store-password with value: s1 to be"
                        + " used."
                        + "| Found an OS environment property: mqtt.tls.key-store-password with"
                        + " value: *** to be used.",
            })
    void aSecretIsKnownByItsPlace(String text, String masked) {
        assertEquals(masked, SecretMasker.mask(text));
    }

    @ParameterizedTest
    @CsvSource({
        "thingsboard.token.kitchen, true",
        "THINGSBOARD_TOKEN_KITCHEN, true",
        "adafruit.key.anna, true",
        "influxdb.authorization, true",
        "INFLUXDB_PASSWORD, true",
        "monkey.business, false",
        "tokens.count, false",
        "callback.tls.key-store, false",
        "MQTT_TLS_KEY_STORE, false",
        "MQTT_PASSWORD_FILE, false",
        "house.kitchen.power, false"
    })
    void aSecretsNameSaysWhatItIs(String name, boolean secret) {
        assertEquals(secret, SecretMasker.isSecretName(name));
    }

    /** Others that are only seen would push it out. */
    @Test
    void aSecretOfTheConfigurationStaysKnown() {
        SecretMasker.addConfigured("aio_Configured17");
        for (int i = 0; i < 2_000; i++) {
            SecretMasker.mask("pb/seenSecret" + i + "/1/t");
        }
        assertEquals("a *** b", SecretMasker.mask("a aio_Configured17 b"));
        assertEquals("a *** b", SecretMasker.maskConfigured("a aio_Configured17 b"));
    }

    @Test
    void onceSeenASecretIsKnownWhereverItStands() {
        assertEquals("a longSecret1 b", SecretMasker.mask("a longSecret1 b"));
        SecretMasker.mask("pb/longSecret1/1/t");
        assertEquals("a *** b", SecretMasker.mask("a longSecret1 b"));
    }

    @Test
    void aShortSecretIsMaskedWhereItsPlaceTellsOnly() {
        assertEquals("pb/***/1/t at 10:01", SecretMasker.mask("pb/01/1/t at 10:01"));
    }

    @Test
    void aCallbackTokenIsMasked() {
        String token = "AXUKW43BVfQek1c-TlnTiLrpxkAe9ABwlkAmzKFBWAr5GmLTxHYzT_YDNYtFjS1qVbkN";
        assertEquals(
                "http://h/callback/*** x", SecretMasker.mask("http://h/callback/" + token + " x"));
    }

    @Test
    void thePrefixMayHaveSeveralLevels() {
        Runnable end = SecretMasker.addBridge("home/pb", "X-PachubeApiKey");
        assertEquals("home/pb/***/1/t", SecretMasker.mask("home/pb/k1/1/t"));
        end.run();
    }

    /** The fault: of several bridges in a process, those of the last one alone were masked. */
    @Test
    void theKeysOfEachBridgeAreMasked() {
        Runnable first = SecretMasker.addBridge("first", "First-Token");
        Runnable second = SecretMasker.addBridge("second", "Second-Token");
        String text = "first/k1/1 First-Token: k1, second/k2/1 Second-Token: k2";
        assertEquals(
                "first/***/1 First-Token: ***, second/***/1 Second-Token: ***",
                SecretMasker.mask(text));
        second.run();
        assertEquals(
                "first/***/1 First-Token: ***, second/k2/1 Second-Token: k2",
                SecretMasker.mask(text));
        first.run();
        assertEquals(text, SecretMasker.mask(text));
    }

    @Test
    void theKeyInADevicesTopicIsMasked() {
        assertEquals("on ***/v2/feeds/1.csv", SecretMasker.mask("on a-Key1/v2/feeds/1.csv"));
        assertEquals("[***/v1/feeds/1/d]", SecretMasker.mask("[keyOfDevice/v1/feeds/1/d]"));
        String address = "http://localhost:8090/v2/feeds/1 http://a.example/v2/feeds/1";
        assertEquals(address, SecretMasker.mask(address));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Authorization-Token: k1[\\r] | Authorization-Token: ***[\\r]",
                "authorization-token=k1, a=b | authorization-token=***, a=b",
                "Authorization-Token: greenhouse | Authorization-Token: ***",
                "X-PachubeApiKey: k1 | X-PachubeApiKey: ***",
                "My-Authorization-Token: k1 | My-Authorization-Token: k1"
            })
    void theKeyBehindAnyKeyHeaderIsMasked(String text, String masked) {
        Runnable end = SecretMasker.addBridge("pb", "Authorization-Token");
        assertEquals(masked, SecretMasker.mask(text));
        end.run();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "of no bridge with this callback.secret: passed over "
                        + "| of no bridge with this callback.secret: passed over",
                "the password: wrong | the password: wrong",
                "password: s1 | password: ***",
                "password: pass-word | password: ***",
                "password=wrong | password=***",
                "{\"secret\": \"word\"} | {\"secret\": \"***\"}"
            })
    void proseBehindANameIsNotMangled(String text, String masked) {
        assertEquals(masked, SecretMasker.mask(text));
    }

    @Test
    void aWordThatAStrangerUsesAsAKeyIsMaskedInItsPlaceOnly() {
        assertEquals("pb/***/1/t", SecretMasker.mask("pb/passed/1/t"));
        assertEquals("it was passed over", SecretMasker.mask("it was passed over"));
    }

    @Test
    void aTokenIsMaskedWithoutBeingRemembered() {
        String token = "AXUKW43BVfQek1c-TlnTiLrpxkAe9ABwlkAmzKFBWAr5GmLTxHYzT_YDNYtFjS1qVb77";
        assertEquals(
                "http://h/callback/***?",
                SecretMasker.maskTokens("http://h/callback/" + token + "?"));
        assertEquals(token, SecretMasker.mask(token));
    }

    @Test
    void fault10_aUserInAnAddressIsMasked() {
        assertEquals(
                "mqtt.url with value: tcp://***@broker:1883",
                SecretMasker.mask("mqtt.url with value: tcp://bridge:pass-w0rd@broker:1883"));
    }
}
