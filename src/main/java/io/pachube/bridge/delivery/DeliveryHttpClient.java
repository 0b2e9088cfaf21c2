package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.CloseableHttpResponse;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.HttpEntityWrapper;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;

import java.io.FilterInputStream;
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
        Attempt attempt = exchange instanceof Exchange e ? Attempt.of(e) : null;
        DeliveryConfiguration settings = attempt == null ? defaults : attempt.settings;
        RequestInFlight call =
                new RequestInFlight(this, host, request, settings.requestTimeoutNanos());
        if (attempt != null) {
            attempt.beforeRequest(call);
        }
        inFlight.add(call);
        boolean isOpen = false;
        try {
            ClassicHttpResponse response = open(host, request, context);
            if (attempt != null) {
                attempt.onResponse(response.getCode(), call);
            }
            HttpEntity entity = response.getEntity();
            if (entity != null) {
                response.setEntity(
                        new BoundedEntity(entity, settings.getMaxResponseBytes(), call, attempt));
                isOpen = true;
            }
            return CloseableHttpResponse.adapt(response);
        } catch (IOException e) {
            throw explain(e, call);
        } finally {
            if (!isOpen) {
                end(call, attempt);
            }
        }
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

    private void end(RequestInFlight call, Attempt attempt) {
        if (inFlight.remove(call) && attempt != null) {
            attempt.afterRequest(call);
        }
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

    /** Reads an answer up to a limit; the request ends with it. */
    private final class BoundedEntity extends HttpEntityWrapper {
        private final long limit;
        private final RequestInFlight call;
        private final Attempt attempt;
        private InputStream content;

        BoundedEntity(HttpEntity entity, long limit, RequestInFlight call, Attempt attempt) {
            super(entity);
            this.limit = limit;
            this.call = call;
            this.attempt = attempt;
        }

        @Override
        public synchronized InputStream getContent() throws IOException {
            if (content == null) {
                InputStream in = super.getContent();
                if (in == null) {
                    end(call, attempt);
                    return null;
                }
                content = new BoundedStream(in, limit, call, attempt);
            }
            return content;
        }

        @Override
        public void close() throws IOException {
            InputStream in = getContent();
            if (in != null) {
                in.close();
            }
        }
    }

    private final class BoundedStream extends FilterInputStream {
        private final long limit;
        private final RequestInFlight call;
        private final Attempt attempt;
        private long read;
        private boolean isClosed;

        BoundedStream(InputStream in, long limit, RequestInFlight call, Attempt attempt) {
            super(in);
            this.limit = limit;
            this.call = call;
            this.attempt = attempt;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            int n = read(one, 0, 1);
            return n < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n;
            try {
                n = in.read(buffer, offset, length);
            } catch (IOException e) {
                throw explain(e, call);
            }
            if (n > 0) {
                read += n;
                if (read > limit) {
                    call.abort(); // to close it would read on
                    throw new ResponseTooLargeException(limit);
                }
            }
            return n;
        }

        @Override
        public long skip(long n) throws IOException {
            return read(new byte[(int) Math.min(8192, Math.max(0, n))]);
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        /** Reads the rest, as far as it is allowed, so that the connection can be used again. */
        @Override
        public void close() throws IOException {
            if (isClosed) {
                return;
            }
            isClosed = true;
            try {
                if (in.read() >= 0) { // mostly nothing is left
                    read++;
                    byte[] rest = new byte[8192];
                    int n = 0;
                    while (n >= 0) {
                        n = read(rest, 0, rest.length);
                    }
                }
                super.close();
            } catch (IOException e) {
                call.abort();
                throw e;
            } finally {
                end(call, attempt);
            }
        }
    }
}
