package io.pachube.bridge;

import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** The bridge's exchanges with a mosquitto as it is installed. */
class MosquittoIT extends EndToEndIT {

    @TempDir Path folder;

    private Mosquitto mosquitto;

    @Override
    String startBroker() throws Exception {
        mosquitto = new Mosquitto(folder).start();
        return mosquitto.url();
    }

    @Override
    void stopBroker() throws Exception {
        if (mosquitto != null) {
            mosquitto.close();
        }
    }
}
