package io.pachube.bridge.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a broker, of Pachube, or of the callback listener. Unlike {@link URI} it takes a
 * host name with an underscore, as Docker and Compose make them.
 *
 * @param scheme in lower case
 * @param host an IPv6 address with its brackets
 * @param port -1: the scheme's own
 * @param path empty, or with a slash at its beginning, and none at its end
 */
public record Address(String scheme, String host, int port, String path) {

    private static final Pattern PARTS =
            Pattern.compile("(?<host>\\[[0-9A-Fa-f:.]+]|[^:\\[\\]]*)(?::(?<port>\\d*))?");
    private static final Pattern NO_HOST_CHARACTER = Pattern.compile("[^\\p{Alnum}._-]");

    /**
     * Reads an address.
     *
     * @param schemes those that it may have
     * @param example a right one, for the message
     * @throws IllegalArgumentException if it is none; the message shows no user and no password
     */
    public static Address parse(String text, List<String> schemes, String example) {
        String shown = "is '" + withoutUser(text) + "', but ";
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw wrong(shown + "it should be an address such as " + example);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!schemes.contains(scheme) || uri.getRawAuthority() == null) {
            throw wrong(
                    "%sit should begin with %s://, as in %s"
                            .formatted(shown, String.join("://, ", schemes), example));
        }
        if (uri.getRawAuthority().contains("@")) {
            throw wrong(shown + "it should hold no user and no password");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw wrong(shown + "it should hold no query ('?') and no fragment ('#')");
        }
        Matcher parts = PARTS.matcher(uri.getRawAuthority());
        if (!parts.matches()) {
            throw wrong(shown + "it should be an address such as " + example);
        }
        String host = parts.group("host");
        checkHost(host, shown);
        return new Address(
                scheme,
                host,
                port(parts.group("port"), shown),
                uri.getRawPath().replaceFirst("/+$", ""));
    }

    /** Returns the text without a user and a password, wherever they stand in it. */
    static String withoutUser(String text) {
        return text.replaceFirst("^(\\w+://)?.*@", "$1***@");
    }

    private static void checkHost(String host, String shown) {
        if (host.isEmpty()) {
            throw wrong(shown + "it names no host");
        }
        Matcher wrong = NO_HOST_CHARACTER.matcher(host);
        if (!host.startsWith("[") && wrong.find()) {
            throw wrong(shown + "a host name has no '" + wrong.group() + "'");
        }
    }

    private static int port(String text, String shown) {
        if (text == null || text.isEmpty()) {
            return -1;
        }
        int port = text.length() > 5 ? 0 : Integer.parseInt(text);
        if (port < 1 || port > 65_535) {
            throw wrong(shown + "a port is 1 to 65535");
        }
        return port;
    }

    private static IllegalArgumentException wrong(String message) {
        return new Setting.WrongValueException(message);
    }

    /** Returns true if the JDK and the HTTP client take the host's name, too. */
    public boolean isPlainHost() {
        return URI.create(toString()).getHost() != null;
    }

    /** Returns the same address with another scheme. */
    Address withScheme(String other) {
        return new Address(other, host, port, path);
    }

    @Override
    public String toString() {
        return scheme + "://" + host + (port < 0 ? "" : ":" + port) + path;
    }
}
