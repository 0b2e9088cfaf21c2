package io.pachube.bridge.delivery;

import org.apache.camel.CamelException;

/**
 * Ends a message that was taken back before it was delivered: its route is replaced, or the bridge
 * shuts down. There is no error report: the broker sends the message again.
 */
public final class MessageRevokedException extends CamelException {

    MessageRevokedException(String name) {
        super("delivery:" + name + " returned the message to its source");
    }
}
