package io.pachube.sandbox;

import io.pachube.bridge.SandboxProvider;

/** Creates a {@link Sandbox}. */
public final class EmbeddedSandboxProvider implements SandboxProvider {

    @Override
    public Services create(Options options) {
        return new Sandbox(options);
    }
}
