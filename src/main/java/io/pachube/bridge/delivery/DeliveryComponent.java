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

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
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

    /** Attempts in flight at the shutdown have this long to end. */
    private static final long LAST_ATTEMPTS_SECONDS = 4;

    @Metadata(description = "The defaults of the options of all endpoints.")
    private DeliveryConfiguration configuration = new DeliveryConfiguration();

    private DeliveryListener listener = new DeliveryListener() {};
    private Predicate<Throwable> localFailure = failure -> false;
    private Predicate<Exchange> withdrawn = exchange -> false;
    private Function<Exchange, String> defaultOrderingKey = exchange -> null;

    private record Used(DeliveryTarget target, int users) {}

    private final Map<String, Used> targets = new TreeMap<>();
    private final Map<String, AccountRateLimiter> limiters = new ConcurrentHashMap<>();
    private final Collection<DeliveryHttpClient> clients = new CopyOnWriteArrayList<>();
    private ScheduledExecutorService scheduler;

    /** Before Camel waits for exchanges in flight. */
    private final LifecycleStrategy shutdown =
            new LifecycleStrategySupport() {
                @Override
                public void onContextStopping(CamelContext context) {
                    beginShutdown();
                    scheduler.schedule(
                            DeliveryComponent.this::cancelAttempts,
                            LAST_ATTEMPTS_SECONDS,
                            TimeUnit.SECONDS);
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
        List<DeliveryTarget> stopped = targets();
        stopped.forEach(DeliveryTarget::beginShutdown);
        stopped.forEach(DeliveryTarget::shutdown);
        synchronized (targets) {
            targets.clear();
        }
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
            targets().forEach(target -> target.tick(now));
            removeUnused();
        } catch (Throwable e) { // the executor would not call again
            LOG.error("Checking the deliveries failed; the check is repeated", e);
        }
    }

    /** A route may have been removed while its messages were pending. */
    private void removeUnused() {
        List<DeliveryTarget> unused = new ArrayList<>();
        synchronized (targets) {
            targets.values()
                    .removeIf(
                            used -> {
                                boolean isUnused = used.users == 0 && used.target.pending() == 0;
                                if (isUnused) {
                                    unused.add(used.target);
                                }
                                return isUnused;
                            });
        }
        unused.forEach(DeliveryTarget::shutdown);
    }

    /** Revokes all messages that wait; {@link #cancelAttempts} and the stop follow. */
    public void beginShutdown() {
        targets().forEach(DeliveryTarget::beginShutdown);
    }

    /** Cancels the attempts that are in flight; their messages are revoked. */
    public void cancelAttempts() {
        targets().forEach(DeliveryTarget::cancelAll);
    }

    /** Revokes the messages that routes have handed over, because these are replaced. */
    public void revokeFrom(Collection<String> routeIds) {
        targets().forEach(target -> target.revokeFrom(routeIds));
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
        synchronized (targets) {
            Used used = targets.get(name);
            DeliveryTarget target =
                    used == null
                            ? new DeliveryTarget(this, name, configuration.copy())
                            : used.target;
            targets.put(name, new Used(target, used == null ? 1 : used.users + 1));
            return target;
        }
    }

    /** A name without route and message leaves nothing behind. */
    void release(DeliveryTarget target) {
        synchronized (targets) {
            Used used = targets.get(target.name());
            if (used == null || used.target != target) {
                return;
            }
            if (used.users > 1 || target.pending() > 0) {
                targets.put(target.name(), new Used(target, Math.max(0, used.users - 1)));
                return;
            }
            targets.remove(target.name());
        }
        target.shutdown();
    }

    private List<DeliveryTarget> targets() {
        synchronized (targets) {
            return targets.values().stream().map(Used::target).toList();
        }
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
            targets().forEach(DeliveryTarget::uncork);
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
        return names(DeliveryTarget::isOutage);
    }

    /**
     * Returns true if no service answers: all that were ever asked are in an outage. Names with one
     * rate limit group are one service.
     */
    public boolean isDown() {
        Set<String> down = new HashSet<>();
        Set<String> used = new HashSet<>();
        for (DeliveryTarget target : targets()) {
            if (target.isOutage()) {
                down.add(target.service());
            }
            if (target.hasAnswered()) {
                used.add(target.service());
            }
        }
        return !down.isEmpty() && down.containsAll(used);
    }

    /** Returns the names whose messages wait for a consumer route. */
    public SortedSet<String> unconsumed() {
        return names(target -> !target.hasConsumer() && target.pending() > 0);
    }

    /** Returns all names that have routes or messages. */
    public SortedSet<String> names() {
        return names(target -> true);
    }

    private SortedSet<String> names(Predicate<DeliveryTarget> which) {
        SortedSet<String> names = new TreeSet<>();
        targets().stream().filter(which).map(DeliveryTarget::name).forEach(names::add);
        return names;
    }

    /** Returns the sums over all names. */
    public DeliveryStatistics statistics() {
        return DeliveryStatistics.sum(statisticsByName().values());
    }

    /** Returns the statistics of a name; null if it has neither routes nor messages. */
    public DeliveryStatistics statistics(String name) {
        Used used;
        synchronized (targets) {
            used = targets.get(name);
        }
        return used == null ? null : DeliveryStatistics.of(used.target);
    }

    /** Returns why a name is in an outage; null if it is in none. */
    public String outageReason(String name) {
        Used used;
        synchronized (targets) {
            used = targets.get(name);
        }
        return used == null ? null : used.target.outageReason();
    }

    /** Returns the statistics of each name that routes use, or that has messages. */
    public SortedMap<String, DeliveryStatistics> statisticsByName() {
        SortedMap<String, DeliveryStatistics> all = new TreeMap<>();
        targets().forEach(target -> all.put(target.name(), DeliveryStatistics.of(target)));
        return all;
    }
}
