package io.pachube.bridge.delivery;

import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The options of a {@code delivery:} endpoint. */
@UriParams
public class DeliveryConfiguration implements Cloneable {

    /** HTTP statuses that are retried by default. */
    public static final String DEFAULT_RETRY_ON_STATUS = "403,408,425,429,5xx";

    /** Ten years: sums of such times in nanoseconds do not overflow. */
    private static final long MAX_MILLIS = TimeUnit.DAYS.toMillis(3_652);

    @UriParam(label = "producer")
    @Metadata(
            description =
                    "Simple expression of the ordering key: messages with the same one are delivered"
                            + " one after the other. Default: the variable orderingKey, else the"
                            + " topic that the message came from, else one key for the whole route.")
    private String orderingKey;

    @UriParam(label = "producer")
    @Metadata(
            description =
                    "Simple expression of the account whose rate limit the message's requests keep."
                            + " Default: one account for the whole name.")
    private String account;

    @UriParam(label = "producer", javaType = "java.time.Duration")
    @Metadata(
            description =
                    "How long the producer waits for the delivery; then the message is revoked and"
                            + " the exchange fails. 0 waits without end.")
    private long timeout;

    @UriParam(label = "consumer", defaultValue = "32")
    @Metadata(description = "How many attempts may be in flight at once.")
    private int maxConcurrentRequests = 32;

    @UriParam(label = "consumer")
    @Metadata(
            description =
                    "Simple expression of the batch key: messages with the same one may share a"
                            + " request. Default: the ordering key.")
    private String batchKey;

    @UriParam(label = "consumer", defaultValue = "1")
    @Metadata(description = "How many messages may share one request. 1 disables batches.")
    private int batchSize = 1;

    @UriParam(label = "consumer", defaultValue = "lines")
    @Metadata(
            description =
                    "How messages become the body of one request: lines joins them with newlines;"
                            + " any other name is that of a BatchFormat in the registry.")
    private String batchFormat = "lines";

    @UriParam(label = "consumer", defaultValue = DEFAULT_RETRY_ON_STATUS)
    @Metadata(
            description =
                    "HTTP statuses that are retried, also as ranges (500-504) and classes (5xx)."
                            + " Any other error status rejects the message.")
    private String retryOnStatus = DEFAULT_RETRY_ON_STATUS;

    @UriParam(label = "consumer")
    @Metadata(description = "HTTP statuses that reject the message though retryOnStatus has them.")
    private String retryExceptStatus;

    @UriParam(label = "consumer", defaultValue = "3")
    @Metadata(description = "Attempts before a status 403 rejects the message.")
    private int retryMaxAttemptsForbidden = 3;

    @UriParam(label = "consumer", defaultValue = "500", javaType = "java.time.Duration")
    @Metadata(description = "Delay before the second attempt. It doubles with each attempt.")
    private long retryInitialDelay = 500;

    @UriParam(label = "consumer", defaultValue = "15000", javaType = "java.time.Duration")
    @Metadata(description = "Upper bound of the delay between two attempts.")
    private long retryMaxDelay = 15_000;

    @UriParam(label = "consumer", defaultValue = "60000", javaType = "java.time.Duration")
    @Metadata(description = "Upper bound of the Retry-After of an answer.")
    private long retryMaxRetryAfter = 60_000;

    @UriParam(label = "consumer", defaultValue = "60000", javaType = "java.time.Duration")
    @Metadata(
            description =
                    "How long a message is retried while its target is up. In an outage it is"
                            + " retried without end.")
    private long retryTimeout = 60_000;

    @UriParam(label = "consumer", defaultValue = "0", javaType = "java.time.Duration")
    @Metadata(description = "Minimum interval between two requests of one account. 0 disables it.")
    private long minRequestInterval;

    @UriParam(label = "consumer")
    @Metadata(
            description =
                    "Names with the same group share the rate limits of their accounts. Default:"
                            + " none is shared.")
    private String rateLimitGroup;

    @UriParam(label = "consumer", defaultValue = "10000", javaType = "java.time.Duration")
    @Metadata(
            description = "Time-out of one HTTP request, from connecting to the end of its answer.")
    private long requestTimeout = 10_000;

    @UriParam(label = "consumer", defaultValue = "60000", javaType = "java.time.Duration")
    @Metadata(description = "Time-out of one attempt, that is, of one run of the consumer route.")
    private long attemptTimeout = 60_000;

    @UriParam(label = "consumer", defaultValue = "1048576")
    @Metadata(description = "The largest answer to a request, in bytes, unpacked.")
    private long maxResponseBytes = 1 << 20;

    private transient RetrySettings retrySettings;

    /** Returns a copy that can be changed by itself. */
    public DeliveryConfiguration copy() {
        try {
            DeliveryConfiguration copy = (DeliveryConfiguration) super.clone();
            copy.retrySettings = null;
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new RuntimeCamelException(e);
        }
    }

    /**
     * Checks the options against each other.
     *
     * @throws IllegalArgumentException with the option, its value and what is expected
     */
    void validate() {
        requireRange("maxConcurrentRequests", maxConcurrentRequests, 1, 10_000);
        requireRange("batchSize", batchSize, 1, 10_000);
        requireRange("retryMaxAttemptsForbidden", retryMaxAttemptsForbidden, 1, 1_000);
        requireRange("timeout", timeout, 0, MAX_MILLIS);
        requireRange("retryMaxDelay", retryMaxDelay, 1, MAX_MILLIS);
        requireRange("retryInitialDelay", retryInitialDelay, 1, retryMaxDelay);
        requireRange("requestTimeout", requestTimeout, 1, Integer.MAX_VALUE);
        requireRange("attemptTimeout", attemptTimeout, 1, Integer.MAX_VALUE);
        requireRange("retryTimeout", retryTimeout, 0, MAX_MILLIS);
        requireRange("retryMaxRetryAfter", retryMaxRetryAfter, 0, MAX_MILLIS);
        requireRange("minRequestInterval", minRequestInterval, 0, MAX_MILLIS);
        requireRange("maxResponseBytes", maxResponseBytes, 0, Integer.MAX_VALUE);
        retrySettings();
    }

