package io.pachube.bridge;

import io.pachube.bridge.callback.CallbackSecretFile;
import io.pachube.bridge.callback.StateCipher;
import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.config.ConfigProblems;
import io.pachube.bridge.config.Settings;
import io.pachube.bridge.log.ExceptionMessages;
import io.pachube.bridge.tls.StoreRenewal;
import io.pachube.bridge.tls.TlsConfig;

import org.apache.camel.CamelContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Holds the parts that settings name: files, proxies, the cluster, the sandbox. Nothing is started.
 *
 * @param stores watches the certificates of all connections
 * @param proxies empty for none
 */
record BridgeResources(
        EmbeddedServices embedded,
        StoreRenewal stores,
        TlsConfig mqttTls,
        TlsConfig pachubeTls,
        TlsConfig callbackTls,
        Optional<Proxies> proxies,
        Cluster cluster) {

    /** Creates the parts; adds a problem, and has a stand-in, for each that cannot be created. */
    static BridgeResources create(
            ContextRegistrar registrar, BridgeConfig config, ConfigProblems problems) {
        CamelContext context = registrar.context();
        BridgeConfig.Mqtt mqtt = config.mqtt();
        BridgeConfig.Pachube pachube = config.pachube();
        BridgeConfig.Tls callback = config.callback().tls();
        EmbeddedServices embedded =
                problems.collect(
                        () -> EmbeddedServices.create(config), EmbeddedServices.none(config));
        TlsConfig standard = TlsConfig.standard(context);
        StoreRenewal stores = new StoreRenewal(registrar.threadFactory("tls"));
        return new BridgeResources(
                embedded,
                stores,
                problems.collect(
                        () ->
                                TlsConfig.read(
                                        context,
                                        mqtt.tls(),
                                        mqtt.usesTls(),
                                        "an ssl:// or wss:// in mqtt.url",
                                        stores,
                                        standard),
                        standard),
                problems.collect(
                        () ->
                                TlsConfig.read(
                                        context,
                                        pachube.tls(),
                                        pachube.usesTls(),
                                        "an https:// in pachube.url",
                                        stores,
                                        standard),
                        standard),
                problems.collect(
                        () ->
                                TlsConfig.read(
                                        context,
                                        callback,
                                        callback.hasKeyStore(),
                                        "callback.tls.key-store",
                                        stores,
                                        standard),
                        standard),
                problems.collect(
                        () -> Proxies.of(pachube.proxy().value(), System.getenv()),
                        Optional.empty()),
                problems.collect(
                        () -> Cluster.create(context, config, registrar.threadFactory("cluster")),
                        Cluster.none()));
    }

    /**
     * Returns the cipher of callback addresses. Creates the file of its secret, if there is none
     * and the bridge is to start.
     *
     * @throws IllegalArgumentException if the file can be neither read nor created
     */
    static StateCipher callbackCipher(BridgeConfig.Callback callback, boolean mayCreateFile) {
        String secrets = callback.secret().value();
        if (!secrets.isEmpty()) {
            return new StateCipher(secrets);
        }
        Path file = Path.of(callback.secretFile());
        String is = "callback.secret-file is '" + file + "', but ";
        try {
            if (!mayCreateFile && !Files.exists(file)) {
                CallbackSecretFile.checkFolder(file);
                return new StateCipher(StateCipher.newSecret());
            }
            return new StateCipher(
                    Settings.CALLBACK_SECRET.parse(CallbackSecretFile.loadOrCreate(file)));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    is + "that file can neither be read nor made: " + ExceptionMessages.ofFile(e));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    is + "it should hold " + Settings.CALLBACK_SECRET.expected());
        }
    }
}
