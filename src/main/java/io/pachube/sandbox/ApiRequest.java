package io.pachube.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.net.URLEncoder;
import java.util.Locale;
import java.util.Map;

/**
 * A parsed request.
 *
 * @param base the address of the API, as the client reaches it
 * @param path the route's path parameters
 */
record ApiRequest(
        String method,
        String base,
        Format format,
        Map<String, String> path,
        Map<String, String> query,
        String body,
        ApiKeys.Key key,
        String peer) {

    enum Format {
        JSON,
        CSV,
        XML,
        PNG;

        /** The best of an Accept header that is known here; JSON for all else. */
        static Format accepted(String header) {
            Format best = JSON;
            double weight = 0;
            for (String range : header == null ? new String[0] : header.split(",")) {
                String[] parts = range.split(";");
                double q = 1;
                for (int i = 1; i < parts.length; i++) {
                    String part = parts[i].strip();
                    if (part.matches("q=[01](\\.\\d{0,3})?")) {
                        q = Double.parseDouble(part.substring(2));
                    }
                }
                Format format =
                        switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
                            case "application/json", "text/json", "*/*" -> JSON;
                            case "text/csv" -> CSV;
                            case "application/xml", "text/xml" -> XML;
                            case "image/png" -> PNG;
                            default -> null;
                        };
                if (format != null && q > weight) {
                    best = format;
                    weight = q;
                }
            }
            return best;
        }
    }

    /** The body as a document; CSV is none. */
    ObjectNode document() {
        return switch (format) {
            case JSON -> JsonFormat.parse(body);
            case XML -> EemlFormat.read(body);
            default -> throw ApiException.notAcceptable();
        };
    }

    void onlyJson() {
        if (format != Format.JSON) {
            throw ApiException.notAcceptable();
        }
    }

    /** An id that is not a number is an id that does not exist. */
    long id(String name) {
        return id(path.get(name), ApiException.notFound());
    }

    static long id(String text, ApiException otherwise) {
        if (text == null || !text.matches("\\d{1,18}")) {
            throw otherwise;
        }
        return Long.parseLong(text);
    }

    /** Refuses what the key does not permit; null stands for all feeds, or for a whole feed. */
    void permit(Long feed, String stream) {
        if (!key.permits(method, feed, stream, peer)) {
            throw ApiException.forbidden();
        }
    }

    /** A path segment: a datastream's id may hold letters of any script, and a plus. */
    static String encoded(String segment) {
        return URLEncoder.encode(segment, UTF_8).replace("%2B", "+");
    }
}
