package io.pachube.bridge.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;

import org.apache.camel.CamelContext;
import org.apache.camel.component.platform.http.main.ManagementHttpServer;
import org.apache.camel.console.DevConsole;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Serves the console on Camel's management server: the page, its files, its data, and the form of
 * the sandbox. Apart from {@link BridgeConsole}, because a host may be without that server.
 */
public final class ConsolePage {

    /** Publishes the value of the sandbox's form. */
    public interface Publisher {

        /**
         * @throws IllegalArgumentException if the environment or the datastream is none
         */
        void publish(String environment, String datastream, String value) throws Exception;
    }

    private static final Logger LOG = LoggerFactory.getLogger(ConsolePage.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MAX_BODY = 8 * 1024;

    /** A page of another site cannot send it without being asked for it first. */
    private static final String FORM_HEADER = "X-Pachube-Console";

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                    + " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final BridgeConsole console;
    private final Publisher publisher;
    private final List<Route> routes = new ArrayList<>();

    /**
     * @param publisher null without a sandbox
     */
    private ConsolePage(BridgeConsole console, Publisher publisher) {
        this.console = console;
        this.publisher = publisher;
    }

    /**
     * Adds the page to the management server of the context, if it has one.
     *
     * @param publisher null without a sandbox
     * @return takes it away
     * @throws NoClassDefFoundError without camel-platform-http-main, or its Vert.x
     */
    public static Runnable serve(CamelContext context, BridgeConsole console, Publisher publisher) {
        ManagementHttpServer server = context.hasService(ManagementHttpServer.class);
        ConsolePage page = new ConsolePage(console, publisher);
        if (server != null && server.getRouter() != null) {
            page.addTo(server.getRouter());
            String host = server.getHost().equals("0.0.0.0") ? "localhost" : server.getHost();
            LOG.info("The console is at http://{}:{}/", host, server.getPort());
        }
        return page::remove;
    }

    private void addTo(Router router) {
        get(router, "/", "text/html", read("index.html"));
        get(router, "/console/console.css", "text/css", read("console.css"));
        get(router, "/console/console.js", "text/javascript", read("console.js"));
        get(router, "/console/uplot.css", "text/css", readChart("uPlot.min.css"));
        get(router, "/console/uplot.js", "text/javascript", readChart("uPlot.iife.min.js"));
        routes.add(
                router.route(HttpMethod.GET, "/console/data").blockingHandler(this::data, false));
        if (publisher != null) {
            Route form = router.route(HttpMethod.POST, "/console/publish");
            form.handler(BodyHandler.create(false).setBodyLimit(MAX_BODY));
            form.blockingHandler(this::publish, false);
            routes.add(form);
        }
    }

    private void get(Router router, String path, String type, byte[] content) {
        Route route = router.route(HttpMethod.GET, path);
        route.handler(exchange -> respond(exchange, type, content));
        routes.add(route);
    }

    private static void respond(RoutingContext exchange, String type, byte[] content) {
        headers(exchange.response())
                .putHeader("Content-Type", type + "; charset=utf-8")
                .end(Buffer.buffer(content));
    }

    private static HttpServerResponse headers(HttpServerResponse response) {
        return response.putHeader("Content-Security-Policy", POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cache-Control", "no-store");
    }

    private void data(RoutingContext exchange) {
        String since = exchange.request().getParam(BridgeConsole.SINCE);
        Object json =
                console.call(
                        DevConsole.MediaType.JSON,
                        since == null ? Map.of() : Map.of(BridgeConsole.SINCE, since));
        try {
            respond(exchange, "application/json", JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // maps, texts and numbers always have a JSON form
        }
    }

    private static boolean isOwn(HttpServerRequest request) {
        String origin = request.getHeader("Origin");
        return request.getHeader(FORM_HEADER) != null
                && String.valueOf(request.getHeader("Content-Type")).startsWith("application/json")
                && (origin == null
                        || origin.replaceFirst("^https?://", "").equals(request.getHeader("Host")));
    }

    private void publish(RoutingContext exchange) {
        if (!isOwn(exchange.request())) {
            answer(exchange, 403, "Only the console's own form may publish");
            return;
        }
        try {
            JsonNode form = JSON.readTree(exchange.body().buffer().getBytes());
            publisher.publish(
                    form.path("environment").asText(),
                    form.path("datastream").asText(),
                    form.path("value").asText());
            answer(exchange, 200, "Published");
        } catch (IllegalArgumentException | IOException e) {
            answer(
                    exchange,
                    400,
                    e instanceof IOException ? "The body is not JSON" : e.getMessage());
        } catch (Exception e) {
            LOG.debug("The value of the console's form was not published", e);
            answer(exchange, 503, "The broker did not acknowledge the value");
        }
    }

    private static void answer(RoutingContext exchange, int status, String text) {
        headers(exchange.response())
                .setStatusCode(status)
                .putHeader("Content-Type", "text/plain; charset=utf-8")
                .end(BridgeConsole.shown(text));
    }

    private static byte[] read(String file) {
        return resource(ConsolePage.class.getResourceAsStream(file));
    }

    /** Returns a file of uPlot; nothing if a host is without it, and the page without charts. */
    private static byte[] readChart(String file) {
        ClassLoader loader = ConsolePage.class.getClassLoader();
        Properties maven = new Properties();
        try (InputStream in =
                loader.getResourceAsStream("META-INF/maven/org.webjars.npm/uplot/pom.properties")) {
            if (in == null) {
                return new byte[0];
            }
            maven.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return resource(
                loader.getResourceAsStream(
                        "META-INF/resources/webjars/uplot/"
                                + maven.getProperty("version")
                                + "/dist/"
                                + file));
    }

    private static byte[] resource(InputStream resource) {
        try (resource) {
            return resource == null ? new byte[0] : resource.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void remove() {
        routes.forEach(Route::remove);
    }
}
