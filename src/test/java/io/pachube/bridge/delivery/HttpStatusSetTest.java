package io.pachube.bridge.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

class HttpStatusSetTest {

    @ParameterizedTest
    @CsvSource({
        "'429', '429'",
        "'408,429', '408 429'",
        "' 408 , 429 ', '408 429'",
        "'500-503', '500 501 502 503'",
        "'500-500', '500'",
        "'498-501,429', '429 498 499 500 501'",
        "'500-502,501-503', '500 501 502 503'",
        "'100,599', '100 599'",
        "'429,,408,', '408 429'"
    })
    void statusesAndRangesAreListed(String text, String statuses) {
        assertEquals(statuses, in(HttpStatusSet.parse(text)));
    }

    @ParameterizedTest
    @CsvSource({"1xx, 100", "2xx, 200", "3xx, 300", "4xx, 400", "5xx, 500"})
    void aClassIsAHundredStatuses(String text, int first) {
        assertEquals(
                IntStream.range(first, first + 100)
                        .mapToObj(String::valueOf)
                        .collect(Collectors.joining(" ")),
                in(HttpStatusSet.parse(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ",", " , "})
    void anEmptyListHoldsNothing(String text) {
        assertEquals("", in(HttpStatusSet.parse(text)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "all",
                "0",
                "99",
                "600",
                "42",
                "4290",
                "6xx",
                "0xx",
                "5XX",
                "5x",
                "50x",
                "-500",
                "500-",
                "500-600",
                "500--503",
                "4xx-5xx",
                "500 - 503",
                "429;408",
                "4 29",
                "503-500",
                "501-500"
            })
    void anythingElseIsRefusedByName(String item) {
        IllegalArgumentException refusal =
                assertThrows(
                        IllegalArgumentException.class, () -> HttpStatusSet.parse("408, " + item));

        assertEquals(
                "'" + item + "' is no status (429), range (500-504) or class (5xx)",
                refusal.getMessage());
    }

    @Test
    void noAnswerIsInNoList() {
        assertFalse(HttpStatusSet.parse("1xx,2xx,3xx,4xx,5xx").contains(0));
    }

    private static String in(HttpStatusSet list) {
        return IntStream.range(0, 1000)
                .filter(list::contains)
                .mapToObj(String::valueOf)
                .collect(Collectors.joining(" "));
    }
}
