package io.pachube.bridge;

import io.pachube.bridge.routes.RouteIsolation;

import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.Endpoint;
import org.apache.camel.Processor;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.model.Model;
import org.apache.camel.support.DefaultComponent;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/** Adds the bridge's parts to a Camel context, and removes them when the bridge is closed. */
final class ContextRegistrar {

    private final CamelContext context;
    private final boolean ownsContext;
    private final CleanupStack registrations;

    /**
     * @param ownsContext true if the bridge's components have their plain names
     */
    ContextRegistrar(CamelContext context, boolean ownsContext, CleanupStack registrations) {
        this.context = context;
        this.ownsContext = ownsContext;
        this.registrations = registrations;
    }

    /** Lets the components that Camel creates for the bridge's routes be removed, if unused. */
    void removeUnusedOnCleanup() {
        Set<String> before = Set.copyOf(context.getComponentNames());
        registrations.push(() -> removeUnused(before));
    }

    private void removeUnused(Set<String> before) {
        Set<Component> used = new HashSet<>();
        for (Endpoint endpoint : context.getEndpoints()) {
            used.add(endpoint.getComponent());
        }
        for (String name : Set.copyOf(context.getComponentNames())) {
            if (!before.contains(name) && !used.contains(context.hasComponent(name))) {
                context.removeComponent(name);
            }
        }
    }

    CamelContext context() {
        return context;
    }

    boolean ownsContext() {
        return ownsContext;
    }

    /** Returns the name of the bridge's component for a scheme. */
    String componentName(String scheme) {
        return ownsContext ? scheme : RouteIsolation.PREFIX + scheme;
    }

    /** Forgets the registrations: they end with the context. */
    void clear() {
        registrations.clear();
    }

    void onCleanup(CleanupStack.Cleanup cleanup) {
        registrations.push(cleanup);
    }

    void bind(String name, Object bean) {
        context.getRegistry().bind(name, bean);
        registrations.push(() -> context.getRegistry().unbind(name));
    }

    void bind(String name, Processor step) {
        bind(name, (Object) step);
    }

    void addComponent(String name, DefaultComponent component) {
        component.setAutowiredEnabled(false);
        context.addComponent(name, component);
        registrations.push(() -> context.removeComponent(name));
    }

    void addConfigurations(RouteConfigurationBuilder configurations) throws Exception {
        Model model = context.getCamelContextExtension().getContextPlugin(Model.class);
        // its remove method gives an id to those of the host that have none, so that they end to
        // apply
        registrations.push(
                () ->
                        model.getRouteConfigurationDefinitions()
                                .removeAll(
                                        configurations
                                                .getRouteConfigurationCollection()
                                                .getRouteConfigurations()));
        configurations.addRouteConfigurationsToCamelContext(context);
    }

    ThreadFactory threadFactory(String name) {
        return task -> context.getExecutorServiceManager().newThread("pachube-" + name, task);
    }
}
