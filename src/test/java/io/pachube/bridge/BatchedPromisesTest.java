package io.pachube.bridge;

/** The same with {@code delivery.batch=feed}. */
class BatchedPromisesTest extends PromisesTest {

    @Override
    String batch() {
        return "feed";
    }
}
