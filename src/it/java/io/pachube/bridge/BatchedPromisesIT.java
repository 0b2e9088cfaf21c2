package io.pachube.bridge;

/** The same with {@code delivery.batch=feed}. */
class BatchedPromisesIT extends PromisesIT {

    @Override
    String batch() {
        return "feed";
    }
}
