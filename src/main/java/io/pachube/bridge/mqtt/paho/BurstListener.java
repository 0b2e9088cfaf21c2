package io.pachube.bridge.mqtt.paho;

/** Learns which messages were read at once. Called on the thread that reads; must not wait. */
public interface BurstListener {

    /** Returns true if one more message would only wait. */
    boolean isBacklogged();

    /** Called before the messages of a burst are dispatched. */
    default void onBegin() {}

    /** Called after all of them were dispatched. */
    default void onEnd() {}
}
