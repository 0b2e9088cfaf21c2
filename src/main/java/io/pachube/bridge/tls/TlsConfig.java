package io.pachube.bridge.tls;

import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.log.ExceptionMessages;

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
 * Holds the TLS configuration of one of the bridge's connections: at least TLS 1.2, the trusted
 * certificates (by default the JDK's), and the bridge's own if a key store is set.
 *
 * @param parameters for a Camel endpoint
 * @param context the same, for a client
 */
public record TlsConfig(SSLContextParameters parameters, SSLContext context) {

    private static final String PROTOCOLS = "TLSv1\\.[23]";

    /** Sessions are not resumed for longer, so that a renewed certificate counts by then. */
    private static final String SESSION_SECONDS = "60";

    /**
     * Reads the files of a connection.
     *
     * @param tlsEnabled true if the connection uses TLS
     * @param enabledBy what to set so that it does
     * @param renewal watches the files
     * @param standard is returned if no file is set
     * @throws IllegalArgumentException if a store cannot be used, or would not be; it names the
     *     setting, and no password
     */
    public static TlsConfig read(
            CamelContext camel,
            BridgeConfig.Tls files,
            boolean tlsEnabled,
            String enabledBy,
            StoreRenewal renewal,
            TlsConfig standard) {
        StoreFile trusted =
                files.trustStore().isEmpty()
                        ? null
                        : renewal.add(
                                StoreFile.trusted(
                                        files.group() + ".trust-store",
                                        Path.of(files.trustStore()),
                                        files.trustStorePassword().value()));
        StoreFile own =
                files.hasKeyStore()
                        ? renewal.add(
                                StoreFile.own(
                                        files.group() + ".key-store",
                                        Path.of(files.keyStore()),
                                        files.keyStorePassword().value()))
                        : null;
        if (trusted == null && own == null) {
            return standard;
        }
        if (!tlsEnabled) {
            throw new IllegalArgumentException(
                    files.group() + ".* is set, but nothing is encrypted without " + enabledBy);
        }
        return create(camel, trusted, own);
    }

    /** Returns the default: the JDK's certificates are trusted. */
    public static TlsConfig standard(CamelContext camel) {
        return create(camel, null, null);
    }

    private static TlsConfig create(CamelContext camel, StoreFile trusted, StoreFile own) {
        FilterParameters protocols = new FilterParameters();
        protocols.getInclude().add(PROTOCOLS);
        SSLContextParameters parameters = new SSLContextParameters();
        parameters.setSecureSocketProtocolsFilter(protocols);
        parameters.setSessionTimeout(SESSION_SECONDS);
        if (trusted != null) {
            TrustManagersParameters managers = new TrustManagersParameters();
            managers.setTrustManager(trusted.trustManager());
            parameters.setTrustManagers(managers);
            // of a listener: a client must show a certificate
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
            return new TlsConfig(parameters, parameters.createSSLContext(camel));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(
                    "TLS cannot be set up: " + ExceptionMessages.summarize(e), e);
        }
    }
}
