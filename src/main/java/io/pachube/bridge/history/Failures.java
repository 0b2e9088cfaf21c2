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
 * What happens when something that is done now and then fails: the route configuration that {@code
 * routeConfigurationId: pachubeScheduled} names. It is told once, until it succeeds again; the next
 * time tries again. What Pachube refuses, because it is gone or the key may not, is tried less and
 * less often.
 *
 * <p>Thread safe.
 */
public final class Failures extends RouteConfigurationBuilder {

    /** Its name. */
    static final String ID = "pachubeScheduled";

    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
    private static final String SUBJECT = "pachubeSubjectOfFailure";
    private static final Set<Integer> REFUSED = Set.of(401, 403, 404);
    private static final int MOST_LEFT_OUT = 60;

    private static final class Failure {
        int leftOut;
        int toLeaveOut = 1;
    }

    private final Map<String, Failure> failures = new ConcurrentHashMap<>();
    private final Set<String> attempts = ConcurrentHashMap.newKeySet();

    @Override
    public void configuration() {
        var nowAndThen = routeConfiguration(ID);
        // in a host, its own might try again, for ever
        nowAndThen.errorHandler(defaultErrorHandler());
        nowAndThen
                .onException(Exception.class)
                .handled(true)
                .logExhausted(false)
                .process(this::failed);
    }

    /** Whether it is to be tried this time: not while an attempt goes on. */
    boolean isDue(String subject) {
        if (attempts.contains(subject)) {
            return false;
        }
        Failure failure = failures.get(subject);
        return failure == null || --failure.leftOut < 0;
    }

    /**
     * From here on the exchange is an attempt.
     *
     * @param subject at what; it may hold a key
     * @param shown the same for the log
     */
    void attempt(Exchange exchange, String subject, String shown) {
        exchange.setProperty(SUBJECT, new String[] {subject, shown});
        attempts.add(subject);
        exchange.getExchangeExtension()
                .addOnCompletion(
                        new SynchronizationAdapter() {
                            @Override
                            public void onDone(Exchange done) {
                                attempts.remove(subject);
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
        String[] subject = exchange.getProperty(SUBJECT, new String[] {"", "all"}, String[].class);
        Failure failure = failures.get(subject[0]);
        if (failure == null) {
            LOG.warn(
                    "What is watched ({}) cannot be looked after; it is tried again, without a"
                            + " word: {}",
                    subject[1],
                    thrown.toString());
            failure = new Failure();
            failures.put(subject[0], failure);
        }
        if (thrown instanceof HttpOperationFailedException answer
                && REFUSED.contains(answer.getStatusCode())) {
            failure.leftOut = failure.toLeaveOut;
            failure.toLeaveOut = Math.min(MOST_LEFT_OUT, 2 * failure.toLeaveOut);
        }
    }
}
