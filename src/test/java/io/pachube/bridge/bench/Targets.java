package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Table.Row;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What is to be reached, and whether it was; of what was not measured, nothing. */
final class Targets {

    private final Table table;
    private final List<String> lines = new ArrayList<>();

    private Targets(Table table) {
        this.table = table;
    }

    static String of(Table table) {
        Targets targets = new Targets(table);
        targets.fastAsItIs();
        targets.evenIfPachubeIsSlow();
        targets.cost();
        targets.delay();
        return String.join(System.lineSeparator(), targets.lines) + System.lineSeparator();
    }

    private void fastAsItIs() {
        Row raw = row(Parts.STEADY, Setup.RAW_PUTS);
        Row peer = row(Parts.STEADY, Setup.PEER);
        if (!table.has(raw, peer)) {
            return;
        }
        for (int run = 0; run < table.runs(peer).size(); run++) {
            double most = table.runs(raw).get(run).perSecond();
            double reached = table.runs(peer).get(run).perSecond();
            if (reached < most / 4) {
                lines.add(
                        String.format(
                                Locale.ROOT,
                                "Run %d does not count: the peer's %,.0f/s are below a quarter of"
                                        + " the raw PUTs' %,.0f/s",
                                run + 1,
                                reached,
                                most));
            }
        }
        ToDoubleFunction<Figures> speed = Figures::perSecond;
        ToDoubleFunction<Figures> cpu = Figures::cpuMicros;
        Row batched = row(Parts.STEADY, Setup.BATCHED);
        Row single = row(Parts.STEADY, Setup.SINGLE);
        Row acks = row(Parts.STEADY, Setup.ACK_ONLY);
        atLeast(1.3, "1 batch-size=500: values/s, of the peer's (aim 1.5)", batched, peer, speed);
        atLeast(0, "1 batch-size=500: values/s, of the ack-only's (aim 0.9)", batched, acks, speed);
        atMost(1, "1 batch-size=500: CPU a value, of the peer's (aim 0.8)", batched, peer, cpu);
        atLeast(0.9, "1 batch-size=1: values/s, of the peer's", single, peer, speed);
        atMost(1.5, "1 batch-size=1: CPU a value, of the peer's", single, peer, cpu);
    }

    private void evenIfPachubeIsSlow() {
        for (Setup setup : List.of(Setup.SINGLE, Setup.BATCHED)) {
            Setup wide = setup.withPool(Benchmark.WINDOW);
            for (Row row : table.rows()) {
                if (row.conditions().equals(Parts.SLOW) && row.name().equals(wide.toString())
                        || row.conditions().equals(Parts.NEWER_SLOW)
                                && row.name().startsWith(wide + ",")) {
                    judge(
                            0.9 * Benchmark.WINDOW * 1_000 / Benchmark.SLOW_MILLIS,
                            true,
                            "2 " + row.name() + ": values/s at 100 ms",
                            table.median(row, Figures::perSecond));
                }
            }
        }
    }

    private void cost() {
        for (Setup setup : List.of(Setup.SINGLE, Setup.BATCHED)) {
            Row few = row(Parts.STEADY, setup);
            atMost(
                    1.3,
                    "3 " + setup + ": CPU a value at 10,000 datastreams, of that at 100",
                    row(Parts.TEN_THOUSAND, setup),
                    few,
                    Figures::cpuMicros);
            Row backlog = row(Parts.BACKLOG, setup);
            atLeast(
                    0.9,
                    "4 " + setup + ": values/s of the backlog, of those at the steady rate",
                    backlog,
                    few,
                    Figures::perSecond);
            if (table.has(backlog)) {
                judge(
                        1.1,
                        false,
                        "4 " + setup + ": memory at the backlog's end, of that in its midst",
                        table.median(backlog, f -> f.megabytes() / f.megabytesBefore()));
            }
        }
    }

    private void delay() {
        Row single = row(Parts.PACED, Setup.SINGLE);
        Row batched = row(Parts.PACED, Setup.BATCHED);
        if (table.has(single, batched)) {
            judge(10, false, "5 batch-size=1: p99 ms at 100 values/s", p99(single));
            judge(10, false, "5 batch-size=500: p99 ms at 100 values/s", p99(batched));
            atMost(
                    1.1,
                    "5 p50 at 100 values/s with batch-size=500, of that with 1",
                    batched,
                    single,
                    Figures::p50Millis);
        }
        if (table.has(Parts.CALLBACKS)) {
            judge(20, false, "p99 ms of callbacks", p99(Parts.CALLBACKS));
        }
        if (table.has(Parts.START)) {
            judge(1_500, false, "ms until ready", table.median(Parts.START, Figures::p50Millis));
        }
    }

    private double p99(Row row) {
        return table.median(row, Figures::p99Millis);
    }

    private static Row row(String conditions, Setup setup) {
        return new Row(conditions, setup.toString());
    }

    private void atLeast(
            double wanted, String what, Row row, Row other, ToDoubleFunction<Figures> figure) {
        if (table.has(row, other)) {
            judge(wanted, true, what, ratio(row, other, figure));
        }
    }

    private void atMost(
            double wanted, String what, Row row, Row other, ToDoubleFunction<Figures> figure) {
        if (table.has(row, other)) {
            judge(wanted, false, what, ratio(row, other, figure));
        }
    }

    private double ratio(Row row, Row other, ToDoubleFunction<Figures> figure) {
        return table.median(row, figure) / table.median(other, figure);
    }

    private void judge(double wanted, boolean atLeast, String what, double measured) {
        boolean reached = atLeast ? measured >= wanted : measured <= wanted;
        lines.add(
                String.format(
                        Locale.ROOT,
                        "%-78s %,9.2f %s %,9.2f  %s",
                        what,
                        measured,
                        atLeast ? ">=" : "<=",
                        wanted,
                        reached ? "pass" : "FAIL"));
    }
}
