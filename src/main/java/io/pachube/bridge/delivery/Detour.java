package io.pachube.bridge.delivery;

import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Another request that may be made in the place of one that was refused, once for each value.
 * Thread safe.
 */
@FunctionalInterface
public interface Detour {

    /**
     * Asked with the exchange as the request has left it.
     *
     * @param status the answer's
     * @return what makes the exchange, as it came to the step that failed, the other request:
     *     before each further attempt, with a batch too, and must not fail; null: there is none
     */
    Processor of(Exchange exchange, int status);
}
