package io.pachube.bridge.config;

import java.util.Locale;
import java.util.function.Function;

/**
 * Declares one setting: its name, its default, and how its text is read.
 *
 * @param name as in {@code application.properties}
 * @param defaultValue empty: none
 * @param isSecret if its value is read literally, may come from a file, and is never shown
 * @param expected completes "but it should be …"
 * @param parser throws {@link IllegalArgumentException} for a wrong value; its message, where it
 *     has one, says more than {@code expected}
 */
public record Setting<T>(
        String name,
        String defaultValue,
        boolean isSecret,
        String expected,
        Function<String, T> parser) {

    /** The environment variable that sets it. */
    public String variable() {
        return name.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_');
    }

    /** The environment variable that names a file with its value; secrets only. */
    public String fileVariable() {
        return variable() + "_FILE";
    }

    /**
     * Reads a value.
     *
     * @throws IllegalArgumentException if it is wrong; the message names the setting, the value
     *     (unless it is secret) and the expected form
     */
    public T parse(String value) {
        try {
            return parser.apply(value);
        } catch (WrongValueException e) {
            throw new IllegalArgumentException(name + " " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    name
                            + (isSecret ? " has a wrong value" : " is '" + value + "'")
                            + ", but it should be "
                            + expected,
                    e);
        }
    }

    /** Has a message that follows the setting's name, instead of the setting's own. */
    static final class WrongValueException extends IllegalArgumentException {
        WrongValueException(String message) {
            super(message);
        }
    }
}