    private static void requireRange(String option, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    option + " is " + value + ", expected " + min + " to " + max);
        }
    }

    /** Returns the service, which all names of one rate limit group share. */
    String service(String name) {
        return rateLimitGroup == null ? name : rateLimitGroup;
    }

    synchronized RetrySettings retrySettings() {
        if (retrySettings == null) {
            retrySettings =
                    new RetrySettings(
                            statuses("retryOnStatus", retryOnStatus),
                            statuses("retryExceptStatus", retryExceptStatus),
                            retryMaxAttemptsForbidden,
                            Duration.ofMillis(retryInitialDelay),
                            Duration.ofMillis(retryMaxDelay),
                            Duration.ofMillis(retryMaxRetryAfter),
                            Duration.ofMillis(retryTimeout),
                            Duration.ofMillis(requestTimeout));
        }
        return retrySettings;
    }

    private static HttpStatusSet statuses(String option, String text) {
        try {
            return HttpStatusSet.parse(text == null ? "" : text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
    }

    long requestTimeoutNanos() {
        return TimeUnit.MILLISECONDS.toNanos(requestTimeout);
    }

    long attemptTimeoutNanos() {
        return TimeUnit.MILLISECONDS.toNanos(attemptTimeout);
    }

    long minRequestIntervalNanos() {
        return TimeUnit.MILLISECONDS.toNanos(minRequestInterval);
    }

    public String getOrderingKey() {
        return orderingKey;
    }

    public void setOrderingKey(String orderingKey) {
        this.orderingKey = orderingKey;
    }

    public String getAccount() {
        return account;
    }

    public void setAccount(String account) {
        this.account = account;
    }

    public long getTimeout() {
        return timeout;
    }

    public void setTimeout(long timeout) {
        this.timeout = timeout;
    }

    public int getMaxConcurrentRequests() {
        return maxConcurrentRequests;
    }

    public void setMaxConcurrentRequests(int maxConcurrentRequests) {
        this.maxConcurrentRequests = maxConcurrentRequests;
    }

    public String getBatchKey() {
        return batchKey;
    }

    public void setBatchKey(String batchKey) {
        this.batchKey = batchKey;
    }

    public int getBatchSize() {
        return batchSize;
    }

    public void setBatchSize(int batchSize) {
        this.batchSize = batchSize;
    }

    public String getBatchFormat() {
        return batchFormat;
    }

    public void setBatchFormat(String batchFormat) {
        this.batchFormat = batchFormat;
    }

    public String getRetryOnStatus() {
        return retryOnStatus;
    }

    public void setRetryOnStatus(String retryOnStatus) {
        this.retryOnStatus = retryOnStatus;
    }

    public String getRetryExceptStatus() {
        return retryExceptStatus;
    }

    public void setRetryExceptStatus(String retryExceptStatus) {
        this.retryExceptStatus = retryExceptStatus;
    }

    public int getRetryMaxAttemptsForbidden() {
        return retryMaxAttemptsForbidden;
    }

    public void setRetryMaxAttemptsForbidden(int retryMaxAttemptsForbidden) {
        this.retryMaxAttemptsForbidden = retryMaxAttemptsForbidden;
    }

    public long getRetryInitialDelay() {
        return retryInitialDelay;
    }

    public void setRetryInitialDelay(long retryInitialDelay) {
        this.retryInitialDelay = retryInitialDelay;
    }

    public long getRetryMaxDelay() {
        return retryMaxDelay;
    }

    public void setRetryMaxDelay(long retryMaxDelay) {
        this.retryMaxDelay = retryMaxDelay;
    }

    public long getRetryMaxRetryAfter() {
        return retryMaxRetryAfter;
    }

    public void setRetryMaxRetryAfter(long retryMaxRetryAfter) {
        this.retryMaxRetryAfter = retryMaxRetryAfter;
    }

    public long getRetryTimeout() {
        return retryTimeout;
    }

    public void setRetryTimeout(long retryTimeout) {
        this.retryTimeout = retryTimeout;
    }

    public long getMinRequestInterval() {
        return minRequestInterval;
    }

    public void setMinRequestInterval(long minRequestInterval) {
        this.minRequestInterval = minRequestInterval;
    }

    public String getRateLimitGroup() {
        return rateLimitGroup;
    }

    public void setRateLimitGroup(String rateLimitGroup) {
        this.rateLimitGroup = rateLimitGroup;
    }

    public long getRequestTimeout() {
        return requestTimeout;
    }

    public void setRequestTimeout(long requestTimeout) {
        this.requestTimeout = requestTimeout;
    }

    public long getAttemptTimeout() {
        return attemptTimeout;
    }

    public void setAttemptTimeout(long attemptTimeout) {
        this.attemptTimeout = attemptTimeout;
    }

    public long getMaxResponseBytes() {
        return maxResponseBytes;
    }

    public void setMaxResponseBytes(long maxResponseBytes) {
        this.maxResponseBytes = maxResponseBytes;
    }
}
