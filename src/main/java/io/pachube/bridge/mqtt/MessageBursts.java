package io.pachube.bridge.mqtt;

import io.pachube.bridge.mqtt.paho.BurstListener;

import java.util.function.BooleanSupplier;

/** Tells which messages a client has read at once. Thread safe. */
final class MessageBursts implements BurstListener {

    private final BooleanSupplier isBacklogged;
    private volatile Runnable begin = () -> {};
    private volatile Runnable end = () -> {};

    MessageBursts(BooleanSupplier isBacklogged) {
        this.isBacklogged = isBacklogged;
    }

    /** Sets the callbacks before and after the messages that were read at once are dispatched. */
    void set(Runnable begin, Runnable end) {
        this.begin = begin;
        this.end = end;
    }

    @Override
    public boolean isBacklogged() {
        return isBacklogged.getAsBoolean();
    }

    @Override
    public void onBegin() {
        begin.run();
    }

    @Override
    public void onEnd() {
        end.run();
    }
}
