package io.pachube.bridge.trigger;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

class CallbackTokenPropertyTest {

    @Property
    void whatIsSealedComesBack(@ForAll("contents") CallbackToken.Content content) {
        CallbackTokenRules.comesBack(content);
    }

    @Property
    void whatNobodySealedNeverOpens(@ForAll byte[] forged) {
        CallbackTokenRules.neverOpens(forged);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void aChangedTokenNeverOpens(
            @ForAll("contents") CallbackToken.Content content, @ForAll byte[] change) {
        CallbackTokenRules.neverOpensChanged(content, change);
    }

    @Provide
    Arbitrary<CallbackToken.Content> contents() {
        return Combinators.combine(
                        Arbitraries.strings()
                                .alpha()
                                .numeric()
                                .withChars("_-")
                                .ofMinLength(1)
                                .ofMaxLength(128),
                        Arbitraries.strings()
                                .withCharRange('\0', '\uD7FF')
                                .ofMinLength(1)
                                .ofMaxLength(128),
                        Arbitraries.of(true, false)
                                .list()
                                .ofSize(4)
                                .flatMap(
                                        is ->
                                                Arbitraries.of(0, 1, 2)
                                                        .map(
                                                                qos ->
                                                                        new Options(
                                                                                is.get(0),
                                                                                is.get(1),
                                                                                is.get(2),
                                                                                is.get(3), qos))))
                .as(CallbackToken.Content::new);
    }
}
