package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.catalog.DefaultCamelCatalog;
import org.apache.camel.catalog.EndpointValidationResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The component as tools see it: Camel's catalog, with the JSON that the build generates. */
class DeliveryCatalogTest {

    private static final String JSON = "/META-INF/io/pachube/bridge/delivery/delivery.json";

    private final DefaultCamelCatalog catalog = new DefaultCamelCatalog();

    DeliveryCatalogTest() throws IOException {
        try (InputStream in = DeliveryCatalogTest.class.getResourceAsStream(JSON)) {
            catalog.addComponent(
                    "delivery",
                    DeliveryComponent.class.getName(),
                    new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private EndpointValidationResult validate(String uri) {
        return catalog.validateEndpointProperties(uri);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "delivery:pachube",
                "delivery:pachube?account=${variable.key}&orderingKey=${variable.orderingKey}",
                "delivery:pachube?batchSize={{pachube.batch-size}}&batchFormat=pachubeFeedRows",
                "delivery:x?retryTimeout=1m&requestTimeout=5s&maxConcurrentRequests=4"
            })
    void aRightEndpointIsValid(String uri) {
        EndpointValidationResult result = validate(uri);
        assertTrue(result.isSuccess(), () -> result.summaryErrorMessage(true));
        assertEquals(null, result.getUnknownComponent());
    }

    @Test
    void aMisspeltOptionIsNamed() {
        EndpointValidationResult result = validate("delivery:pachube?batchSise=5");
        assertFalse(result.isSuccess());
        assertEquals(Set.of("batchSise"), result.getUnknown());
    }

    @Test
    void aValueOfAnotherTypeIsNamed() {
        assertFalse(validate("delivery:pachube?batchSize=many").isSuccess());
    }

    /** camel-package-maven-plugin writes them when it compiles; they are committed. */
    @Test
    void theGeneratedFilesAreThoseOfTheAnnotations() throws IOException {
        for (String file :
                List.of(
                        "META-INF/services/org/apache/camel/component/delivery",
                        "META-INF/services/org/apache/camel/configurer/delivery-endpoint")) {
            assertTrue(
                    Files.exists(Path.of("src/generated/resources", file)),
                    "not generated: " + file);
        }
    }
}
