package io.pachube.bridge;

import io.pachube.bridge.callback.CallbackSecretFile;
import io.pachube.bridge.config.Address;
import io.pachube.bridge.config.BridgeConfig;
import io.pachube.bridge.config.BridgeProperties;
import io.pachube.bridge.config.SettingNames;
import io.pachube.bridge.trigger.LoopbackAddresses;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds doubtful and unknown settings. */
final class StartChecks {

    private StartChecks() {}

    /** Returns a line for each doubtful setting. */
    static List<String> warnings(BridgeConfig.Callback callback) {
        List<String> warnings = new ArrayList<>();
        Address address = callback.address();
        if (callback.isUrlValid()
                && LoopbackAddresses.contains(address.host())
                && address.port() != callback.port()) {
            warnings.add(
                    "callback.url is '%s', but callbacks are listened for on port %d (callback.port)"
                            .formatted(address, callback.port()));
        }
        Path secret = Path.of(callback.secretFile());
        if (callback.secret().value().isEmpty() && CallbackSecretFile.isReadableByOthers(secret)) {
            warnings.add(
                    "callback.secret-file is '%s', which others may read, too: chmod 600 it"
                            .formatted(secret));
        }
        return warnings;
    }

    /** Returns a line for each property of the context that is misspelled. */
    static List<String> unknownProperties(BridgeProperties properties) {
        return SettingNames.unknown(properties.names());
    }

    /** The same of all that a standalone bridge reads. */
    static List<String> unknownSettings(BridgeProperties properties) {
        List<String> unknown = new ArrayList<>(unknownProperties(properties));
        unknown.addAll(SettingNames.unknown(System.getProperties().stringPropertyNames()));
        unknown.addAll(SettingNames.unknownVariables(System.getenv().keySet()));
        return unknown;
    }
}
