package io.pachube.bridge.history;

import io.pachube.bridge.delivery.DeliveryFailedException;
import io.pachube.bridge.delivery.MessageRevokedException;

import org.apache.camel.CamelExchangeException;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.support.SynchronizationAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The route configuration {@code pachubeScheduled}, for routes with a timer: the first failure of a
 * subject is logged, and the next run tries again. A subject that Pachube rejects (401, 403, 404)
 * is skipped in more and more runs.
 *
 * <p>Thread safe.
 */
public final class ScheduledErrorPolicy extends RouteConfigurationBuilder {

    /** Its id. */
    static final String ID = "pachubeScheduled";

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledErrorPolicy.class);
    private static final String SUBJECT = "pachubeScheduledSubject";
    private static final Set<Integer> REJECTED = Set.of(401, 403, 404);
    private static final int MAX_SKIPS = 60;

    private static final class Failure {
        int skips;
        int nextSkips = 1;
    }

    private final Map<String, Failure> failures = new ConcurrentHashMap<>();
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    @Override
    public void configuration() {
        var scheduled = routeConfiguration(ID);
        // a host's might redeliver, without end
        scheduled.errorHandler(defaultErrorHandler());
        scheduled
                .onException(Exception.class)
                .handled(true)
                .logExhausted(false)
                .process(this::failed);
    }

    /** Returns true if a subject is not skipped in this run, and no run of it goes on. */
    boolean isDue(String subject) {
        if (running.contains(subject)) {
            return false;
        }
        Failure failure = failures.get(subject);
        return failure == null || --failure.skips < 0;
    }

    /**
     * Tracks an exchange as a run of a subject.
     *
     * @param subject may hold an API key
     * @param shown the subject in the log
     */
    void track(Exchange exchange, String subject, String shown) {
        exchange.setProperty(SUBJECT, new String[] {subject, shown});
        running.add(subject);
        exchange.getExchangeExtension()
                .addOnCompletion(
                        new SynchronizationAdapter() {
                            @Override
                            public void onDone(Exchange done) {
                                running.remove(subject);
                                if (done.getProperty(Exchange.EXCEPTION_CAUGHT) == null) {
                                    failures.remove(subject);
                                }
                            }
                        });
    }

    private void failed(Exchange exchange) {
        Throwable thrown = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        while ((thrown instanceof CamelExchangeException
                        || thrown instanceof DeliveryFailedException)
                && thrown.getCause() != null) {
            thrown = thrown.getCause(); // it was in a part of the exchange, or in a delivery
        }
        if (exchange.getContext().isStopping() || thrown instanceof MessageRevokedException) {
            return; // the bridge stops
        }
        String[] subject =
                exchange.getProperty(SUBJECT, new String[] {"", "all feeds"}, String[].class);
        Failure failure = failures.get(subject[0]);
        if (failure == null) {
            LOG.warn(
                    "Polling {} failed; further failures are not logged until it succeeds: {}",
                    subject[1],
                    thrown.toString());
            failure = new Failure();
            failures.put(subject[0], failure);
        }
        if (thrown instanceof HttpOperationFailedException answer
                && REJECTED.contains(answer.getStatusCode())) {
            failure.skips = failure.nextSkips;
            failure.nextSkips = Math.min(MAX_SKIPS, 2 * failure.nextSkips);
        }
    }
}
