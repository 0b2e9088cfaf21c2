package io.pachube.bridge.trigger;

import org.apache.camel.Exchange;

/**
 * The steps of reconciling that concern history subscriptions: each trigger with a history has one.
 */
public interface TriggerSubscriptions {

    /**
     * Reads the commands that are the body, or those of the mirror that is to be discovered; stops
     * the exchange if that mirror has ended.
     */
    void readCommands(Exchange exchange) throws Exception;

    /** The body becomes the tasks that start and end history subscriptions. */
    void planTasks(Exchange exchange) throws Exception;

    /** Sets the variable {@code orderingKey} for the task that is the body. */
    void selectTask(Exchange exchange) throws Exception;
}
