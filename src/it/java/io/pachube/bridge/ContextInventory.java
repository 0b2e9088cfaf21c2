package io.pachube.bridge;

import io.micrometer.core.instrument.MeterRegistry;

import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteDefinition;

import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

import javax.management.ObjectName;

/** What there is in a Camel context, by name, to be compared with what there was before. */
final class ContextInventory {

    private ContextInventory() {}

    static Map<String, Set<String>> of(CamelContext context) throws Exception {
        Model model = context.getCamelContextExtension().getContextPlugin(Model.class);
        HealthCheckRegistry checks = HealthCheckRegistry.get(context);
        Map<String, Set<String>> all = new TreeMap<>();
        all.put("routes", names(context.getRoutes(), Route::getId));
        all.put("route definitions", names(model.getRouteDefinitions(), RouteDefinition::getId));
        all.put(
                "configurations",
                names(model.getRouteConfigurationDefinitions(), r -> "" + r.getId()));
        all.put("components", new TreeSet<>(context.getComponentNames()));
        all.put("endpoints", names(context.getEndpoints(), e -> e.getEndpointUri()));
        all.put(
                "beans",
                new TreeSet<>(context.getRegistry().findByTypeWithName(Object.class).keySet()));
        all.put(
                "settings",
                names(
                        context.getPropertiesComponent().getPropertiesSources(),
                        source -> source.getName()));
        all.put("listeners", names(context.getLifecycleStrategies(), l -> l.getClass().getName()));
        all.put("health", names(checks.stream().toList(), check -> check.getId()));
        all.put(
                "meters",
                context.getRegistry().findByType(MeterRegistry.class).stream()
                        .flatMap(registry -> registry.getMeters().stream())
                        .map(meter -> meter.getId().getName())
                        .collect(Collectors.toCollection(TreeSet::new)));
        all.put(
                "JMX",
                names(
                        ManagementFactory.getPlatformMBeanServer()
                                .queryNames(
                                        new ObjectName(
                                                "org.apache.camel:context="
                                                        + context.getManagementName()
                                                        + ",*"),
                                        null),
                        ObjectName::toString));
        // Camel's own, of any bean step; it stays with the context
        all.get("JMX").removeIf(name -> name.endsWith("name=DefaultBeanProcessorFactory"));
        return all;
    }

    /** The bridge's threads: its own, and those of its MQTT clients. */
    static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains("pachube-") && !name.startsWith("sandbox-"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static <T> Set<String> names(Collection<T> things, Function<T, String> name) {
        return things.stream().map(name).collect(Collectors.toCollection(TreeSet::new));
    }
}
