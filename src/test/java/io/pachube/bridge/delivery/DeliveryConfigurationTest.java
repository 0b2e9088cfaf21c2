package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.CamelContext;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class DeliveryConfigurationTest {

    private final CamelContext context = new DefaultCamelContext();

    @AfterEach
    void stop() throws Exception {
        context.close();
    }

    private DeliveryConfiguration options(String query) {
        return context.getEndpoint("delivery:x" + query, DeliveryEndpoint.class).getConfiguration();
    }

    @Test
    void allOptionsAreSetByTheUri() {
        DeliveryConfiguration options =
                options(
                        "?orderingKey=${header.k}&account=${variable.a}&timeout=7s"
                                + "&maxConcurrentRequests=5&batchKey=${header.b}&batchSize=6"
                                + "&batchFormat=rows&retryOnStatus=5xx,429&retryExceptStatus=501"
                                + "&retryMaxAttemptsForbidden=2&retryInitialDelay=20ms"
                                + "&retryMaxDelay=3s&retryMaxRetryAfter=2m&retryTimeout=5m"
                                + "&minRequestInterval=250ms&rateLimitGroup=g&requestTimeout=4s"
                                + "&attemptTimeout=9s&maxResponseBytes=1000");
        assertEquals("${header.k}", options.getOrderingKey());
        assertEquals("${variable.a}", options.getAccount());
        assertEquals(7_000, options.getTimeout());
        assertEquals(5, options.getMaxConcurrentRequests());
        assertEquals("${header.b}", options.getBatchKey());
        assertEquals(6, options.getBatchSize());
        assertEquals("rows", options.getBatchFormat());
        assertEquals("g", options.getRateLimitGroup());
        assertEquals(250, options.getMinRequestInterval());
        assertEquals(4_000, options.getRequestTimeout());
        assertEquals(9_000, options.getAttemptTimeout());
        assertEquals(1_000, options.getMaxResponseBytes());
        RetrySettings retry = options.retrySettings();
        assertTrue(retry.retryOn().contains(503));
        assertFalse(retry.retryOn().contains(408));
        assertTrue(retry.rejectOn().contains(501));
        assertEquals(2, retry.maxAttemptsForbidden());
        assertEquals(Duration.ofMillis(20), retry.initialDelay());
        assertEquals(Duration.ofSeconds(3), retry.maxDelay());
        assertEquals(Duration.ofMinutes(2), retry.maxRetryAfter());
        assertEquals(Duration.ofMinutes(5), retry.timeout());
        assertEquals(Duration.ofSeconds(4), retry.requestTimeout());
    }

    @Test
    void theComponentHasTheDefaults() {
        DeliveryConfiguration defaults = new DeliveryConfiguration();
        defaults.setBatchSize(9);
        defaults.setRetryTimeout(1_000);
        context.getComponent("delivery", DeliveryComponent.class).setConfiguration(defaults);
        DeliveryConfiguration options = options("?batchSize=3");
        assertEquals(3, options.getBatchSize());
        assertEquals(Duration.ofSeconds(1), options.retrySettings().timeout());
        assertEquals(9, defaults.getBatchSize(), "an endpoint's options are its own");
    }

    @Test
    void theDefaultsAreValid() {
        assertDoesNotThrow(() -> new DeliveryConfiguration().validate());
    }

    @ParameterizedTest
    @CsvSource({
        "maxConcurrentRequests, 0",
        "maxConcurrentRequests, 10001",
        "batchSize, 0",
        "batchSize, 10001",
        "retryMaxAttemptsForbidden, 0",
        "retryInitialDelay, 0",
        "retryInitialDelay, 15001",
        "retryMaxDelay, 0",
        "retryMaxDelay, 9223372036854775807",
        "retryMaxRetryAfter, -1",
        "retryMaxRetryAfter, 9223372036854",
        "retryTimeout, -1",
        "retryTimeout, 9223372036854",
        "minRequestInterval, -1",
        "minRequestInterval, 9223372036854775807",
        "requestTimeout, 0",
        "attemptTimeout, 0",
        "maxResponseBytes, -1",
        "timeout, -1",
        "timeout, 9223372036854775807",
    })
    void anOptionOutOfItsRangeIsNamedWithItsValue(String option, String value) {
        Exception thrown =
                assertThrows(
                        ResolveEndpointFailedException.class,
                        () -> options("?" + option + "=" + value));
        String text = thrown.getCause().getMessage();
        // the shorter of two delays is the one that is wrong
        assertTrue(text.startsWith("delivery:x: retry") || text.contains(option), text);
        assertTrue(text.contains(value) || option.equals("retryMaxDelay"), text);
        assertTrue(text.contains("expected"), text);
    }

    @ParameterizedTest
    @CsvSource({"retryOnStatus, 5xy", "retryOnStatus, 42", "retryExceptStatus, 504-500"})
    void aStatusListThatIsNoneIsNamed(String option, String value) {
        Exception thrown =
                assertThrows(
                        ResolveEndpointFailedException.class,
                        () -> options("?" + option + "=" + value));
        String text = thrown.getCause().getMessage();
        assertTrue(text.contains(option) && text.contains("'" + value + "'"), text);
    }

    @Test
    void anUnknownOptionIsRefused() {
        assertThrows(ResolveEndpointFailedException.class, () -> options("?batchSise=3"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "a b", "ä"})
    void aNameHasLettersDigitsAndSomeSigns(String name) {
        assertThrows(
                ResolveEndpointFailedException.class,
                () -> context.getEndpoint("delivery:" + name));
    }
}
