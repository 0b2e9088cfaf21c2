package io.pachube.bridge.delivery;

import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.HttpHost;

import java.net.URI;
import java.net.URISyntaxException;

/** One HTTP request until its answer is read to the end. Thread safe. */
final class RequestInFlight {

    private final DeliveryHttpClient client;
    private final HttpHost host;
    private final ClassicHttpRequest request;
    private volatile long began = System.nanoTime();
    private final long timeout;
    private volatile boolean timedOut;
    private volatile int status;

    /**
     * @param timeout until its answer must be read, in nanoseconds
     */
    RequestInFlight(
            DeliveryHttpClient client, HttpHost host, ClassicHttpRequest request, long timeout) {
        this.client = client;
        this.host = host;
        this.request = request;
        this.timeout = timeout;
    }

    /** It begins now: it was held back. */
    void begin() {
        began = System.nanoTime();
    }

    /** Returns when it began, in {@link System#nanoTime}. */
    long began() {
        return began;
    }

    void status(int status) {
        this.status = status;
    }

    /** Returns the status of its answer; 0 without a complete one. */
    int status() {
        return status;
    }

    HttpHost host() {
        return host;
    }

    /** Returns scheme, host and port, and nothing that may be secret. */
    String address() {
        return host.toURI();
    }

    /** Closes its connection; whoever waits for the answer gets an exception. */
    void abort() {
        if (request instanceof HttpUriRequestBase cancellable) {
            cancellable.cancel();
        }
    }

    void checkDeadline(long now) {
        if (!timedOut && now - began > timeout) {
            timedOut = true;
            abort();
        }
    }

    boolean isTimedOut() {
        return timedOut;
    }

    long timeoutMillis() {
        return timeout / 1_000_000;
    }

    /**
     * Asks the same address without key, query and body whether anybody answers.
     *
     * @param timeout in nanoseconds
     * @return true if the target is up
     */
    boolean probe(long timeout) {
        try {
            URI uri = request.getUri();
            return client.probe(
                    host,
                    new URI(uri.getScheme(), uri.getAuthority(), uri.getPath(), null, null),
                    timeout);
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
