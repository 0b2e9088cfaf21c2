package io.pachube.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.time.Duration;

class SandboxKeyTest extends SandboxTestSupport {
    private String key(String permissions, String more) {
        String body =
                "{\"key\":{\"label\":\"k\"" + more + ",\"permissions\":[" + permissions + "]}}";
        return created(post("/keys", body)).substring("/keys/".length());
    }

    private HttpResponse<String> as(String key, String method, String path, String body) {
        return send(method, path, body, "X-ApiKey", key);
    }

    @Test
    void aKeyComesInEitherHeaderOrInTheQuery() {
        String path = TEMPERATURE + ".csv";
        assertAccepted(send("PUT", path, "1", "X-PachubeApiKey", "demo-key"));
        assertAccepted(send("PUT", path, "1", "X-ApiKey", "demo-key"));
        assertAccepted(put(path + "?key=demo-key", "1"));
        for (String key : new String[] {"", "other"}) {
            assertRefused(
                    401,
                    "Unauthorized",
                    "A valid API key is required",
                    put(path + "?key=" + key, "1"));
        }
        assertEquals(401, put("/feeds/9/datastreams/x.csv?key=other", "1").statusCode());
        pachube.addMasterKey("second");
        assertAccepted(put(path + "?key=second", "1"));
    }

    @Test
    void aKeyDoesWhatItsPermissionsSay() {
        String reader = key("{\"access_methods\":[\"GET\"]}", "");
        assertEquals(200, as(reader, "GET", TEMPERATURE, "").statusCode());
        assertForbidden(as(reader, "PUT", TEMPERATURE + ".csv", "1"));
        assertForbidden(as(reader, "POST", "/triggers", trigger()));

        String feed =
                key("{\"access_methods\":[\"put\",\"post\"],\"resources\":[{\"feed_id\":1}]}", "");
        assertAccepted(as(feed, "PUT", TEMPERATURE + ".csv", "1"));
        assertAccepted(as(feed, "PUT", "/feeds/1.csv", "a,1"));
        assertForbidden(as(feed, "GET", TEMPERATURE, ""));
        assertForbidden(as(feed, "PUT", "/feeds/2.csv", "a,1"));
        assertForbidden(as(feed, "POST", "/feeds", "{\"title\":\"x\"}"));
        assertForbidden(as(feed, "GET", "/triggers", ""));
        assertEquals(201, as(feed, "POST", "/triggers", trigger()).statusCode());

        String stream =
                key(
                        "{\"access_methods\":[\"get\",\"put\"],\"resources\":"
                                + "[{\"feed_id\":\"1\",\"datastream_id\":\"temperature\"}]}",
                        "");
        assertAccepted(as(stream, "PUT", TEMPERATURE + ".csv", "1"));
        assertForbidden(as(stream, "PUT", "/feeds/1/datastreams/humidity.csv", "1"));
        assertForbidden(as(stream, "PUT", "/feeds/1.csv", "temperature,1"));
        assertForbidden(as(stream, "GET", "/triggers?feed_id=1", ""));
        assertEquals(0, parsed(as(stream, "GET", "/feeds", "").body()).get("totalResults").asInt());

        String elsewhere =
                key("{\"access_methods\":[\"put\"],\"source_ip\":\"128.44.98.129\"}", "");
        assertForbidden(as(elsewhere, "PUT", TEMPERATURE + ".csv", "1"));
    }

    private static String trigger() {
        return "{\"url\":\"http://127.0.0.1:1/\",\"trigger_type\":\"change\","
                + "\"environment_id\":\"1\",\"stream_id\":\"temperature\"}";
    }

    @Test
    void privateFeedsAreForKeysWithPrivateAccess() {
        put("/feeds/1", "{\"private\":\"true\"}");
        assertEquals("true", json("/feeds/1").get("private").asText());
        String all = "{\"access_methods\":[\"get\",\"put\",\"post\",\"delete\"]}";
        String key = key(all, "");
        assertForbidden(as(key, "GET", TEMPERATURE, ""));
        assertForbidden(as(key, "GET", "/keys", ""));
        String master = key(all, ",\"private_access\":true");
        assertEquals(200, as(master, "GET", TEMPERATURE, "").statusCode());
        assertEquals(200, as(master, "GET", "/keys", "").statusCode());
    }

    @Test
    void keysAreListedChangedRegeneratedAndDeleted() {
        String key = key("{\"access_methods\":[\"get\"],\"resources\":[{\"feed_id\":1}]}", "");
        JsonNode read = parsed(as(key, "GET", "/keys/" + key, "").body()).get("key");
        assertEquals(key, read.get("api_key").asText());
        assertFalse(read.get("private_access").asBoolean());
        assertForbidden(as(key, "GET", "/keys/demo-key", ""));
        assertForbidden(as(key, "POST", "/keys", "{}"));
        assertEquals(2, json("/keys").get("keys").size());
        assertEquals(1, json("/keys?feed_id=1").get("keys").size());
        assertAccepted(put("/keys/" + key, "{\"key\":{\"label\":\"new\"}}"));
        assertEquals("new", json("/keys/" + key).at("/key/label").asText());

        HttpResponse<String> fresh = post("/keys/" + key + "/regenerate", "");
        assertEquals(200, fresh.statusCode());
        String location = fresh.headers().firstValue("Location").orElseThrow();
        String next = location.substring(location.lastIndexOf('/') + 1);
        assertNotEquals(key, next);
        assertEquals(401, as(key, "GET", TEMPERATURE, "").statusCode());
        assertEquals(200, as(next, "GET", TEMPERATURE, "").statusCode());
        assertAccepted(send("DELETE", "/keys/" + next, ""));
        assertEquals(401, as(next, "GET", TEMPERATURE, "").statusCode());
        assertNotFound(get("/keys/" + next));
    }

    @Test
    void aKeyNeedsALabelAndAPermission() {
        for (String body :
                new String[] {
                    "{}",
                    "{\"key\":{\"label\":\"k\"}}",
                    "{\"key\":{\"permissions\":[{\"access_methods\":[\"get\"]}]}}",
                    "{\"key\":{\"label\":\"k\",\"permissions\":[{}]}}",
                    "{\"key\":{\"label\":\"k\",\"permissions\":[{\"access_methods\":[\"get\"],"
                            + "\"resources\":[{\"datastream_id\":\"1\"}]}]}}"
                }) {
            assertEquals(422, post("/keys", body).statusCode(), body);
        }
        assertEquals(406, get("/keys.csv").statusCode());
    }

    @Test
    void aKeyExpires() {
        String key =
                key("{\"access_methods\":[\"get\"]}", ",\"expires_at\":\"2012-06-01T12:01:00Z\"");
        assertEquals(200, as(key, "GET", TEMPERATURE, "").statusCode());
        clock.advance(Duration.ofMinutes(1));
        assertEquals(401, as(key, "GET", TEMPERATURE, "").statusCode());
    }
}
