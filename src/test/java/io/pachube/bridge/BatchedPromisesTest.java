package io.pachube.bridge;

/** The same with batches. */
class BatchedPromisesTest extends PromisesTest {

    @Override
    String batchSize() {
        return "500";
    }
}
