package io.pachube.sandbox;

import static java.time.ZoneOffset.UTC;
import static java.time.temporal.ChronoUnit.MICROS;
import static java.time.temporal.ChronoUnit.SECONDS;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;

/** Parses any ISO 8601 timestamp, and formats UTC with six decimals (contract, section 1). */
final class Timestamps {
    private static final DateTimeFormatter IN =
            new DateTimeFormatterBuilder()
                    .append(DateTimeFormatter.ISO_LOCAL_DATE)
                    .appendPattern("['T'][' ']")
                    .appendOptional(DateTimeFormatter.ISO_LOCAL_TIME)
                    .appendPattern("[XXX][XX][X]")
                    .parseDefaulting(ChronoField.HOUR_OF_DAY, 0)
                    .toFormatter()
                    .withZone(UTC);
    private static final DateTimeFormatter OUT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSX").withZone(UTC);

    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LAST = Instant.parse("9999-01-01T00:00:00Z");

    private Timestamps() {}

    static Instant parse(String text) {
        try {
            Instant at = IN.parse(text, Instant::from).truncatedTo(MICROS);
            if (at.isBefore(FIRST) || at.isAfter(LAST)) {
                throw new DateTimeException("a year of not four digits");
            }
            return at;
        } catch (DateTimeException e) {
            throw ApiException.invalid("Timestamp is invalid: " + text);
        }
    }

    static String format(Instant at) {
        return OUT.format(at);
    }

    /** Second precision, as triggers show it. */
    static String seconds(Instant at) {
        return DateTimeFormatter.ISO_INSTANT.format(at.truncatedTo(SECONDS));
    }
}
