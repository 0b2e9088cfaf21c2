package io.pachube.bridge.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.function.Function;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Shows the certificate of a store that can be replaced. A handshake asks for an alias, and then
 * for its chain and its key: the aliases name their store, so that both are of one. Thread safe.
 */
final class RenewableKeyManager extends X509ExtendedKeyManager {

    private record Generation(int number, X509ExtendedKeyManager keys, Generation previous) {

        String alias(String plain) {
            return plain == null ? null : number + ":" + plain;
        }

        String[] aliases(String[] plain) {
            return plain == null
                    ? null
                    : Arrays.stream(plain).map(this::alias).toArray(String[]::new);
        }
    }

    private final char[] password;
    private volatile Generation current;

    RenewableKeyManager(String password) {
        this.password = password.toCharArray();
    }

    /**
     * @throws java.security.UnrecoverableKeyException if the password does not open the key
     */
    void use(KeyStore store) throws GeneralSecurityException {
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        X509ExtendedKeyManager keys =
                Arrays.stream(factory.getKeyManagers())
                        .filter(X509ExtendedKeyManager.class::isInstance)
                        .map(X509ExtendedKeyManager.class::cast)
                        .findFirst()
                        .orElseThrow();
        Generation old = current;
        // handshakes in progress still ask for the one before
        current =
                old == null
                        ? new Generation(0, keys, null)
                        : new Generation(
                                old.number + 1, keys, new Generation(old.number, old.keys, null));
    }

    private <T> T lookUp(String alias, Function<X509ExtendedKeyManager, Function<String, T>> what) {
        Generation latest = current;
        for (Generation each = latest; alias != null && each != null; each = each.previous) {
            String prefix = each.number + ":";
            if (alias.startsWith(prefix)) {
                return what.apply(each.keys).apply(alias.substring(prefix.length()));
            }
        }
        return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return lookUp(alias, keys -> keys::getCertificateChain);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return lookUp(alias, keys -> keys::getPrivateKey);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
        Generation latest = current;
        return latest.aliases(latest.keys.getClientAliases(type, issuers));
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
        Generation latest = current;
        return latest.aliases(latest.keys.getServerAliases(type, issuers));
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
        Generation latest = current;
        return latest.alias(latest.keys.chooseClientAlias(types, issuers, socket));
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
        Generation latest = current;
        return latest.alias(latest.keys.chooseServerAlias(type, issuers, socket));
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
        Generation latest = current;
        return latest.alias(latest.keys.chooseEngineClientAlias(types, issuers, engine));
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
        Generation latest = current;
        return latest.alias(latest.keys.chooseEngineServerAlias(type, issuers, engine));
    }
}
