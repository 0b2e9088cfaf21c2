package io.pachube.bridge;

import org.apache.camel.CamelContext;
import org.apache.camel.support.jsse.ClientAuthentication;
import org.apache.camel.support.jsse.FilterParameters;
import org.apache.camel.support.jsse.KeyManagersParameters;
import org.apache.camel.support.jsse.KeyStoreParameters;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.apache.camel.support.jsse.SSLContextServerParameters;
import org.apache.camel.support.jsse.TrustManagersParameters;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collections;

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

    /**
     * @param group what the names of the settings start with
     * @param used whether the connection is one with TLS
     * @param condition what to set so that it is
     * @throws IllegalArgumentException if a store cannot be used, or would not be; it names the
     *     setting, and no password
     */
    static Tls read(
            CamelContext camel,
            BridgeProperties settings,
            String group,
            boolean used,
            String condition) {
        KeyStore trusted = store(settings, group + ".trust-store");
        KeyStore own = store(settings, group + ".key-store");
        if (!used && (trusted != null || own != null)) {
            throw new IllegalArgumentException(
                    group + ".* is set, but nothing is encrypted without " + condition);
        }
        return create(camel, trusted, own, group, settings.text(group + ".key-store-password"));
    }

    /** Returns what there is without any setting. */
    static Tls standard(CamelContext camel) {
        return create(camel, null, null, "", "");
    }

    private static Tls create(
            CamelContext camel, KeyStore trusted, KeyStore own, String group, String keyPassword) {
        FilterParameters protocols = new FilterParameters();
        protocols.getInclude().add(PROTOCOLS);
        SSLContextParameters parameters = new SSLContextParameters();
        parameters.setSecureSocketProtocolsFilter(protocols);
        if (trusted != null) {
            TrustManagersParameters managers = new TrustManagersParameters();
            managers.setKeyStore(parameters(trusted));
            parameters.setTrustManagers(managers);
            // of a listener: who calls must show a certificate
            SSLContextServerParameters listener = new SSLContextServerParameters();
            listener.setClientAuthentication(ClientAuthentication.REQUIRE.name());
            parameters.setServerParameters(listener);
        }
        if (own != null) {
            KeyManagersParameters managers = new KeyManagersParameters();
            managers.setKeyStore(parameters(own));
            managers.setKeyPassword(keyPassword);
            parameters.setKeyManagers(managers);
        }
        try {
            return new Tls(parameters, parameters.createSSLContext(camel));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    group + ".key-store-password opens the store, but not the key in it", e);
        }
    }

    private static KeyStoreParameters parameters(KeyStore store) {
        KeyStoreParameters parameters = new KeyStoreParameters();
        parameters.setKeyStore(store);
        return parameters;
    }

    /** What the setting names; null where it is not set. */
    private static KeyStore store(BridgeProperties settings, String name) {
        String file = settings.text(name);
        if (file.isEmpty()) {
            return null;
        }
        String password = settings.text(name + "-password");
        boolean ofKeys = name.endsWith(".key-store");
        try {
            KeyStore store = load(Path.of(file), password, !ofKeys);
            if (ofKeys ? !holdsKey(store) : store.size() == 0) {
                throw new IllegalArgumentException(
                        "%s is '%s', but no %s is found in it%s"
                                .formatted(
                                        name,
                                        file,
                                        ofKeys ? "private key" : "certificate",
                                        password.isEmpty()
                                                ? "; " + name + "-password is not set"
                                                : ""));
            }
            return store;
        } catch (NoSuchFileException | AccessDeniedException e) {
            throw new IllegalArgumentException(
                    name + " is '" + file + "', but " + BridgeProperties.reason(e), e);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    e.getCause() instanceof UnrecoverableKeyException
                            ? name + "-password does not open '" + file + "'"
                            : "%s is '%s', but it should be a file that can be read: PKCS12, JKS%s"
                                    .formatted(name, file, ofKeys ? "" : ", or certificates (PEM)"),
                    e);
        }
    }

    private static KeyStore load(Path file, String password, boolean maybePem)
            throws IOException, GeneralSecurityException {
        byte[] bytes = Files.readAllBytes(file);
        if (!maybePem || !new String(bytes, StandardCharsets.ISO_8859_1).contains("-----BEGIN ")) {
            return KeyStore.getInstance(
                    file.toFile(), password.isEmpty() ? null : password.toCharArray());
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Certificate certificate :
                CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(bytes))) {
            store.setCertificateEntry(String.valueOf(store.size()), certificate);
        }
        return store;
    }

    private static boolean holdsKey(KeyStore store) throws GeneralSecurityException {
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                return true;
            }
        }
        return false;
    }
}
