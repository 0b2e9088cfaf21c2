package io.pachube.bridge;

import org.apache.hc.client5.http.classic.HttpClient;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

import java.time.Duration;

import javax.net.ssl.SSLContext;

/**
 * The HTTP client that all calls to Pachube share: every wait has an end, nothing is tried again
 * behind the policy's back, and no redirect is followed with a key.
 *
 * <p>Thread safe.
 */
final class PachubeClient implements AutoCloseable {

    private final PoolingHttpClientConnectionManager connections;
    private final HttpClient http;

    /**
     * @param connections how many at once
     * @param connectTimeout until connected
     * @param responseTimeout until an answer begins, and between its parts
     * @param tls for {@code https://}
     */
    PachubeClient(
            int connections, Duration connectTimeout, Duration responseTimeout, SSLContext tls) {
        Timeout connect = Timeout.of(connectTimeout);
        Timeout response = Timeout.of(responseTimeout);
        this.connections =
                PoolingHttpClientConnectionManagerBuilder.create()
                        // all go to one place, and no more of them than workers
                        .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                        .setMaxConnTotal(connections)
                        .setMaxConnPerRoute(connections)
                        // checks the host's name too
                        .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                        .setDefaultSocketConfig(
                                SocketConfig.custom()
                                        .setSoTimeout(response)
                                        .setTcpNoDelay(true)
                                        .build())
                        .setDefaultConnectionConfig(
                                ConnectionConfig.custom()
                                        .setConnectTimeout(connect)
                                        .setSocketTimeout(response)
                                        .setValidateAfterInactivity(TimeValue.ofSeconds(2))
                                        .build())
                        .build();
        this.http =
                HttpClientBuilder.create()
                        .setConnectionManager(this.connections)
                        // camel-http closes the client with every endpoint that uses it
                        .setConnectionManagerShared(true)
                        .setDefaultRequestConfig(
                                RequestConfig.custom()
                                        .setConnectionRequestTimeout(response)
                                        .setResponseTimeout(response)
                                        .build())
                        .setUserAgent("pachube-mqtt-bridge")
                        .disableAutomaticRetries()
                        .disableRedirectHandling()
                        .disableCookieManagement()
                        .disableAuthCaching()
                        .disableContentCompression()
                        .build();
    }

    HttpClient http() {
        return http;
    }

    /** Ends requests that are on their way. */
    @Override
    public void close() {
        connections.close(CloseMode.IMMEDIATE);
    }
}
