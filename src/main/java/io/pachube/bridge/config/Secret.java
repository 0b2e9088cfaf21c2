package io.pachube.bridge.config;

/** Holds a secret that no text shows. */
public record Secret(String value) {

    @Override
    public String toString() {
        return "***";
    }
}
