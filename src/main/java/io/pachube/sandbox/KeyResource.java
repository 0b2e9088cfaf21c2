package io.pachube.sandbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.List;

/** Handles the requests to API keys (contract, section 5). */
final class KeyResource {
    private final ApiKeys keys;

    KeyResource(ApiKeys keys) {
        this.keys = keys;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "keys", this::listKeys),
                new Route("POST", "keys", this::postKey),
                new Route("GET", "keys/{key}", this::getKey),
                new Route("PUT", "keys/{key}", this::putKey),
                new Route("DELETE", "keys/{key}", this::deleteKey),
                new Route("POST", "keys/{key}/regenerate", this::regenerateKey));
    }

    private ApiResponse listKeys(ApiRequest call) {
        String asked = call.query().get("feed_id");
        Long feed =
                asked == null
                        ? null
                        : ApiRequest.id(asked, ApiException.invalid("feed_id is invalid"));
        requireMasterKey(call);
        call.onlyJson();
        ObjectNode list = JsonFormat.object();
        ArrayNode shown = list.putArray("keys");
        keys.all().stream()
                .filter(key -> feed == null || key.refersTo(feed))
                .forEach(key -> shown.add(key.json()));
        return ApiResponse.json(list);
    }

    private ApiResponse postKey(ApiRequest call) {
        requireMasterKey(call);
        call.onlyJson();
        return ApiResponse.created(call.base() + "/keys/" + keys.create(call.document()).text());
    }

    /** A key that manages no others may still read itself. */
    private ApiResponse getKey(ApiRequest call) {
        if (!call.path().get("key").equals(call.key().text())) {
            requireMasterKey(call);
        }
        call.onlyJson();
        return ApiResponse.json(JsonFormat.object().set("key", key(call).json()));
    }

    private ApiResponse putKey(ApiRequest call) {
        requireMasterKey(call);
        call.onlyJson();
        keys.update(key(call), call.document());
        return ApiResponse.OK;
    }

    private ApiResponse deleteKey(ApiRequest call) {
        requireMasterKey(call);
        keys.delete(key(call));
        return ApiResponse.OK;
    }

    private ApiResponse regenerateKey(ApiRequest call) {
        requireMasterKey(call);
        return ApiResponse.moved(call.base() + "/keys/" + keys.regenerate(key(call)).text());
    }

    private ApiKeys.Key key(ApiRequest call) {
        return keys.get(call.path().get("key"));
    }

    private static void requireMasterKey(ApiRequest call) {
        if (!call.key().isMaster()) {
            throw ApiException.forbidden();
        }
    }
}
