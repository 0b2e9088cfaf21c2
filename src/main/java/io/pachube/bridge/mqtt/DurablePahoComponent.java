package io.pachube.bridge.mqtt;

import org.apache.camel.Endpoint;
import org.apache.camel.component.paho.PahoComponent;
import org.apache.camel.component.paho.PahoComponentConfigurer;
import org.apache.camel.component.paho.PahoConfiguration;
import org.apache.camel.component.paho.PahoEndpoint;
import org.apache.camel.component.paho.PahoEndpointConfigurer;
import org.apache.camel.component.paho.PahoEndpointUriFactory;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.camel.util.StringHelper;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Camel's {@code paho} with the broker and the durable clients of the bridge.
 *
 * <p>A route from {@code paho:<filter>?qos=1} has a kept session of its own, under the client id
 * {@code <mqtt.client-id>-<route id>}. Its messages are acknowledged in the order of arrival, each
 * when its exchange has completed. {@code to: paho:<topic>} publishes through one shared client and
 * continues when the broker has acknowledged.
 *
 * <p>Of Camel's options {@code topic}, {@code qos} and {@code retained} apply, and those of every
 * producer. An option of the connection is refused, because the connection is the bridge's. An
 * endpoint that names another broker ({@code brokerUrl}, {@code serverURIs}) or a {@code client} is
 * Camel's ordinary one.
 *
 * <p>Not annotated as a component: Camel's plug-in would register it under the name of Camel's own.
 */
public final class DurablePahoComponent extends PahoComponent {

    private static final List<String> OTHER_BROKER = List.of("brokerUrl", "serverURIs", "client");

    private static final List<String> EFFECTIVE =
            List.of("qos", "retained", "lazyStartProducer", "exchangePattern");

    private final MqttClientManager clients;
    private final Collection<String> known = new PahoEndpointUriFactory().propertyNames();

    /**
     * @param clients the clients of all endpoints; owned by the caller
     */
    public DurablePahoComponent(MqttClientManager clients) {
        this.clients = clients;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
            throws Exception {
        List<String> options =
                parameters.keySet().stream().map(StringHelper::dashToCamelCase).toList();
        if (options.stream().anyMatch(option -> isIn(OTHER_BROKER, option))) {
            return super.createEndpoint(uri, remaining, parameters);
        }
        for (String option : options) {
            if (isIn(known, option) && !isIn(EFFECTIVE, option)) {
                throw new IllegalArgumentException(
                        "The option '%s' has no effect on %s: its connection is the bridge's (mqtt.*)."
                                        .formatted(option, uri.replaceFirst("[?].*", ""))
                                + " Remove it, or name another broker with brokerUrl");
            }
        }
        PahoConfiguration configuration = getConfiguration().copy();
        configuration.setBrokerUrl(clients.url());
        PahoEndpoint endpoint =
                new DurablePahoEndpoint(uri, remaining, this, configuration, clients);
        setProperties(endpoint, parameters);
        return endpoint;
    }

    private static boolean isIn(Collection<String> options, String option) {
        return options.stream().anyMatch(option::equalsIgnoreCase);
    }

    @Override
    public PropertyConfigurer getComponentPropertyConfigurer() {
        return new PahoComponentConfigurer();
    }

    @Override
    public PropertyConfigurer getEndpointPropertyConfigurer() {
        return new PahoEndpointConfigurer();
    }
}
