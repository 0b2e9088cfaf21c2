package io.pachube.bridge.callback;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

class CallbackTokenCodecPropertyTest {

    @Property
    void whatIsSealedComesBack(@ForAll("contents") CallbackTarget content) {
        CallbackTokenCodecRules.comesBack(content);
    }

    @Property
    void whatNobodySealedNeverOpens(@ForAll byte[] forged) {
        CallbackTokenCodecRules.neverOpens(forged);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void aChangedTokenNeverOpens(
            @ForAll("contents") CallbackTarget content, @ForAll byte[] change) {
        CallbackTokenCodecRules.neverOpensChanged(content, change);
    }

    @Provide
    Arbitrary<CallbackTarget> contents() {
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
                                                                        new NotificationOptions(
                                                                                is.get(0),
                                                                                is.get(1),
                                                                                is.get(2),
                                                                                is.get(3), qos))))
                .as(CallbackTarget::new);
    }
}
