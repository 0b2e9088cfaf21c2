package io.pachube.sandbox;

/** The forms of a notification that Pachube is known to have sent (contract, section 4.5). */
public enum NotificationFormat {
    /** As on the wire in early 2011: the value is {@code value.value}, times are in seconds. */
    WIRE_2011,
    /** As in the vendor's documents of 2011-13: {@code value.current_value}, microseconds. */
    DOCS,
    /** As on the wire in 2014: {@code value.value}, microseconds, nulls where nothing is known. */
    WIRE_2014
}
