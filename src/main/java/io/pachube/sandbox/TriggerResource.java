package io.pachube.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

import java.util.List;

/** Handles the requests to triggers (contract, section 4). */
final class TriggerResource {
    private final TriggerEvaluator triggers;
    private final FeedAccess feeds;

    TriggerResource(TriggerEvaluator triggers, FeedAccess feeds) {
        this.triggers = triggers;
        this.feeds = feeds;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "triggers", this::listTriggers),
                new Route("POST", "triggers", this::postTrigger),
                new Route("GET", "triggers/{trigger}", this::getTrigger),
                new Route("PUT", "triggers/{trigger}", this::putTrigger),
                new Route("DELETE", "triggers/{trigger}", this::deleteTrigger),
                new Route("POST", "triggers/{trigger}/debug", this::debugTrigger));
    }

    private ApiResponse listTriggers(ApiRequest call) {
        String asked = call.query().get("feed_id");
        Long feed =
                asked == null
                        ? null
                        : ApiRequest.id(asked, ApiException.invalid("feed_id is invalid"));
        call.permit(feed, null);
        call.onlyJson();
        ArrayNode list = JsonFormat.array();
        for (Trigger trigger : triggers.all()) {
            if (feed == null || trigger.feed.id == feed) {
                synchronized (trigger.feed) {
                    list.add(trigger.json());
                }
            }
        }
        return ApiResponse.json(list);
    }

    private ApiResponse postTrigger(ApiRequest call) {
        JsonNode document = call.document();
        String environment = JsonFormat.text(document, "environment_id");
        String stream = JsonFormat.text(document, "stream_id");
        if (environment == null || stream == null) {
            String what = environment == null ? "Environment" : "Stream";
            throw ApiException.invalid(what + " can't be blank");
        }
        Feed feed = feeds.feed(call, ApiRequest.id(environment, ApiException.notFound()), stream);
        Trigger trigger = triggers.create(feed, stream, document);
        return ApiResponse.created(call.base() + "/triggers/" + trigger.id);
    }

    private ApiResponse getTrigger(ApiRequest call) {
        Trigger trigger = trigger(call);
        call.onlyJson();
        synchronized (trigger.feed) {
            return ApiResponse.json(trigger.json());
        }
    }

    private ApiResponse putTrigger(ApiRequest call) {
        Trigger trigger = trigger(call);
        JsonNode document = call.document();
        synchronized (trigger.feed) {
            trigger.describe(document);
        }
        return ApiResponse.OK;
    }

    private ApiResponse deleteTrigger(ApiRequest call) {
        triggers.delete(trigger(call));
        return ApiResponse.OK;
    }

    private ApiResponse debugTrigger(ApiRequest call) {
        triggers.debug(trigger(call));
        return ApiResponse.OK;
    }

    private Trigger trigger(ApiRequest call) {
        Trigger trigger = triggers.get(call.id("trigger"));
        feeds.feed(call, trigger.feed.id, trigger.stream.id);
        return trigger;
    }
}
