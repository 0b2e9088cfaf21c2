package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pachube.bridge.callback.CallbackTarget;
import io.pachube.bridge.callback.CallbackTokenCodec;
import io.pachube.bridge.callback.NotificationOptions;
import io.pachube.bridge.callback.StateCipher;

import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.support.cluster.AbstractCamelClusterService;
import org.apache.camel.support.cluster.AbstractCamelClusterView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A standby, and its leader, with a cluster service of the host. */
class StandbyIT {

    private static final String TOPIC = "pb/key/1/stream";
    private static final String NOTIFICATION =
            "{\"environment\":{\"id\":1},\"triggering_datastream\":{\"id\":\"stream\","
                    + "\"value\":{\"value\":\"7\"}}}";

    @TempDir Path folder;

    private final Election election = new Election();
    private Path routes;
    private Mosquitto mosquitto;
    private FaultyService pachube;
    private TestBridge bridge;
    private MqttPeer peer;

    /** A cluster with one member, which leads when the test says so. */
    private static final class Election extends AbstractCamelClusterService<Election.View> {

        private volatile boolean isElected;
        private View view;

        @Override
        protected View createView(String namespace) {
            view = new View(this, namespace);
            return view;
        }

        void elect(boolean elected) {
            isElected = elected;
            view.changed();
        }

        private static final class View extends AbstractCamelClusterView
                implements CamelClusterMember {
            View(Election election, String namespace) {
                super(election, namespace);
            }

            void changed() {
                fireLeadershipChangedEvent(getLeader().orElse(null));
            }

            @Override
            public Optional<CamelClusterMember> getLeader() {
                return isLeader() ? Optional.of(this) : Optional.empty();
            }

            @Override
            public CamelClusterMember getLocalMember() {
                return this;
            }

            @Override
            public List<CamelClusterMember> getMembers() {
                return List.of(this);
            }

            @Override
            public boolean isLeader() {
                return ((Election) getClusterService()).isElected;
            }

            @Override
            public boolean isLocal() {
                return true;
            }

            @Override
            public String getId() {
                return "member";
            }
        }
    }

    @BeforeEach
    void start() throws Exception {
        routes = RouteFolder.copy(folder.resolve("routes"));
        Files.writeString(
                routes.resolve("clock.camel.yaml"),
                """
                - route:
                    id: clock
                    from:
                      uri: "{{clock.address}}"
                      parameters: { period: 100 }
                      steps:
                        - setBody: { constant: tick }
                        - to: { uri: "paho:clock", parameters: { qos: 1 } }
                """);
        mosquitto = new Mosquitto(Files.createDirectory(folder.resolve("mosquitto"))).start();
        pachube = new FaultyService().answer(FaultyService.status(200)).start();
        peer = new MqttPeer(mosquitto.url()).listen("clock", "pb/key/alarm");
        bridge =
                new TestBridge(mosquitto.url(), pachube.url())
                        .routes(routes)
                        .with("cluster.service", "context")
                        .with("cluster.member", "a")
                        .with("clock.address", "timer:clock")
                        .bind("election", election)
                        .start();
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        bridge.close();
        pachube.close();
        mosquitto.close();
    }

    private int ticks() {
        return peer.payloads("clock").size();
    }

    private boolean isConsuming() {
        return bridge.client("pachubeDatapoint").isConnected();
    }

    private Stream<String> stored() {
        return pachube.received().stream().map(FaultyService.Request::body);
    }

    private int callBack(NotificationOptions options) throws Exception {
        String token =
                new CallbackTokenCodec(new StateCipher(TestBridge.SECRET))
                        .encode(new CallbackTarget("key", "alarm", options));
        return Http.postForm(bridge.callbackUrl() + "/" + token, NOTIFICATION).statusCode();
    }

    private static void pause() {
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
    }

    @Test
    void onlyTheLeaderConsumesAndPolls() throws Exception {
        pause();
        assertEquals(false, isConsuming());
        assertEquals(0, ticks());

        election.elect(true);
        await().atMost(Duration.ofSeconds(20)).until(() -> isConsuming() && ticks() > 2);
        peer.publish(TOPIC, "1");
        await().atMost(Duration.ofSeconds(20))
                .until(
                        () ->
                                stored().toList().contains("1")
                                        && bridge.context().getInflightRepository().size() == 0);

        election.elect(false);
        await().atMost(Duration.ofSeconds(20)).until(() -> !isConsuming());
        int ticked = ticks();
        peer.publish(TOPIC, "2");
        pause();
        assertEquals(ticked, ticks());
        // the acknowledgement of the first may not have reached the broker
        assertEquals(List.of("1"), stored().distinct().toList());

        election.elect(true);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertEquals(List.of("1", "2"), stored().distinct().toList()));
    }

    @Test
    void aMessageThatIsRetriedIsLeftToTheNextLeader() throws Exception {
        election.elect(true);
        await().atMost(Duration.ofSeconds(20)).until(this::isConsuming);
        pachube.answer(FaultyService.status(503));
        peer.publish(TOPIC, "1");
        await().atMost(Duration.ofSeconds(20)).until(() -> stored().count() > 2);
        election.elect(false);
        await().atMost(Duration.ofSeconds(20)).until(() -> !isConsuming());
        long attempts = stored().count();
        pause();
        assertEquals(attempts, stored().count());
        pachube.answer(FaultyService.status(200));
        election.elect(true);
        await().atMost(Duration.ofSeconds(20)).until(() -> stored().count() == attempts + 1);
    }

    @Test
    void aStandbyAnswersCallbacksButForAHistory() throws Exception {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertEquals(200, callBack(NotificationOptions.DEFAULT)));
        assertEquals("7", peer.await("pb/key/alarm"));
        assertEquals(503, callBack(new NotificationOptions(false, false, false, true, 1)));
    }

    /** The leader uses it. */
    @Test
    void aRouteThatIsRemovedOnAStandbyKeepsItsSession() throws Exception {
        election.elect(true);
        await().atMost(Duration.ofSeconds(20)).until(this::isConsuming);
        election.elect(false);
        await().atMost(Duration.ofSeconds(20)).until(() -> !isConsuming());
        Path file = routes.resolve("datapoint.camel.yaml");
        String text = Files.readString(file);
        Files.delete(file);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> bridge.context().getRoute("pachubeDatapoint") == null);
        peer.publish(TOPIC, "1");
        Files.writeString(file, text);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> bridge.context().getRoute("pachubeDatapoint") != null);
        election.elect(true);
        await().atMost(Duration.ofSeconds(20)).until(() -> stored().toList().contains("1"));
    }
}
