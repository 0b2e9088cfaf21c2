package io.pachube.bridge.tls;

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
import java.util.Arrays;
import java.util.Collections;

import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;

/**
 * A file of certificates that a setting names, and the manager that connections use it by. It is
 * read anew when it has changed.
 */
public final class StoreFile {

    private final String setting;
    private final Path file;
    private final String password;
    private final RenewableTrustManager trust;
    private final RenewableKeyManager keys;

    /** As it was when it was used, or found broken. */
    private Content applied;

    private Content lastRead;

    /**
     * The bytes of a file.
     *
     * @param failure why there are none; null if it was read
     */
    private record Content(byte[] bytes, IOException failure) {

        static Content of(Path file) {
            try {
                return new Content(Files.readAllBytes(file), null);
            } catch (IOException e) {
                return new Content(new byte[0], e);
            }
        }

        boolean isSame(Content other) {
            return Arrays.equals(bytes, other.bytes);
        }
    }

    private StoreFile(String setting, Path file, String password, boolean isOfKeys) {
        this.setting = setting;
        this.file = file;
        this.password = password;
        this.trust = isOfKeys ? null : new RenewableTrustManager();
        this.keys = isOfKeys ? new RenewableKeyManager(password) : null;
    }

    /**
     * Reads a store of trusted certificates: PKCS12, JKS or PEM.
     *
     * @param setting the name of the setting; that of the password follows from it
     * @throws IllegalArgumentException if it cannot be used; it names the setting, and no password
     */
    public static StoreFile trusted(String setting, Path file, String password) {
        return read(new StoreFile(setting, file, password, false));
    }

    /**
     * Reads a store with a key and its certificates: PKCS12 or JKS.
     *
     * @param setting the name of the setting; that of the password follows from it
     * @throws IllegalArgumentException if it cannot be used; it names the setting, and no password
     */
    public static StoreFile own(String setting, Path file, String password) {
        return read(new StoreFile(setting, file, password, true));
    }

    private static StoreFile read(StoreFile store) {
        store.applied = Content.of(store.file);
        store.lastRead = store.applied;
        store.use(store.applied);
        return store;
    }

    /** Returns the manager of a store of trusted certificates. */
    public TrustManager trustManager() {
        return trust;
    }

    /** Returns the manager of a store with a key. */
    public KeyManager keyManager() {
        return keys;
    }

    /**
     * Reads the file if it has changed and is not being written.
     *
     * @return true if it is used from now on
     * @throws IllegalArgumentException the first time that a changed file cannot be used; the
     *     former one stays in use
     */
    boolean renew() {
        Content now = Content.of(file);
        boolean isWritten = now.isSame(lastRead);
        lastRead = now;
        if (!isWritten || now.isSame(applied)) {
            return false;
        }
        applied = now;
        use(now);
        return true;
    }

    private void use(Content content) {
        try {
            KeyStore store = load(content);
            if (keys == null ? store.size() == 0 : !holdsKey(store)) {
                throw new IllegalArgumentException(
                        "%s is '%s', but no %s is found in it%s"
                                .formatted(
                                        setting,
                                        file,
                                        keys == null ? "certificate" : "private key",
                                        password.isEmpty()
                                                ? "; " + setting + "-password is not set"
                                                : ""));
            }
            if (keys == null) {
                trust.use(store);
            } else {
                keys.use(store);
            }
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(is() + "there is no such file", e);
        } catch (AccessDeniedException e) {
            throw new IllegalArgumentException(is() + "access is denied", e);
        } catch (UnrecoverableKeyException e) {
            throw new IllegalArgumentException(
                    setting + "-password opens the store, but not the key in it", e);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    e.getCause() instanceof UnrecoverableKeyException
                            ? setting + "-password does not open '" + file + "'"
                            : is()
                                    + "it should be a file that can be read: PKCS12, JKS"
                                    + (keys == null ? ", or certificates (PEM)" : ""),
                    e);
        }
    }

    private String is() {
        return setting + " is '" + file + "', but ";
    }

    private KeyStore load(Content content) throws IOException, GeneralSecurityException {
        if (content.failure != null) {
            throw content.failure;
        }
        ByteArrayInputStream in = new ByteArrayInputStream(content.bytes);
        KeyStore store = KeyStore.getInstance("PKCS12"); // reads JKS, too
        if (keys != null
                || !new String(content.bytes, StandardCharsets.ISO_8859_1)
                        .contains("-----BEGIN ")) {
            store.load(in, password.isEmpty() ? null : password.toCharArray());
            return store;
        }
        store.load(null, null);
        for (Certificate certificate :
                CertificateFactory.getInstance("X.509").generateCertificates(in)) {
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

    @Override
    public String toString() {
        return setting + " ('" + file + "')";
    }
}
