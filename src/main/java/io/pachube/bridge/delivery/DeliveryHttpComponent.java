package io.pachube.bridge.delivery;

import org.apache.camel.Endpoint;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.http.HttpComponentConfigurer;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.component.http.HttpEndpointConfigurer;
import org.apache.camel.spi.PropertyConfigurer;
import org.apache.hc.client5.http.classic.HttpClient;

import java.util.Map;
import java.util.Set;

/**
 * Camel's {@code http} and {@code https} with the HTTP client of deliveries: each request is
 * bounded in total, its answer in size, and the answer is evidence that the target is up.
 *
 * <p>An option of the client is refused, because it would have no effect: the client is one for all
 * endpoints. An endpoint that names an {@code httpClient} of its own is Camel's ordinary one.
 *
 * <p>Not annotated as a component: Camel's plug-in would register it under the name of Camel's own.
 */
public final class DeliveryHttpComponent extends HttpComponent {

    private static final String CLIENT = "httpClient";

    private static final Set<String> OF_CLIENT =
            Set.of(
                    "authBearerToken",
                    "authDomain",
                    "authHost",
                    "authMethod",
                    "authMethodPriority",
                    "authPassword",
                    "authUsername",
                    "clientBuilder",
                    "clientConnectionManager",
                    "connectTimeout",
                    "connectionRequestTimeout",
                    "connectionTimeToLive",
                    "connectionsPerRoute",
                    "cookieStore",
                    "followRedirects",
                    "httpClientConfigurer",
                    "maxTotalConnections",
                    "oauth2ClientId",
                    "oauth2ClientSecret",
                    "oauth2TokenEndpoint",
                    "proxyAuthDomain",
                    "proxyAuthHost",
                    "proxyAuthMethod",
                    "proxyAuthPassword",
                    "proxyAuthPort",
                    "proxyAuthScheme",
                    "proxyAuthUsername",
                    "proxyHost",
                    "proxyPort",
                    "responseTimeout",
                    "soTimeout",
                    "sslContextParameters",
                    "useSystemProperties",
                    "x509HostnameVerifier");

    private final HttpClient client;

    /**
     * @param client the client of all endpoints; owned by the caller
     */
    public DeliveryHttpComponent(DeliveryHttpClient client) {
        this.client = client;
        setHttpActivityListener(new ExchangeInHttpContext());
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
            throws Exception {
        boolean hasClient = parameters.containsKey(CLIENT);
        if (!hasClient) {
            parameters.keySet().forEach(option -> checkOption(uri, option));
        }
        HttpEndpoint endpoint = (HttpEndpoint) super.createEndpoint(uri, remaining, parameters);
        if (!hasClient) {
            endpoint.setHttpClient(client);
        }
        return endpoint;
    }

    private static void checkOption(String uri, String option) {
        if (OF_CLIENT.contains(option) || option.startsWith(CLIENT + ".")) {
            throw new IllegalArgumentException(
                    "The option '%s' has no effect on %s: the HTTP client is the bridge's (pachube.*)."
                                    .formatted(option, uri.replaceFirst("[?].*", ""))
                            + " Remove it, or name a client of your own with httpClient");
        }
    }

    @Override
    public PropertyConfigurer getComponentPropertyConfigurer() {
        return new HttpComponentConfigurer();
    }

    @Override
    public PropertyConfigurer getEndpointPropertyConfigurer() {
        return new HttpEndpointConfigurer();
    }
}
