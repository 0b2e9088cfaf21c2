package io.pachube.bridge.config;

import io.pachube.bridge.config.Setting.WrongValueException;

import java.util.List;

/** Parses the addresses of the broker and of Pachube. */
final class AddressTypes {

    private static final String BROKER = "tcp://broker.example.org:1883";
    private static final String API = "https://api.example.org/v2";

    private AddressTypes() {}

    static String brokerUrl(String text) {
        requireSet(text);
        if (text.equals(Settings.EMBEDDED)) {
            return text;
        }
        if (text.contains(",") || text.strip().contains(" ")) {
            throw new WrongValueException(
                    "names several brokers, but it should name one: the broker keeps the bridge's"
                            + " sessions and their queued messages, and another broker has neither");
        }
        if (text.contains("@")) {
            throw new WrongValueException(
                    "holds a user or a password: set mqtt.username and mqtt.password instead");
        }
        if (!text.contains("://")) {
            throw new WrongValueException(
                    "is '%s', but it should be a broker's address, such as %s, or embedded"
                            .formatted(text, BROKER));
        }
        Address address =
                Address.parse(text, List.of("tcp", "ssl", "mqtt", "mqtts", "ws", "wss"), BROKER);
        if (!address.scheme().startsWith("ws") && !address.path().isEmpty()) {
            throw new WrongValueException(
                    "is '%s', but only ws:// and wss:// have a path ('%s')"
                            .formatted(text, address.path()));
        }
        if (!address.isPlainHost() && List.of("ssl", "mqtts", "wss").contains(address.scheme())) {
            throw new WrongValueException(
                    "is '%s', but TLS takes no '_' in a host name: give '%s' another name"
                            .formatted(text, address.host()));
        }
        return switch (address.scheme()) {
            case "mqtt" -> address.withScheme("tcp").toString();
            case "mqtts" -> address.withScheme("ssl").toString();
            default -> address.toString();
        };
    }

    private static void requireSet(String text) {
        if (text.isEmpty()) {
            throw new WrongValueException("is not set");
        }
    }

    /** Not set is right where no route uses Pachube. */
    static String pachubeUrl(String text) {
        if (text.isEmpty() || text.equals(Settings.EMBEDDED)) {
            return text;
        }
        if (!text.contains("://")) {
            throw new WrongValueException(
                    "is '%s', but it should be the API's base address, such as %s, or embedded"
                            .formatted(Address.withoutUser(text), API));
        }
        Address address = Address.parse(text, List.of("http", "https"), API);
        if (!address.isPlainHost()) {
            throw new WrongValueException(
                    "is '%s', but an HTTP client takes no '_' in a host name: give '%s' another name"
                                    .formatted(text, address.host())
                            + " (in Compose, an alias of its network)");
        }
        return address.toString();
    }
}
