package io.pachube.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.pachube.sandbox.ApiRequest.Format;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** HTTP: from bytes to a call, from an answer to bytes, and what goes wrong between them. */
final class RequestHandler {
    static final String ROOT = "/v2";

    private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
    private static final int GZIP_FROM = 1024;

    volatile FaultInjector fault = FaultInjector.NONE;

    private final ApiRouter router;
    private final ApiKeys keys;
    private final Supplier<String> url;
    private final Deque<RecordedRequest> received = new ArrayDeque<>();
    private volatile int recording;

    RequestHandler(ApiRouter router, ApiKeys keys, Supplier<String> url) {
        this.router = router;
        this.keys = keys;
        this.url = url;
    }

    /** A handler for one server; delays are the scheduler's. */
    Handler handler(ScheduledExecutorService scheduler) {
        return new Handler.Abstract.NonBlocking() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                RequestTask turn = new RequestTask(request, response, callback, scheduler);
                // the way that Jetty 12.0, too, has: Spring Boot's own parent pins it
                Content.Source.asByteArrayAsync(request, SandboxPachube.MAX_BODY)
                        .whenComplete(turn::take);
                return true;
            }
        };
    }

    void record(int most) {
        synchronized (received) {
            recording = most;
            received.clear();
        }
    }

    List<RecordedRequest> received() {
        synchronized (received) {
            return List.copyOf(received);
        }
    }

    private void keep(RecordedRequest request) {
        synchronized (received) {
            received.add(request);
            while (received.size() > recording) {
                received.remove();
            }
        }
    }

    /** One request and its answer. */
    private final class RequestTask {
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final ScheduledExecutorService scheduler;

        RequestTask(
                Request request, Response response, Callback callback, ScheduledExecutorService s) {
            this.request = request;
            this.response = response;
            this.callback = callback;
            this.scheduler = s;
        }

        void take(byte[] bytes, Throwable failure) {
            try {
                if (failure == null) {
                    act(text(bytes));
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

        private void act(String body) {
            String path = request.getHttpURI().getPath();
            Map<String, String> query = query(request.getHttpURI().getQuery());
            String key = key(query);
            if (recording > 0) {
                String target = request.getHttpURI().getPathQuery();
                keep(new RecordedRequest(request.getMethod(), target, key, body));
            }
            FaultInjector.Action action = fault.on(request.getMethod(), path, key);
            if (action instanceof FaultInjector.Status status) {
                send(injected(status));
            } else if (action instanceof FaultInjector.Delay delay) {
                request.addIdleTimeoutListener(timeout -> false);
                long time = delay.delay().toMillis();
                scheduler.schedule(() -> send(serve(path, query, key, body)), time, MILLISECONDS);
            } else if (action == FaultInjector.Kind.HANG) {
                request.addIdleTimeoutListener(timeout -> false);
            } else if (action == FaultInjector.Kind.DROP) {
                drop();
            } else if (action == FaultInjector.Kind.LOSE_RESPONSE) {
                serve(path, query, key, body);
                drop();
            } else {
                send(serve(path, query, key, body));
            }
        }

        private ApiResponse serve(String path, Map<String, String> query, String key, String body) {
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
                String method = method(query);
                ApiRouter.Match match = router.find(method, segments);
                if (match == null) {
                    String text = "No route matches [" + method + "] \"/api" + path + "\"";
                    throw new ApiException(404, "Not found", text);
                }
                ApiKeys.Key known = keys.authenticate(key);
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
        private String method(Map<String, String> query) {
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

        private String key(Map<String, String> query) {
            String key = request.getHeaders().get("X-PachubeApiKey");
            key = key == null ? request.getHeaders().get("X-ApiKey") : key;
            return key == null ? query.get("key") : key;
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

        private void send(ApiResponse answer) {
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

        private void drop() {
            request.getConnectionMetaData().getConnection().getEndPoint().close();
            callback.failed(new IOException("dropped by an injected fault"));
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

    private static ApiResponse injected(FaultInjector.Status status) {
        String title = HttpStatus.getMessage(status.status());
        ApiResponse error = ApiResponse.error(status.status(), title, status.errors(), false);
        return new ApiResponse(error.status(), error.contentType(), error.body(), status.headers());
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

    private static Map<String, String> query(String text) {
        Map<String, String> query = new HashMap<>();
        for (String pair : text == null ? new String[0] : text.split("&")) {
            String[] parts = pair.split("=", 2);
            query.put(decoded(parts[0]), parts.length < 2 ? "" : decoded(parts[1]));
        }
        return query;
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
