package io.pachube.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pachube.sandbox.ApiRequest.Format;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** Parses HTTP requests, and sends the responses of the API. */
final class RequestHandler {
    static final String ROOT = "/v2";

    private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
    private static final int GZIP_FROM = 1024;

    private final ApiRouter router;
    private final ApiKeys keys;
    private final Supplier<String> url;
    private final Consumer<RequestTask> service;

    /**
     * @param url the API's address, for requests that name no host
     * @param service executes a request and sends its response
     */
    RequestHandler(
            ApiRouter router, ApiKeys keys, Supplier<String> url, Consumer<RequestTask> service) {
        this.router = router;
        this.keys = keys;
        this.url = url;
        this.service = service;
    }

    /** Returns a handler for one server. */
    Handler handler() {
        return new Handler.Abstract.NonBlocking() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                RequestTask task = new RequestTask(request, response, callback);
                // the way that Jetty 12.0, too, has: Spring Boot's own parent pins it
                Content.Source.asByteArrayAsync(request, SandboxPachube.MAX_BODY)
                        .whenComplete(task::accept);
                return true;
            }
        };
    }

    /** One request, whose body has arrived, and its response. */
    final class RequestTask {
        final Request request;
        final Callback callback;
        private final Response response;
        private final Map<String, String> query = new HashMap<>();
        private String body;

        private RequestTask(Request request, Response response, Callback callback) {
            this.request = request;
            this.response = response;
            this.callback = callback;
        }

        private void accept(byte[] bytes, Throwable failure) {
            try {
                if (failure == null) {
                    body = text(bytes);
                    readQuery();
                    service.accept(this);
                } else if (failure instanceof IllegalStateException
                        || failure.getCause() instanceof IllegalStateException) {
                    throw ApiException.tooLarge();
                } else {
                    callback.failed(failure);
                }
            } catch (RuntimeException | StackOverflowError e) {
                send(failed(e, false));
            }
        }

        private void readQuery() {
            String text = request.getHttpURI().getQuery();
            for (String pair : text == null ? new String[0] : text.split("&")) {
                String[] parts = pair.split("=", 2);
                query.put(decoded(parts[0]), parts.length < 2 ? "" : decoded(parts[1]));
            }
        }

        /** Returns the body, decompressed. */
        String body() {
            return body;
        }

        /** Returns the API key as it was sent, or null. */
        String key() {
            String key = request.getHeaders().get("X-PachubeApiKey");
            key = key == null ? request.getHeaders().get("X-ApiKey") : key;
            return key == null ? query.get("key") : key;
        }

        /** Executes the request. */
        ApiResponse serve() {
            String path = request.getHttpURI().getPath();
            Format format = Format.accepted(request.getHeaders().get(HttpHeader.ACCEPT));
            try {
                List<String> segments = segments(path);
                int last = segments.size() - 1;
                String name = segments.isEmpty() ? "" : segments.get(last);
                Format suffix = suffix(name);
                if (suffix != null) {
                    format = suffix;
                    segments.set(last, name.substring(0, name.lastIndexOf('.')));
                }
                String method = method();
                ApiRouter.Match match = router.find(method, segments);
                if (match == null) {
                    String text = "No route matches [" + method + "] \"/api" + path + "\"";
                    throw new ApiException(404, "Not found", text);
                }
                ApiKeys.Key known = keys.authenticate(key());
                String peer = Request.getRemoteAddr(request);
                return match.route()
                        .handler()
                        .apply(
                                new ApiRequest(
                                        method,
                                        base(),
                                        format,
                                        match.path(),
                                        query,
                                        body,
                                        known,
                                        peer));
            } catch (RuntimeException | StackOverflowError e) {
                return failed(e, format == Format.XML);
            }
        }

        /** A library that cannot PUT or DELETE says so in a POST, as with Rails. */
        private String method() {
            String method = request.getMethod();
            if (method.equals("POST")) {
                String meant = query.getOrDefault("_method", "").toUpperCase(Locale.ROOT);
                return meant.equals("PUT") || meant.equals("DELETE") ? meant : method;
            }
            return method.equals("HEAD") ? "GET" : method;
        }

        private String base() {
            String authority = request.getHttpURI().getAuthority();
            return authority == null ? url.get() : "http://" + authority + ROOT;
        }

        private String text(byte[] bytes) {
            try {
                byte[] plain = bytes;
                if ("gzip".equalsIgnoreCase(request.getHeaders().get("Content-Encoding"))) {
                    var packed = new GZIPInputStream(new ByteArrayInputStream(bytes));
                    plain = packed.readNBytes(SandboxPachube.MAX_BODY + 1);
                    if (plain.length > SandboxPachube.MAX_BODY) {
                        throw ApiException.tooLarge();
                    }
                }
                return UTF_8.newDecoder().decode(ByteBuffer.wrap(plain)).toString();
            } catch (CharacterCodingException e) {
                throw new ApiException(400, "Bad Request", "The body is not UTF-8");
            } catch (IOException e) {
                throw new ApiException(400, "Bad Request", "The body is not gzip");
            }
        }

        void send(ApiResponse answer) {
            byte[] body = answer.body();
            var headers = response.getHeaders();
            String accepted = request.getHeaders().get(HttpHeader.ACCEPT_ENCODING);
            if (body.length >= GZIP_FROM && accepted != null && accepted.contains("gzip")) {
                body = gzip(body);
                headers.put(HttpHeader.CONTENT_ENCODING, "gzip");
            }
            headers.put(HttpHeader.CONTENT_TYPE, answer.contentType());
            headers.put(HttpHeader.VARY, "Accept-Encoding");
            answer.headers().forEach(headers::put);
            response.setStatus(answer.status());
            response.write(true, ByteBuffer.wrap(body), callback);
        }
    }

    private static ApiResponse failed(Throwable e, boolean xml) {
        if (e instanceof ApiException refusal) {
            return ApiResponse.error(refusal.status, refusal.title, refusal.getMessage(), xml);
        }
        // Where it happened, without the message: that may quote the request, and so a key.
        Exception bare = new Exception(e.getClass().getName());
        bare.setStackTrace(e.getStackTrace());
        LOG.error("The sandbox Pachube failed", bare);
        return ApiResponse.error(500, "Internal Server Error", "Something went wrong", xml);
    }

    /** Only the known formats are suffixes: {@code a.b} is a datastream's id. */
    private static Format suffix(String name) {
        for (Format format : Format.values()) {
            if (name.endsWith("." + format.name().toLowerCase(Locale.ROOT))) {
                return format;
            }
        }
        return null;
    }

    /** The decoded segments after {@code /v2}; none where the path is another's. */
    private static List<String> segments(String path) {
        List<String> segments = new ArrayList<>();
        if (path != null && path.startsWith(ROOT + "/")) {
            for (String segment : path.substring(ROOT.length() + 1).split("/")) {
                segments.add(decoded(segment.replace("+", "%2B")));
            }
        }
        return segments;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ApiException(400, "Bad Request", "The address is badly encoded");
        }
    }

    private static byte[] gzip(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
            packed.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
