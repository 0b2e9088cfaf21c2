package io.pachube.bridge.history;

import io.pachube.bridge.mqtt.PublishRefusedException;
import io.pachube.bridge.pachube.PachubeRequest;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.spi.DataFormat;

/**
 * Publishes the datapoints of a datastream that are newer than the cursor, oldest first, each
 * acknowledged by the broker before the next. Pachube returns them page by page.
 */
final class HistoryRoute extends RouteBuilder {

    private final HistoryPublisher publisher;
    private final DataFormat json;

    HistoryRoute(HistoryPublisher publisher, DataFormat json) {
        this.publisher = publisher;
        this.json = json;
    }

    @Override
    public void configure() {
        from("delivery:history?attemptTimeout=5m&" + PachubeRequest.DELIVERY_OPTIONS)
                .routeId("pachubeHistory")
                .routeDescription(
                        "Publishes the datapoints of one history subscription that are newer than"
                                + " its cursor")
                .process(publisher::begin)
                .description("Selects where to start; ends a subscription that has no trigger")
                .loopDoWhile(HistoryTaskContext::hasMore)
                .description("Page by page")
                .filter(HistoryTaskContext::needsRequest)
                .description("Not if the datastream came with the feed")
                .process(publisher::requestPage)
                .description("GET /feeds/<environment>/datastreams/<datastream>.json")
                .to(PachubeRequest.ENDPOINT)
                .unmarshal(json)
                .end() // filter
                .process(publisher::selectDatapoints)
                .description("The body becomes the datapoints that are newer than the cursor")
                .split(body())
                .stopOnException()
                .process(publisher::render)
                .description("Sets payload, topic, QoS and retain flag of one datapoint")
                .doTry()
                .to("paho:history?qos=1")
                .description("Publishes to the header's topic")
                .doCatch(PublishRefusedException.class)
                .process(HistoryPublisher::logDropped)
                .end() // doTry
                .process(publisher::moveCursor)
                .description("Moves the cursor, in memory")
                .end() // split
                .process(publisher::saveCursor)
                .description("Saves the cursor, in the broker")
                .end(); // loop
    }
}
