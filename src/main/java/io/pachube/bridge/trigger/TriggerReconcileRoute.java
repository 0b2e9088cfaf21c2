package io.pachube.bridge.trigger;

import static io.pachube.bridge.pachube.PachubeRequest.DELIVERY_OPTIONS;
import static io.pachube.bridge.pachube.PachubeRequest.ENDPOINT;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.DataFormat;

/**
 * Makes Pachube's triggers on a datastream what the commands say: asks which are there, and makes
 * the requests that are missing. On failure the whole route is retried, because an unanswered POST
 * may already have created the trigger.
 */
final class TriggerReconcileRoute extends RouteBuilder {

    private final TriggerProcessors triggers;
    private final TriggerSubscriptions subscriptions;
    private final DataFormat json;

    TriggerReconcileRoute(
            TriggerProcessors triggers, TriggerSubscriptions subscriptions, DataFormat json) {
        this.triggers = triggers;
        this.subscriptions = subscriptions;
        this.json = json;
    }

    @Override
    public void configure() {
        // ten minutes: with a history for each datastream of a feed
        from("delivery:triggers?attemptTimeout=10m&" + DELIVERY_OPTIONS)
                .routeId("pachubeTriggerReconcile")
                .routeDescription(
                        "Creates, updates and deletes triggers at Pachube until they are as the"
                                + " commands say")
                .process(subscriptions::readCommands)
                .description("Reads the commands, or those of the mirror to be discovered")
                .filter(TriggerProcessors::isMirrorOfFeed)
                .description("Only for a mirror of all datastreams of a feed")
                .process(triggers::requestFeed)
                .description("GET /feeds/<environment>.json: which datastreams are there?")
                .to(ENDPOINT)
                .unmarshal(json)
                .process(triggers::readFeed)
                .end() // filter
                .process(triggers::requestTriggers)
                .description("GET /triggers.json?feed_id=<environment>")
                .to(ENDPOINT)
                .unmarshal(json)
                .process(triggers::planChanges)
                .description("The body becomes the changes that need a request")
                .split(body())
                .stopOnException()
                .process(triggers::prepareRequest)
                .description("POST, PUT or DELETE of one trigger")
                .to(ENDPOINT)
                .process(triggers::recordCreatedId)
                .description("Reads the id of a new trigger")
                .end() // split
                .process(subscriptions::planTasks)
                .description("The body becomes the history subscriptions to start and to end")
                .split(body())
                .stopOnException()
                .process(subscriptions::selectTask)
                .to("delivery:history?account=${variable.key}")
                .end() // split
                .process(triggers::buildStatuses)
                .description("The body becomes a status for each command");
    }
}
