package io.pachube.bridge;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;

/** The fault: the line of an outage said "does not answer", and not why, nor where. */
@Tag("slow")
class OutageLogIT extends DeliveryFaultsTestSupport {

    private static final String KEY = "Kout-of-sight1";

    @Test
    void anOutageIsLoggedWithItsReasonAndAddress() throws Exception {
        Certificates certificates = new Certificates(folder).authority("stranger");
        HttpsServer tls =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        tls.setHttpsConfigurator(
                new HttpsConfigurator(certificates.context("stranger", "stranger")));
        tls.start();
        int closed = Ports.free();
        Map<String, String> addresses = new TreeMap<>();
        addresses.put("refused", "http://127.0.0.1:" + closed);
        addresses.put("unknown", "http://nobody.invalid:8081");
        addresses.put("tls", "https://127.0.0.1:" + tls.getAddress().getPort());
        addresses.put("slow", a.url());
        addresses.put("proxy", b.url());
        a.answer(FaultyService.hang());
        b.answer(FaultyService.status(503));
        for (Map.Entry<String, String> address : addresses.entrySet()) {
            String name = address.getKey();
            route(
                    name,
                    pair(name, "house/+/" + name, "batchSize: 1", address.getValue() + "/" + KEY)
                            .replace(
                                    "# here",
                                    "- setHeader: { name: CamelHttpQuery, constant: apikey=%s }"
                                            .formatted(KEY)));
        }
        bridge(200);
        try (LogLines log = new LogLines(Class.forName("io.pachube.bridge.delivery.Outage"))) {
            start();
            for (String name : addresses.keySet()) {
                publish("house/hall/" + name, 1, 1);
            }
            await().atMost(LIMIT).until(() -> log.lines().size() == addresses.size());
            assertLogged(log, "refused", "Connection refused", addresses);
            assertLogged(log, "unknown", "unknown host: nobody.invalid", addresses);
            assertLogged(log, "tls", "TLS: ", addresses);
            assertLogged(log, "slow", "No complete answer within 1000 ms", addresses);
            assertLogged(log, "proxy", "status 503", addresses);
            assertEquals(0, log.count(KEY));
        } finally {
            tls.stop(0);
        }
    }

    private static void assertLogged(
            LogLines log, String name, String reason, Map<String, String> addresses) {
        String begin = "delivery:" + name + " does not answer (" + reason;
        String end = ", " + addresses.get(name) + "); messages are retried until it does";
        assertEquals(
                1,
                log.lines().stream()
                        .filter(line -> line.startsWith(begin) && line.endsWith(end))
                        .count(),
                begin + end + " in " + log.lines());
    }
}
