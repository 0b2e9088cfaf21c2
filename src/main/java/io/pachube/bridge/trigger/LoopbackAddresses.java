package io.pachube.bridge.trigger;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/** The host names and addresses of the machine itself. No name is looked up. */
public final class LoopbackAddresses {

    private LoopbackAddresses() {}

    /**
     * Returns true for a loopback address, or one that stands for all of this machine's.
     *
     * @param host of a URI; null: false
     */
    public static boolean contains(String host) {
        if (host == null) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        if (!name.startsWith("[")) {
            return name.equals("localhost")
                    || name.endsWith(".localhost")
                    || name.startsWith("127.")
                    || name.equals("0.0.0.0");
        }
        try {
            InetAddress literal = InetAddress.getByName(name); // a literal: no look-up
            return literal.isLoopbackAddress() || literal.isAnyLocalAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
