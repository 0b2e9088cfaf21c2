package io.pachube.bridge.delivery;

import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.spi.LifecycleStrategy;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.CamelContextHelper;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.LifecycleStrategySupport;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The component {@code delivery:<name>}: durable delivery of messages to one target for each name.
 * docs/delivery.md describes it.
 *
 * <p>Thread safe once it is started.
 */
@Component("delivery")
public class DeliveryComponent extends DefaultComponent {

    private static final Logger LOG = LoggerFactory.getLogger(DeliveryComponent.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final long TICK_MILLIS = 100;

    /** Attempts in flight at the shutdown have this long to end: a stop takes less than 10 s. */
    private static final long LAST_ATTEMPTS_SECONDS = 4;

    @Metadata(description = "The defaults of the options of all endpoints.")
    private DeliveryConfiguration configuration = new DeliveryConfiguration();

    private DeliveryListener listener = new DeliveryListener() {};
    private Predicate<Throwable> localFailure = failure -> false;
    private Predicate<Exchange> withdrawn = exchange -> false;
    private Function<Exchange, String> defaultOrderingKey = exchange -> null;

    private final DeliveryTargets targets = new DeliveryTargets(this);
    private final Map<String, AccountRateLimiter> limiters = new ConcurrentHashMap<>();
    private final Collection<DeliveryHttpClient> clients = new CopyOnWriteArrayList<>();
    private ScheduledExecutorService scheduler;

    /** Before Camel waits for exchanges in flight. */
    private final LifecycleStrategy shutdown =
            new LifecycleStrategySupport() {
                @Override
                public void onContextStopping(CamelContext context) {
                    beginShutdown();
                }
            };

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
            throws Exception {
        if (!NAME.matcher(remaining).matches()) {
            throw new IllegalArgumentException(
                    "delivery:"
                            + remaining
                            + " is not delivery:<name> with a name of letters, digits, _ . -");
        }
        DeliveryEndpoint endpoint =
                new DeliveryEndpoint(uri, this, remaining, configuration.copy());
        setProperties(endpoint, parameters);
        try {
            endpoint.getConfiguration().validate();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("delivery:" + remaining + ": " + e.getMessage(), e);
        }
        return endpoint;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        var pool = new ScheduledThreadPoolExecutor(1, threadFactory("timer"));
        pool.setRemoveOnCancelPolicy(true);
        pool.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        scheduler = pool;
        getCamelContext().addLifecycleStrategy(shutdown);
    }

    @Override
    protected void doStop() throws Exception {
        getCamelContext().getLifecycleStrategies().remove(shutdown);
        targets.shutdown();
        limiters.clear();
        if (scheduler != null) {
            scheduler.shutdownNow();
        }
        super.doStop();
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            clients.forEach(client -> client.checkDeadlines(now));
            targets.all().forEach(target -> target.tick(now));
            targets.removeUnused();
        } catch (Throwable e) { // the executor would not call again
            LOG.error("Checking the deliveries failed; the check is repeated", e);
        }
    }

