package io.pachube.bridge;

import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.tls.StoreFile;
import io.pachube.bridge.tls.StoreRenewal;

import org.apache.camel.CamelContext;
import org.apache.camel.support.jsse.ClientAuthentication;
import org.apache.camel.support.jsse.FilterParameters;
import org.apache.camel.support.jsse.KeyManagersParameters;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.apache.camel.support.jsse.SSLContextServerParameters;
import org.apache.camel.support.jsse.TrustManagersParameters;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;

/**
 * How one of the bridge's connections is secured, as the settings of a group say: {@code
 * <group>.trust-store}, {@code <group>.key-store} and their passwords. Where they say nothing, the
 * JDK's certificates are trusted and no own one is shown. Never less than TLS 1.2.
 *
 * @param parameters for a Camel endpoint
 * @param context the same, for a client
 */
record Tls(SSLContextParameters parameters, SSLContext context) {

    private static final String PROTOCOLS = "TLSv1\\.[23]";

    /** Sessions are not resumed for longer, so that a renewed certificate counts by then. */
    private static final String SESSION_SECONDS = "60";

    /**
     * @param group what the names of the settings start with
     * @param used whether the connection is one with TLS
     * @param condition what to set so that it is
     * @param renewal follows the files
     * @throws IllegalArgumentException if a store cannot be used, or would not be; it names the
     *     setting, and no password
     */
    static Tls read(
            CamelContext camel,
            BridgeProperties settings,
            String group,
            boolean used,
            String condition,
            StoreRenewal renewal) {
        StoreFile trusted = store(settings, group + ".trust-store", renewal);
        StoreFile own = store(settings, group + ".key-store", renewal);
        if (!used && (trusted != null || own != null)) {
            throw new IllegalArgumentException(
                    group + ".* is set, but nothing is encrypted without " + condition);
        }
        return create(camel, trusted, own);
    }

    /** Returns what there is without any setting. */
    static Tls standard(CamelContext camel) {
        return create(camel, null, null);
    }

    /** Returns the file that the setting names; null where it is not set. */
    private static StoreFile store(BridgeProperties settings, String name, StoreRenewal renewal) {
        String file = settings.text(name);
        if (file.isEmpty()) {
            return null;
        }
        String password = settings.text(name + "-password");
        return renewal.add(
                name.endsWith(".key-store")
                        ? StoreFile.own(name, Path.of(file), password)
                        : StoreFile.trusted(name, Path.of(file), password));
    }

    private static Tls create(CamelContext camel, StoreFile trusted, StoreFile own) {
        FilterParameters protocols = new FilterParameters();
        protocols.getInclude().add(PROTOCOLS);
        SSLContextParameters parameters = new SSLContextParameters();
        parameters.setSecureSocketProtocolsFilter(protocols);
        parameters.setSessionTimeout(SESSION_SECONDS);
        if (trusted != null) {
            TrustManagersParameters managers = new TrustManagersParameters();
            managers.setTrustManager(trusted.trustManager());
            parameters.setTrustManagers(managers);
            // of a listener: who calls must show a certificate
            SSLContextServerParameters listener = new SSLContextServerParameters();
            listener.setClientAuthentication(ClientAuthentication.REQUIRE.name());
            parameters.setServerParameters(listener);
        }
        if (own != null) {
            parameters.setKeyManagers(
                    new KeyManagersParameters() {
                        @Override
                        public KeyManager[] createKeyManagers() {
                            return new KeyManager[] {own.keyManager()};
                        }
                    });
        }
        try {
            return new Tls(parameters, parameters.createSSLContext(camel));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(
                    "TLS cannot be set up: " + ExceptionMessages.summarize(e), e);
        }
    }
}
