package io.pachube.bridge.routes;

import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.model.DynamicRouterDefinition;
import org.apache.camel.model.EnrichDefinition;
import org.apache.camel.model.ExpressionNode;
import org.apache.camel.model.FromDefinition;
import org.apache.camel.model.InterceptFromDefinition;
import org.apache.camel.model.PollDefinition;
import org.apache.camel.model.PollEnrichDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RecipientListDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.RoutesDefinition;
import org.apache.camel.model.RoutingSlipDefinition;
import org.apache.camel.model.SendDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.model.errorhandler.DeadLetterChannelDefinition;
import org.apache.camel.model.language.ExpressionDefinition;
import org.apache.camel.support.ObjectHelper;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Lets the routes of a file use the bridge's own components in the context of a host: an address
 * {@code paho:…} becomes {@code pachube-paho:…}, {@code https://…} becomes {@code
 * pachube-http:https://…}. Other schemes are the host's.
 *
 * <p>An address that is computed for each exchange (recipientList, routingSlip, dynamicRouter,
 * enrich, pollEnrich) is rewritten when it is computed. One of toD and wireTap must begin with its
 * scheme.
 */
public final class RouteIsolation {

    /** In front of the name of each component of the bridge. */
    public static final String PREFIX = "pachube-";

    /** The prefix of an address, by its scheme. */
    private static final Map<String, String> PREFIXES =
            Map.of(
                    "paho", PREFIX,
                    "jetty", PREFIX,
                    "timer", PREFIX,
                    "http", PREFIX + "http:",
                    "https", PREFIX + "http:");

    private final CamelContext context;
    private final String file;

    RouteIsolation(CamelContext context, String file) {
        this.context = context;
        this.file = file;
    }

    /**
     * Rewrites all addresses of a file.
     *
     * @throws RouteFileException if one cannot be rewritten
     */
    void apply(RoutesDefinition routes) throws RouteFileException {
        if (!routes.getInterceptSendTos().isEmpty()) {
            throw new RouteFileException(
                    file,
                    routes.getInterceptSendTos().get(0).getLineNumber(),
                    "interceptSendToEndpoint would take the host's exchanges, too",
                    null);
        }
        if (routes.getErrorHandlerFactory() instanceof DeadLetterChannelDefinition channel) {
            rewrite(channel.getDeadLetterUri(), channel::setDeadLetterUri);
        }
        List<ProcessorDefinition<?>> steps = new ArrayList<>();
        steps.addAll(routes.getOnExceptions());
        steps.addAll(routes.getOnCompletions());
        steps.addAll(routes.getIntercepts());
        steps.addAll(routes.getInterceptFroms());
        for (RouteDefinition route : routes.getRoutes()) {
            FromDefinition from = route.getInput();
            rewrite(from.getEndpointUri(), from::setUri);
            steps.addAll(route.getOutputs());
        }
        for (Object step :
                ProcessorDefinitionHelper.filterTypeInOutputs(steps, ProcessorDefinition.class)) {
            apply((ProcessorDefinition<?>) step);
        }
    }

    private void apply(ProcessorDefinition<?> step) throws RouteFileException {
        if (step instanceof SendDefinition<?> send) {
            rewrite(send.getUri(), send::setUri);
        } else if (step instanceof PollDefinition poll) {
            rewrite(poll.getUri(), poll::setUri);
        } else if (step instanceof InterceptFromDefinition intercept) {
            rewrite(intercept.getUri(), intercept::setUri);
        } else if (step instanceof ToDynamicDefinition dynamic) {
            checkScheme(dynamic);
            rewrite(dynamic.getUri(), dynamic::setUri);
        } else if (step instanceof RecipientListDefinition<?> list) {
            rewriteComputed(list, list.getDelimiter());
        } else if (step instanceof RoutingSlipDefinition<?> slip) {
            rewriteComputed(slip, slip.getUriDelimiter());
        } else if (step instanceof DynamicRouterDefinition<?> router) {
            rewriteComputed(router, router.getUriDelimiter());
        } else if (step instanceof EnrichDefinition || step instanceof PollEnrichDefinition) {
            rewriteComputed((ExpressionNode) step, "false");
        }
    }

    private void checkScheme(ToDynamicDefinition step) throws RouteFileException {
        String scheme = EndpointUris.scheme(context, step.getUri());
        if (scheme.contains("$") || scheme.endsWith("language")) {
            throw new RouteFileException(
                    file,
                    step.getLineNumber(),
                    "the address '%s' must begin with its scheme, such as http: or paho:, so that it is"
                                    .formatted(step.getUri())
                            + " the bridge's component and not the host's; or use recipientList",
                    null);
        }
    }

    private void rewrite(String uri, Consumer<String> setter) {
        if (uri != null && PREFIXES.containsKey(EndpointUris.scheme(context, uri))) {
            setter.accept(isolate(context, uri));
        }
    }

    private static String isolate(CamelContext context, String uri) {
        return PREFIXES.getOrDefault(EndpointUris.scheme(context, uri), "") + uri.strip();
    }

    private static void rewriteComputed(ExpressionNode step, String delimiter) {
        ExpressionDefinition addresses = step.getExpression();
        if (!(addresses.getExpressionValue() instanceof IsolatedAddresses)) {
            step.setExpression(
                    new ExpressionDefinition(
                            new IsolatedAddresses(addresses, delimiter == null ? "," : delimiter)));
        }
    }

    /** Rewrites the addresses that an expression yields. Thread safe. */
    private static final class IsolatedAddresses implements Expression {
        private final ExpressionDefinition definition;
        private final String delimiter;
        private volatile Expression expression;

        IsolatedAddresses(ExpressionDefinition definition, String delimiter) {
            this.definition = definition;
            this.delimiter = delimiter;
        }

        @Override
        public void init(CamelContext context) {
            expression = definition.createExpression(context);
        }

        @Override
        public <T> T evaluate(Exchange exchange, Class<T> type) {
            Object addresses = expression.evaluate(exchange, Object.class);
            return exchange.getContext()
                    .getTypeConverter()
                    .convertTo(type, exchange, rewrite(exchange.getContext(), addresses));
        }

        private Object rewrite(CamelContext context, Object addresses) {
            if (addresses == null || addresses instanceof Endpoint) {
                return addresses;
            }
            if (addresses instanceof String one && delimiter.equals("false")) {
                return isolate(context, one);
            }
            Iterator<?> each = ObjectHelper.createIterator(addresses, delimiter);
            List<Object> rewritten = new ArrayList<>();
            while (each.hasNext()) {
                Object next = each.next();
                rewritten.add(next instanceof String uri ? isolate(context, uri) : next);
            }
            return addresses instanceof String
                    ? String.join(delimiter, strings(rewritten))
                    : rewritten;
        }

        private static List<String> strings(List<Object> addresses) {
            return addresses.stream().map(String::valueOf).toList();
        }
    }
}