    /**
     * Revokes all messages that wait. Attempts in flight are cancelled in 4 s, if the component is
     * not stopped before.
     */
    public void beginShutdown() {
        targets.all().forEach(DeliveryTarget::beginShutdown);
        if (scheduler != null && !scheduler.isShutdown()) {
            scheduler.schedule(this::cancelAttempts, LAST_ATTEMPTS_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Cancels the attempts that are in flight; their messages are revoked. */
    void cancelAttempts() {
        targets.all().forEach(DeliveryTarget::cancelAll);
    }

    /** Revokes the messages that routes have handed over, because these are replaced. */
    public void revokeFrom(Collection<String> routeIds) {
        targets.all().forEach(target -> target.revocation().revokeFrom(routeIds));
    }

    /**
     * Makes the HTTP client for the routes that deliver. Its endpoints need an {@link
     * ExchangeInHttpContext}.
     *
     * @param factory makes a client with a connection pool of its own, without retries
     */
    public DeliveryHttpClient newHttpClient(Supplier<CloseableHttpClient> factory) {
        DeliveryHttpClient client = new DeliveryHttpClient(factory, configuration);
        clients.add(client);
        return client;
    }

    DeliveryTarget acquire(String name) {
        return targets.acquire(name);
    }

    void release(DeliveryTarget target) {
        targets.release(target);
    }

    /**
     * Begins to hold back batches, of targets that have any, of the messages that the current
     * thread hands over: a source calls this when it has read several messages at once. {@link
     * #uncork} must follow on the same thread; after 100 ms they are not held back any longer.
     */
    public void cork() {
        Cork.begin();
    }

    /** Ends {@link #cork}: the batches start. */
    public void uncork() {
        if (Cork.end()) {
            targets.all().forEach(target -> target.scheduler().uncork());
        }
    }

    AccountRateLimiter rateLimiter(String group) {
        return limiters.computeIfAbsent(group, g -> new AccountRateLimiter(scheduler));
    }

    BatchFormat batchFormat(DeliveryConfiguration settings) {
        String name = settings.getBatchFormat();
        BatchFormat format = CamelContextHelper.lookup(getCamelContext(), name, BatchFormat.class);
        if (format == null && !name.equals("lines")) {
            throw new IllegalArgumentException(
                    "batchFormat is '"
                            + name
                            + "', expected lines or the name of a BatchFormat in the registry");
        }
        return format == null ? new LinesBatchFormat() : format;
    }

    ThreadFactory threadFactory(String name) {
        return task ->
                getCamelContext().getExecutorServiceManager().newThread("delivery-" + name, task);
    }

    ScheduledExecutorService scheduler() {
        return scheduler;
    }

    DeliveryListener listener() {
        return listener;
    }

    Predicate<Exchange> withdrawn() {
        return withdrawn;
    }

    Predicate<Throwable> localFailure() {
        return localFailure;
    }

    Function<Exchange, String> defaultOrderingKey() {
        return defaultOrderingKey;
    }

    public DeliveryConfiguration getConfiguration() {
        return configuration;
    }

    public void setConfiguration(DeliveryConfiguration configuration) {
        this.configuration = configuration;
    }

    /** Sets who observes delayed and revoked messages. */
    public void setListener(DeliveryListener listener) {
        this.listener = listener;
    }

    /**
     * Sets what recognises a failure of the bridge's own side, such as its broker's: it says
     * nothing of the target, and its messages are retried without end.
     */
    public void setLocalFailure(Predicate<Throwable> localFailure) {
        this.localFailure = localFailure;
    }

    /**
     * Sets what recognises a message that its source gives to somebody else: no attempt of it
     * begins, and it is revoked. Asked before each attempt and request; must not wait.
     */
    public void setWithdrawn(Predicate<Exchange> withdrawn) {
        this.withdrawn = withdrawn;
    }

    /** Sets what names the ordering key of a message that has none; null: its route's. */
    public void setDefaultOrderingKey(Function<Exchange, String> defaultOrderingKey) {
        this.defaultOrderingKey = defaultOrderingKey;
    }

    /** Returns the names that are in an outage. */
    public SortedSet<String> outages() {
        return targets.names(DeliveryTarget::isOutage);
    }

    /**
     * Returns true if no service answers: all that were ever asked are in an outage. Names with one
     * rate limit group are one service.
     */
    public boolean isDown() {
        return targets.isDown();
    }

    /** Returns the names whose messages wait for a consumer route. */
    public SortedSet<String> unconsumed() {
        return targets.names(target -> !target.hasConsumer() && target.pending() > 0);
    }

    /** Returns all names that have routes or messages. */
    public SortedSet<String> names() {
        return targets.names(target -> true);
    }

    /** Returns the sums over all names. */
    public DeliveryStatistics statistics() {
        return DeliveryStatistics.sum(statisticsByName().values());
    }

    /** Returns the statistics of a name; null if it has neither routes nor messages. */
    public DeliveryStatistics statistics(String name) {
        DeliveryTarget target = targets.find(name);
        return target == null ? null : DeliveryStatistics.of(target);
    }

    /** Returns why a name is in an outage; null if it is in none. */
    public String outageReason(String name) {
        DeliveryTarget target = targets.find(name);
        return target == null ? null : target.policy().outageReason();
    }

    /** Returns the statistics of each name that routes use, or that has messages. */
    public SortedMap<String, DeliveryStatistics> statisticsByName() {
        SortedMap<String, DeliveryStatistics> all = new TreeMap<>();
        targets.all().forEach(target -> all.put(target.name(), DeliveryStatistics.of(target)));
        return all;
    }
}
