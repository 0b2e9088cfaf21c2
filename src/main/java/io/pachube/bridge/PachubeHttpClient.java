package io.pachube.bridge;

import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.entity.DecompressingEntity;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

import javax.net.ssl.SSLContext;

/**
 * Creates the HTTP client of all calls to Pachube: every wait has a time-out, nothing is retried
 * behind the retry policy's back, no redirect is followed with a key, and an answer with an
 * unrequested content encoding is decoded, or refused.
 *
 * <p>Thread safe.
 */
final class PachubeHttpClient {

    /** The requests of each delivery name are bounded by the name itself. */
    private static final int MAX_CONNECTIONS = 10_000;

    /** For the head of an answer; a bridge has many at once. */
    private static final Http1Config HEAD_LIMITS =
            Http1Config.custom().setMaxLineLength(8192).setMaxHeaderCount(100).build();

    private PachubeHttpClient() {}

    /**
     * Returns a client with a pool of its own.
     *
     * @param connectTimeout until connected
     * @param tls for {@code https://}
     * @param proxies empty: none
     */
    static CloseableHttpClient create(
            Duration connectTimeout, SSLContext tls, Optional<Proxies> proxies) {
        PoolingHttpClientConnectionManager connections =
                new ChannelSockets()
                        .setConnectionFactory(
                                ManagedHttpClientConnectionFactory.builder()
                                        .http1Config(HEAD_LIMITS)
                                        .build())
                        .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                        .setMaxConnTotal(MAX_CONNECTIONS)
                        .setMaxConnPerRoute(MAX_CONNECTIONS)
                        // checks the host's name too
                        .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                        // DeliveryHttpClient ends each request in time; a timed read costs two more
                        // system calls, and would end at 3 minutes
                        .setDefaultSocketConfig(
                                SocketConfig.custom()
                                        .setTcpNoDelay(true)
                                        .setSoTimeout(Timeout.DISABLED)
                                        .build())
                        .setDefaultConnectionConfig(
                                ConnectionConfig.custom()
                                        .setConnectTimeout(Timeout.of(connectTimeout))
                                        .setValidateAfterInactivity(TimeValue.ofSeconds(2))
                                        .build())
                        .build();
        // the usual client parses the address and writes the host's name anew for each request, but
        // the minimal one knows no proxy
        return new MinimalHttpClient(
                proxies.map(some -> through(some, connections))
                        .orElseGet(() -> HttpClients.createMinimal(connections)));
    }

    /** A read of a socket that has connected in time polls first: two more system calls. */
    private static final class ChannelSockets extends PoolingHttpClientConnectionManagerBuilder {
        @Override
        protected HttpClientConnectionOperator createConnectionOperator(
                SchemePortResolver ports, DnsResolver names, TlsSocketStrategy tls) {
            return new DefaultHttpClientConnectionOperator(
                    proxy -> SocketChannel.open().socket(),
                    ports,
                    names,
                    name -> name.equals("https") ? tls : null);
        }
    }

    private static CloseableHttpClient through(
            Proxies proxies, PoolingHttpClientConnectionManager connections) {
        return HttpClients.custom()
                .setConnectionManager(connections)
                .setRoutePlanner(proxies)
                .setDefaultCredentialsProvider(proxies.credentials())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableContentCompression()
                .build();
    }

    private static final class MinimalHttpClient extends CloseableHttpClient {
        private final CloseableHttpClient client;
        private volatile HostHeader last = new HostHeader(null, null);

        MinimalHttpClient(CloseableHttpClient client) {
            this.client = client;
        }

        /** A host, and its name in a request. */
        private record HostHeader(HttpHost host, String name) {}

        @Override
        protected CloseableHttpResponse doExecute(
                HttpHost host, ClassicHttpRequest request, HttpContext context) throws IOException {
            HostHeader header = last;
            if (!host.equals(header.host)) {
                header = new HostHeader(host, host.toHostString());
                last = header;
            }
            addIfMissing(request, HttpHeaders.HOST, header.name);
            addIfMissing(request, HttpHeaders.USER_AGENT, "pachube-mqtt-bridge");
            addIfMissing(request, HttpHeaders.ACCEPT_ENCODING, "identity");
            ClassicHttpResponse answer = client.executeOpen(host, request, context);
            return CloseableHttpResponse.adapt(decoded(answer));
        }

        /**
         * Some services encode unasked; camel-http would take the encoded length for the body's.
         */
        private static ClassicHttpResponse decoded(ClassicHttpResponse answer) throws IOException {
            HttpEntity entity = answer.getEntity();
            String encoding = entity == null ? null : entity.getContentEncoding();
            if (encoding == null || encoding.isBlank() || encoding.equalsIgnoreCase("identity")) {
                return answer;
            }
            boolean gzip = encoding.equalsIgnoreCase("gzip") || encoding.equalsIgnoreCase("x-gzip");
            if (!gzip && entity.getContentLength() != 0) {
                answer.close();
                throw new ClientProtocolException(
                        "The answer with status "
                                + answer.getCode()
                                + " has Content-Encoding "
                                + encoding
                                + ", but only identity was asked for");
            }
            answer.setEntity(new DecompressingEntity(entity, MinimalHttpClient::unpacked));
            answer.removeHeaders(HttpHeaders.CONTENT_ENCODING);
            answer.removeHeaders(HttpHeaders.CONTENT_LENGTH);
            return answer;
        }

        /** An empty body has no gzip header. */
        private static InputStream unpacked(InputStream packed) throws IOException {
            PushbackInputStream in = new PushbackInputStream(packed);
            int first = in.read();
            if (first < 0) {
                return in;
            }
            in.unread(first);
            return new GZIPInputStream(in);
        }

        /** A route may have set its own. */
        private static void addIfMissing(ClassicHttpRequest request, String name, String value) {
            if (!request.containsHeader(name)) {
                request.addHeader(name, value);
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
        }

        @Override
        public void close(CloseMode mode) {
            client.close(mode);
        }
    }
}
