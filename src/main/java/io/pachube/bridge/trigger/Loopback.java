package io.pachube.bridge.trigger;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/** Addresses that mean the machine itself, told by their spelling: no name is looked up. */
public final class Loopback {

    private Loopback() {}

    /**
     * @param host a URI's; null is none
     */
    public static boolean is(String host) {
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
