package io.pachube.bridge;

import org.junit.jupiter.api.Tag;

/** The same with {@code delivery.batch=feed}. */
@Tag("slow")
class BatchedPromisesIT extends PromisesIT {

    @Override
    String batch() {
        return "feed";
    }
}
