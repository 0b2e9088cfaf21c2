package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The HTTP client of routes from {@code delivery:}. It bounds each request, from connecting to the
 * end of its answer, in time and in size, tells the attempt that an answer has arrived, and keeps
 * the rate limit of the account. HttpClient's own response time-out is per read.
 *
 * <p>HttpClient closes its connection pool on any Error in a request, and every later request fails
 * (org.apache.hc.client5 5.5, InternalExecRuntime): then a new client is made.
 *
 * <p>Thread safe.
 */
public final class DeliveryHttpClient extends CloseableHttpClient {

    /** Where camel-http puts the exchange, for an endpoint with an HttpActivityListener. */
    private static final String EXCHANGE = "org.apache.camel.Exchange";

    private final Supplier<CloseableHttpClient> factory;
    private final DeliveryConfiguration defaults;
    private final Set<RequestInFlight> inFlight = ConcurrentHashMap.newKeySet();
    private volatile CloseableHttpClient client;
    private volatile boolean closed;

    /**
     * @param factory makes a client with a connection pool of its own; it unpacks answers, so that
     *     the limit counts unpacked bytes
     * @param defaults for requests outside deliveries
     */
    DeliveryHttpClient(Supplier<CloseableHttpClient> factory, DeliveryConfiguration defaults) {
        this.factory = factory;
        this.defaults = defaults;
        this.client = factory.get();
    }

    @Override
    protected CloseableHttpResponse doExecute(
            HttpHost host, ClassicHttpRequest request, HttpContext context) throws IOException {
        Object exchange = context == null ? null : context.getAttribute(EXCHANGE);
        Attempt attempt = exchange instanceof Exchange e ? AttemptExchange.attempt(e) : null;
        DeliveryConfiguration settings = attempt == null ? defaults : attempt.settings;
        RequestInFlight call =
                new RequestInFlight(this, host, request, settings.requestTimeoutNanos());
        if (attempt != null) {
            attempt.requests().begin(call);
        }
        inFlight.add(call);
        try {
            ClassicHttpResponse response = open(host, request, context);
            if (attempt != null) {
                attempt.requests().onResponse(response.getCode(), call);
            }
            HttpEntity entity = response.getEntity();
            if (entity != null) {
                response.setEntity(read(entity, settings.getMaxResponseBytes(), call));
            }
            return CloseableHttpResponse.adapt(response);
        } catch (IOException e) {
            call.status(0); // the answer is not complete
            throw explain(e, call);
        } finally {
            if (inFlight.remove(call) && attempt != null) {
                attempt.requests().end(call);
            }
        }
    }

    /** Whether or not the route reads the answer: without its end it is none. */
    private static HttpEntity read(HttpEntity entity, long max, RequestInFlight call)
            throws IOException {
        try (InputStream in = entity.getContent()) {
            int first = in == null ? -1 : in.read(); // mostly there is nothing to read
            if (first < 0) {
                return buffered(new byte[0], entity);
            }
            int limit = (int) Math.min(max, Integer.MAX_VALUE - 8);
            byte[] rest = in.readNBytes(limit);
            if (rest.length == limit) {
                call.abort(); // to close it would read on
                throw new ResponseTooLargeException(limit);
            }
            byte[] body = new byte[rest.length + 1];
            body[0] = (byte) first;
            System.arraycopy(rest, 0, body, 1, rest.length);
            return buffered(body, entity);
        } catch (IOException e) {
            call.abort();
            throw e;
        }
    }

    /** Is streaming, so that camel-http makes a body of it that can be read again. */
    private static HttpEntity buffered(byte[] body, HttpEntity entity) {
        ContentType type = ContentType.parseLenient(entity.getContentType());
        String encoding = entity.getContentEncoding();
        return body.length == 0
                ? new ByteArrayEntity(body, type, encoding)
                : new InputStreamEntity(
                        new ByteArrayInputStream(body), body.length, type, encoding);
    }

    private ClassicHttpResponse open(HttpHost host, ClassicHttpRequest request, HttpContext context)
            throws IOException {
        CloseableHttpClient used = client;
        try {
            return used.executeOpen(host, request, context);
        } catch (IllegalStateException e) { // its pool is closed
            replace(used);
            throw new IOException("The connection pool was closed by an earlier error", e);
        } catch (Error e) {
            replace(used);
            throw e;
        }
    }

    private synchronized void replace(CloseableHttpClient broken) {
        if (client == broken && !closed) {
            broken.close(CloseMode.IMMEDIATE);
            client = factory.get();
        }
    }

    private static IOException explain(IOException e, RequestInFlight call) {
        if (!call.isTimedOut()) {
            return e;
        }
        SocketTimeoutException timeout =
                new SocketTimeoutException(
                        "No complete answer within " + call.timeoutMillis() + " ms");
        timeout.initCause(e);
        return timeout;
    }

    /** Ends the requests that are overdue. Called a few times a second. */
    void checkDeadlines(long now) {
        inFlight.forEach(call -> call.checkDeadline(now));
    }

    boolean probe(HttpHost host, URI uri, long timeout) {
        HttpGet get = new HttpGet(uri);
        RequestInFlight call = new RequestInFlight(this, host, get, timeout);
        inFlight.add(call);
        try (ClassicHttpResponse response = open(host, get, HttpClientContext.create())) {
            call.abort(); // the body may have no end
            return !RequestFailure.isUnavailable(response.getCode());
        } catch (IOException e) {
            return false;
        } finally {
            inFlight.remove(call);
        }
    }

    /** Ends all requests that are in flight; later ones fail. */
    public void shutdown() {
        closed = true;
        client.close(CloseMode.IMMEDIATE);
    }

    /** Has no effect: camel-http closes the client with every endpoint that uses it. */
    @Override
    public void close() {}

    /** Has no effect, see {@link #close()}. */
    @Override
    public void close(CloseMode mode) {}
}
