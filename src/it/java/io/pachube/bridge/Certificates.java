package io.pachube.bridge;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Authorities, and keys with certificates of theirs, made anew by the JDK's keytool. */
final class Certificates {

    static final String PASSWORD = "store-password";

    private final Path folder;
    private final Path all;

    Certificates(Path folder) {
        this.folder = folder;
        this.all = folder.resolve("all.p12");
    }

    /** A certificate that signs itself and may sign others. */
    Certificates authority(String alias) throws Exception {
        return make(alias, alias, "-ext", "bc:c");
    }

    /**
     * @param names such as {@code dns:localhost,ip:127.0.0.1}
     */
    Certificates server(String alias, String authority, String names) throws Exception {
        return make(alias, alias, "-signer", authority, "-ext", "san=" + names);
    }

    Certificates client(String alias, String authority, String commonName) throws Exception {
        return make(alias, commonName, "-signer", authority);
    }

    private Certificates make(String alias, String commonName, String... more) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-validity",
                                "2",
                                "-keystore",
                                all.toString(),
                                "-storepass",
                                PASSWORD,
                                "-alias",
                                alias,
                                "-dname",
                                "CN=" + commonName));
        command.addAll(List.of(more));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes());
        if (keytool.waitFor() != 0) {
            throw new IOException(said);
        }
        return this;
    }

    private KeyStore all() throws GeneralSecurityException, IOException {
        return KeyStore.getInstance(all.toFile(), PASSWORD.toCharArray());
    }

    /** A PEM file with the certificate. */
    Path pem(String alias) throws Exception {
        return pem(alias + ".crt", "CERTIFICATE", all().getCertificate(alias).getEncoded());
    }

    /** A PEM file with the key. */
    Path keyPem(String alias) throws Exception {
        byte[] key = all().getKey(alias, PASSWORD.toCharArray()).getEncoded();
        return pem(alias + ".key", "PRIVATE KEY", key);
    }

    private Path pem(String file, String what, byte[] content) throws IOException {
        return Files.writeString(
                folder.resolve(file),
                "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                        .formatted(
                                what,
                                Base64.getMimeEncoder(64, new byte[] {'\n'})
                                        .encodeToString(content),
                                what));
    }

    /** A store, protected by {@link #PASSWORD}, with the certificate to trust. */
    Path trustStore(String alias, String type) throws Exception {
        KeyStore store = empty(type);
        store.setCertificateEntry(alias, all().getCertificate(alias));
        return write(store, alias + "-trusted." + type);
    }

    /** A store, protected by {@link #PASSWORD}, with the key and its certificate. */
    Path keyStore(String alias) throws Exception {
        char[] password = PASSWORD.toCharArray();
        KeyStore store = empty("pkcs12");
        Certificate[] chain = all().getCertificateChain(alias);
        store.setKeyEntry(alias, all().getKey(alias, password), password, chain);
        return write(store, alias + ".p12");
    }

    Path emptyStore() throws Exception {
        return write(empty("pkcs12"), "empty.p12");
    }

    private static KeyStore empty(String type) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        return store;
    }

    private Path write(KeyStore store, String file) throws IOException, GeneralSecurityException {
        try (OutputStream out = Files.newOutputStream(folder.resolve(file))) {
            store.store(out, PASSWORD.toCharArray());
        }
        return folder.resolve(file);
    }

    /**
     * What the tests' own clients and servers use.
     *
     * @param own whose key to show; null: none
     */
    SSLContext context(String trusted, String own) throws Exception {
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(
                KeyStore.getInstance(
                        trustStore(trusted, "pkcs12").toFile(), PASSWORD.toCharArray()));
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        if (own != null) {
            keys.init(
                    KeyStore.getInstance(keyStore(own).toFile(), PASSWORD.toCharArray()),
                    PASSWORD.toCharArray());
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
