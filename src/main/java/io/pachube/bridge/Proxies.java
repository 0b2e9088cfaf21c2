package io.pachube.bridge;

import io.pachube.bridge.log.SecretMasker;

import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.CredentialsProvider;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.protocol.HttpContext;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Sends requests through a proxy, as the setting or the environment ({@code http_proxy}, {@code
 * https_proxy}, {@code no_proxy}) says. Hosts of {@code no_proxy} and loopback addresses are called
 * directly.
 */
final class Proxies extends DefaultRoutePlanner {

    private static final String NONE = "none";

    /** An address, and the bridge's credentials there. */
    private record Proxy(HttpHost host, String userInfo) {

        static Proxy parse(String text) {
            URI uri = URI.create(text.contains("://") ? text : "http://" + text);
            if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
                throw new IllegalArgumentException();
            }
            int port = uri.getPort() < 0 ? 80 : uri.getPort();
            return new Proxy(new HttpHost("http", uri.getHost(), port), uri.getRawUserInfo());
        }
    }

    private final Proxy http;
    private final Proxy https;
    private final List<String> direct;

    private Proxies(Proxy http, Proxy https, String noProxy) {
        super(null);
        this.http = http;
        this.https = https;
        this.direct =
                List.of(noProxy.toLowerCase(Locale.ROOT).split(",")).stream()
                        .map(String::strip)
                        .filter(entry -> !entry.isEmpty())
                        .toList();
    }

    /**
     * Returns the proxies; empty where there are none.
     *
     * @param setting {@code pachube.proxy}; empty: as the environment says
     * @throws IllegalArgumentException if an address is none; it shows no password
     */
    static Optional<Proxies> of(String setting, Map<String, String> environment) {
        if (setting.equals(NONE)) {
            return Optional.empty();
        }
        Proxy http = proxy(setting, environment, "http_proxy");
        Proxy https = proxy(setting, environment, "https_proxy");
        return http == null && https == null
                ? Optional.empty()
                : Optional.of(new Proxies(http, https, variable(environment, "no_proxy")));
    }

    private static Proxy proxy(String setting, Map<String, String> environment, String name) {
        String address = setting.isEmpty() ? variable(environment, name) : setting;
        try {
            return address.isEmpty() ? null : Proxy.parse(address);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    (setting.isEmpty() ? name : "pachube.proxy")
                            + " should be a proxy's address, such as http://proxy.example.org:3128;"
                            + " pachube.proxy=none ignores the environment");
        }
    }

    private static String variable(Map<String, String> environment, String name) {
        String value = environment.getOrDefault(name, "");
        return value.isEmpty()
                ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "")
                : value;
    }

    @Override
    protected HttpHost determineProxy(HttpHost target, HttpContext context) {
        Proxy proxy = target.getSchemeName().equals("https") ? https : http;
        return proxy == null || isDirect(target) ? null : proxy.host;
    }

    private boolean isDirect(HttpHost target) {
        String host = target.getHostName().toLowerCase(Locale.ROOT);
        return isLoopback(host)
                || direct.stream()
                        .map(entry -> entry.replaceFirst("^\\*?\\.", ""))
                        .anyMatch(
                                entry ->
                                        entry.equals("*")
                                                || entry.equals(host)
                                                || entry.equals(host + ":" + target.getPort())
                                                || host.endsWith("." + entry));
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    /** Returns the bridge's credentials at the proxies. */
    CredentialsProvider credentials() {
        BasicCredentialsProvider credentials = new BasicCredentialsProvider();
        List<Proxy> all = new ArrayList<>();
        Optional.ofNullable(http).ifPresent(all::add);
        Optional.ofNullable(https).ifPresent(all::add);
        for (Proxy proxy : all) {
            if (proxy.userInfo != null) {
                String[] parts = proxy.userInfo.split(":", 2);
                String password = parts.length < 2 ? "" : decode(parts[1]);
                SecretMasker.add(password);
                credentials.setCredentials(
                        new AuthScope(proxy.host),
                        new UsernamePasswordCredentials(decode(parts[0]), password.toCharArray()));
            }
        }
        return credentials;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
