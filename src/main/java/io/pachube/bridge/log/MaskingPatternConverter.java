package io.pachube.bridge.log;

import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.plugins.Plugin;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.core.pattern.ConverterKeys;
import org.apache.logging.log4j.core.pattern.LogEventPatternConverter;
import org.apache.logging.log4j.core.pattern.PatternConverter;
import org.apache.logging.log4j.core.pattern.PatternFormatter;

import java.util.List;

/**
 * {@code %masked{pattern}} in a Log4j pattern layout: the pattern's text, without {@link
 * SecretMasker}.
 */
@Plugin(name = "masked", category = PatternConverter.CATEGORY)
@ConverterKeys("masked")
public final class MaskingPatternConverter extends LogEventPatternConverter {

    private final List<PatternFormatter> formatters;

    private MaskingPatternConverter(List<PatternFormatter> formatters) {
        super("masked", "masked");
        this.formatters = formatters;
    }

    /** Called by Log4j. */
    public static MaskingPatternConverter newInstance(
            Configuration configuration, String[] options) {
        if (options.length != 1) {
            throw new IllegalArgumentException("%masked takes one pattern: %masked{%m%n%xEx}");
        }
        return new MaskingPatternConverter(
                PatternLayout.createPatternParser(configuration).parse(options[0]));
    }

    @Override
    public void format(LogEvent event, StringBuilder to) {
        StringBuilder text = new StringBuilder();
        for (PatternFormatter formatter : formatters) {
            formatter.format(event, text);
        }
        to.append(SecretMasker.mask(text.toString()));
    }

    @Override
    public boolean handlesThrowable() {
        return formatters.stream().anyMatch(PatternFormatter::handlesThrowable);
    }
}
