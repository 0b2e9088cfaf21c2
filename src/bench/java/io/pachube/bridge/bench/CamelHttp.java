package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Board.Entry;

import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.Producer;
import org.apache.camel.component.http.HttpEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * PUTs of {@link Numbered} values by camel-http's producer alone, with the leanest client, as fast
 * as they are answered: no MQTT, no route, no order. What single values cost at least where Camel
 * makes the requests.
 */
public final class CamelHttp {

    private static final long PAUSE_NANOS = 20_000_000;

    private final Board board;
    private final DefaultCamelContext context = new DefaultCamelContext();
    private final HttpEndpoint pachube;

    private CamelHttp(Board board, int port, int threads) {
        this.board = board;
        var connections =
                PoolingHttpClientConnectionManagerBuilder.create()
                        .setPoolConcurrencyPolicy(PoolConcurrencyPolicy.LAX)
                        .setMaxConnTotal(threads)
                        .setMaxConnPerRoute(threads)
                        .build();
        context.disableJMX();
        context.getRegistry().bind("minimal", HttpClients.createMinimal(connections));
        context.start();
        pachube =
                context.getEndpoint(
                        "http://127.0.0.1:"
                                + port
                                + "/v2?httpMethod=PUT&httpClient=#minimal"
                                + "&skipResponseHeaders=true&copyHeaders=false",
                        HttpEndpoint.class);
    }

    /**
     * @param args the board's file, the port, the first datastream's number, how many there are, on
     *     how many threads
     */
    public static void main(String[] args) throws IOException {
        int first = Integer.parseInt(args[2]);
        int count = Integer.parseInt(args[3]);
        int threads = Integer.parseInt(args[4]);
        Board board = new Board(Path.of(args[0]));
        CamelHttp requests = new CamelHttp(board, Integer.parseInt(args[1]), threads);
        for (int i = 0; i < threads; i++) {
            int own = first + i;
            new Thread(() -> requests.make(own, first + count, threads)).start();
        }
        board.set(Entry.READY, 1);
    }

    /** One after the other, for each of its datastreams in turn. */
    private void make(int first, int end, int step) {
        try {
            Producer producer = pachube.createProducer();
            producer.start();
            for (int number = 1; ; number++) {
                for (int datastream = first; datastream < end; datastream += step) {
                    while (board.get(Entry.WINDOW) == 0) {
                        LockSupport.parkNanos(PAUSE_NANOS);
                    }
                    put(producer, datastream, number);
                }
            }
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    private void put(Producer producer, int datastream, int number) throws Exception {
        byte[] value = new byte[Numbered.LENGTH];
        Numbered.write(number, Numbered.micros(), value, 0);
        Exchange exchange = new DefaultExchange(context);
        Message request = exchange.getIn();
        request.setHeader("X-PachubeApiKey", "key" + datastream % 2);
        request.setHeader(Exchange.CONTENT_TYPE, "text/csv");
        request.setHeader(Exchange.HTTP_PATH, "feeds/1/datastreams/s" + datastream + ".csv");
        request.setBody(value);
        synchronized (board) {
            board.add(Entry.PUBLISHED, 1);
        }
        producer.process(exchange);
    }
}
