package io.pachube.bridge;

import io.pachube.sandbox.SandboxBroker;
import io.pachube.sandbox.SandboxPachube;

import org.apache.camel.BindToRegistry;
import org.apache.camel.CamelConfiguration;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.main.BaseMainSupport;
import org.apache.camel.main.Main;
import org.apache.camel.main.MainListenerSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;

/** The bridge as a bean of a camel-main application that is not ours. */
@Tag("slow")
class HostMainIT {

    @TempDir Path folder;

    private final SandboxBroker broker = new SandboxBroker("127.0.0.1", 0, "pb", Map.of());
    private final SandboxPachube pachube = new SandboxPachube("127.0.0.1", 0);
    private HostApplication host;
    private Main main;

    /** As in the README. */
    public static final class Configuration implements CamelConfiguration {
        @BindToRegistry
        public PachubeBridge pachubeBridge() {
            return new PachubeBridge();
        }
    }

    @BeforeEach
    void start() throws Exception {
        broker.start();
        pachube.start();
        host = new HostApplication(folder);
        main = new Main();
        main.configure()
                .withShutdownTimeout(HostApplication.SHUTDOWN_SECONDS)
                .withStreamCachingEnabled(false);
        main.setDefaultPropertyPlaceholderLocation("false");
        new TestBridge(broker.url(), pachube.url())
                .with("mqtt.username", broker.userName())
                .with("mqtt.password", broker.password())
                .settings()
                .forEach(main::addInitialProperty);
        main.configure().addRoutesBuilder(host.configuration());
        main.configure().addRoutesBuilder(host.routes());
        main.addMainListener(
                new MainListenerSupport() {
                    @Override
                    public void beforeConfigure(BaseMainSupport starting) {
                        try {
                            host.configure(starting.getCamelContext());
                        } catch (Exception e) {
                            throw RuntimeCamelException.wrapRuntimeException(e);
                        }
                    }
                });
    }

    @AfterEach
    void stop() {
        main.stop();
        host.close();
        pachube.close();
        broker.close();
    }

    @Test
    void aBridgeThatIsABeanIsFound() throws Exception {
        main.configure().addConfiguration(Configuration.class);
        assertBothWork();
    }

    @Test
    void aBridgeMayBeAddedAsARoutesBuilder() throws Exception {
        main.configure().addRoutesBuilder(new PachubeBridge());
        assertBothWork();
    }

    private void assertBothWork() throws Exception {
        main.start();
        host.assertWorks(main.getCamelContext());
        CompleteExchange.through(broker.url(), pachube);
        host.assertWorks(main.getCamelContext());
        host.assertNothingDead();
    }
}
