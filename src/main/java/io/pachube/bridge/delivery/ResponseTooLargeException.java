package io.pachube.bridge.delivery;

import java.io.IOException;

/** Fails a request whose answer exceeds {@code maxResponseBytes}. */
public final class ResponseTooLargeException extends IOException {

    ResponseTooLargeException(long limit) {
        super("The answer is larger than maxResponseBytes (" + limit + " bytes)");
    }
}
