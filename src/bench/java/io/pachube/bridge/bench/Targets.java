package io.pachube.bridge.bench;

import io.pachube.bridge.bench.Table.Row;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The targets, and whether the measured ones were reached. */
final class Targets {

    private static final String LINE = "%-78s %,9.2f";

    private final Table table;
    private final List<String> lines = new ArrayList<>();
    private final Set<Integer> ignored = new HashSet<>();

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
        Row camelHttp = row(Parts.STEADY, Setup.CAMEL_HTTP);
        Row acks = row(Parts.STEADY, Setup.ACK_ONLY);
        Row peer = row(Parts.STEADY, Setup.PEER);
        Row bareCamel = row(Parts.STEADY, Setup.CAMEL_PEER);
        Row single = row(Parts.STEADY, Setup.SINGLE);
        Row batched = row(Parts.STEADY, Setup.BATCHED);
        if (!table.has(raw)) {
            return;
        }
        for (int run = 0; run < table.runs(peer).size(); run++) {
            double share = perSecond(peer, run) / perSecond(raw, run);
            if (share < 0.25) {
                lines.add(
                        String.format(
                                Locale.ROOT,
                                "Run %d of 1 does not count: the peer stays at %.0f %% of the raw"
                                        + " PUTs, below a quarter",
                                run + 1,
                                100 * share));
                ignored.add(run);
            }
        }
        ToDoubleFunction<Figures> speed = Figures::perSecond;
        ToDoubleFunction<Figures> cpu = Figures::cpuMicros;
        atLeast(1.3, "1 batch=feed: values/s, the peer's being 1 (aim 1.5)", batched, peer, speed);
        tell("1 batch=feed: values/s, ack-only's being 1 (aim 0.9)", batched, acks, speed);
        atMost(1, "1 batch=feed: CPU a value, the peer's being 1 (aim 0.8)", batched, peer, cpu);
        atLeast(0.9, "1 batch=none: values/s, the peer's being 1", single, peer, speed);
        atMost(1.5, "1 batch=none: CPU a value, the peer's being 1", single, peer, cpu);
        tell("1 bare Camel: CPU a value, the peer's being 1", bareCamel, peer, cpu);
        tell("1 camel-http only: CPU a value, the peer's being 1", camelHttp, peer, cpu);
        ignored.clear();
    }

    private double perSecond(Row row, int run) {
        return table.runs(row).get(run).perSecond();
    }

    private void evenIfPachubeIsSlow() {
        double most = Benchmark.WINDOW * 1_000.0 / Benchmark.SLOW_MILLIS;
        for (Row row : table.rows()) {
            if (row.name().startsWith("bridge")
                    && List.of(Parts.SLOW, Parts.NEWER_SLOW).contains(row.conditions())) {
                double measured = table.median(row, Figures::perSecond);
                judge(0.9 * most, true, "2 " + row.name() + ": values/s at 100 ms", measured);
            }
        }
    }

    private void cost() {
        for (Setup setup : List.of(Setup.SINGLE, Setup.BATCHED)) {
            atMost(
                    1.3,
                    "3 " + setup + ": CPU a value at 10,000 datastreams, at 100 being 1",
                    row(Parts.TEN_THOUSAND, setup),
                    row(Parts.HUNDRED, setup),
                    Figures::cpuMicros);
            Row drained = Parts.drained(setup);
            Row thereafter = Parts.thereafter(setup);
            if (table.has(drained)) {
                judge(
                        0.9,
                        true,
                        "4 " + setup + ": values/s of the backlog, thereafter being 1",
                        table.median(drained, Figures::perSecond)
                                / table.median(thereafter, Figures::perSecond));
                judge(
                        1.1,
                        false,
                        "4 " + setup + ": memory at the backlog's end, in its midst being 1",
                        table.median(drained, f -> f.megabytes() / f.megabytesBefore()));
            }
        }
    }

    private void delay() {
        Row single = row(Parts.PACED, Setup.SINGLE);
        Row batched = row(Parts.PACED, Setup.BATCHED);
        if (table.has(single, batched)) {
            judge(10, false, "5 batch=none: p99 ms at 100 values/s", p99(single));
            judge(10, false, "5 batch=feed: p99 ms at 100 values/s", p99(batched));
            ToDoubleFunction<Figures> p50 = Figures::p50Millis;
            atMost(1.1, "5 batch=feed: p50 ms, with none being 1", batched, single, p50);
        }
        if (table.has(Parts.CALLBACKS)) {
            judge(20, false, "p99 ms of callbacks", p99(Parts.CALLBACKS));
        }
        if (table.has(Parts.START)) {
            double millis = table.median(Parts.START, Figures::p50Millis);
            judge(1_500, false, "ms until ready", millis);
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

    /** What nothing is asked of. */
    private void tell(String what, Row row, Row other, ToDoubleFunction<Figures> figure) {
        if (table.has(row, other)) {
            lines.add(String.format(Locale.ROOT, LINE, what, ratio(row, other, figure)));
        }
    }

    /** Run by run, as the machine is not as fast in each. */
    private double ratio(Row row, Row other, ToDoubleFunction<Figures> figure) {
        List<Integer> runs =
                new ArrayList<>(IntStream.range(0, table.runs(row).size()).boxed().toList());
        runs.removeAll(ignored);
        return Table.median(
                runs.stream()
                        .mapToDouble(
                                run ->
                                        figure.applyAsDouble(table.runs(row).get(run))
                                                / figure.applyAsDouble(table.runs(other).get(run)))
                        .sorted()
                        .toArray());
    }

    private void judge(double wanted, boolean atLeast, String what, double measured) {
        boolean reached = atLeast ? measured >= wanted : measured <= wanted;
        lines.add(
                String.format(
                        Locale.ROOT,
                        LINE + " %s %,9.2f  %s",
                        what,
                        measured,
                        atLeast ? ">=" : "<=",
                        wanted,
                        reached ? "pass" : "FAIL"));
    }
}
