package io.pachube.bridge;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;

/** Plain HTTP over real sockets, as devices and services on both sides of the bridge use it. */
final class Http {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private Http() {}

    static String get(String url, String key) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url)).header("X-PachubeApiKey", key).build();
        return CLIENT.send(request, BodyHandlers.ofString()).body();
    }

    /** The newest value of a datastream of feed 1, without its time. */
    static String stored(String pachube, String key, String datastream)
            throws IOException, InterruptedException {
        return get(pachube + "/feeds/1/datastreams/" + datastream + ".csv", key)
                .replaceFirst("^[^,]*,", "");
    }

    static HttpResponse<String> send(String method, String url, String contentType, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url))
                        .method(method, BodyPublishers.ofString(body));
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            // a server that answers before it has read the body closes the kept connection
            if (String.valueOf(e.getMessage()).contains("received no bytes")) {
                return CLIENT.send(request.build(), BodyHandlers.ofString());
            }
            throw e;
        }
    }

    static HttpResponse<String> postForm(String url, String document)
            throws IOException, InterruptedException {
        return send(
                "POST",
                url,
                "application/x-www-form-urlencoded",
                "body=" + URLEncoder.encode(document, StandardCharsets.UTF_8));
    }
}
