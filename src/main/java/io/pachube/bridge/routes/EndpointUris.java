package io.pachube.bridge.routes;

import org.apache.camel.CamelContext;
import org.apache.camel.Component;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.support.EndpointHelper;
import org.apache.camel.util.StringHelper;
import org.apache.camel.util.URISupport;

/** Finds the component of an endpoint URI by its scheme, as Camel does. */
public final class EndpointUris {

    private EndpointUris() {}

    /** Returns the scheme of a URI, which may begin with a property placeholder. */
    public static String scheme(CamelContext context, String uri) {
        String resolved = resolve(context, uri);
        return StringHelper.before(StringHelper.before(resolved, "?", resolved), ":", resolved);
    }

    /** Returns the URI without placeholders; unchanged if one has no value. */
    static String resolve(CamelContext context, String uri) {
        String line = URISupport.textBlockToSingleLine(uri).strip();
        try {
            return EndpointHelper.resolveEndpointUriPropertyPlaceholders(context, line);
        } catch (ResolveEndpointFailedException e) {
            return line; // Camel names the placeholder when it creates the endpoint
        }
    }

    /** Returns true if the endpoint is one of a component of this type. */
    static boolean isOf(Class<? extends Component> type, CamelContext context, String uri) {
        return type.isInstance(context.hasComponent(scheme(context, uri)));
    }
}
