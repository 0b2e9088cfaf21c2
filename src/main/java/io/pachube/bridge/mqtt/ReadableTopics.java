package io.pachube.bridge.mqtt;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a broker sends, with question marks in topics where Paho 1.2.5 would not go on.
 *
 * <p>Paho takes no character from U+FDD0 on in a topic, though MQTT has them: its receiving thread
 * ends with an exception, and, because the broker sends the message again, so does the next one.
 * Anybody who may publish could end the bridge so. No byte is added or taken away.
 */
final class ReadableTopics extends FilterInputStream {

    private static final int PUBLISH = 3;
    private static final int LONGEST_HEADER = 5;

    /** The packet's beginning, until it can be handed on. */
    private byte[] head = new byte[256];

    private int size;
    private int handedOn;
    private boolean ready;

    /** How much of the packet comes behind its beginning. */
    private int rest;

    ReadableTopics(InputStream in) {
        super(in);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (size == 0 && rest > 0) {
            int count = in.read(to, offset, Math.min(length, rest));
            rest -= Math.max(count, 0);
            return count;
        }
        // a time-out may come in between: what was read until then is kept
        for (int missing = missing(); !ready && missing > 0; missing = missing()) {
            head = size + missing > head.length ? Arrays.copyOf(head, size + missing) : head;
            int count = in.read(head, size, missing);
            if (count < 0) {
                return -1;
            }
            size += count;
        }
        ready = true;
        int count = Math.min(length, size - handedOn);
        System.arraycopy(head, handedOn, to, offset, count);
        handedOn += count;
        if (handedOn == size) {
            ready = false;
            size = 0;
            handedOn = 0;
        }
        return count;
    }

    @Override
    public int available() throws IOException {
        return (ready ? size - handedOn : 0) + in.available();
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** How many more bytes the packet's beginning has for certain; 0: it is whole. */
    private int missing() {
        int header = header();
        if (ready || header == 0) {
            return ready ? 0 : 1;
        }
        int remaining = 0;
        for (int i = header - 1; i > 0; i--) {
            remaining = remaining << 7 | head[i] & 0x7f;
        }
        int wanted = header;
        if ((head[0] & 0xf0) >> 4 == PUBLISH && remaining >= 2) {
            wanted += 2;
            if (size >= wanted) {
                int topic = (head[header] & 0xff) << 8 | head[header + 1] & 0xff;
                wanted += Math.min(topic, remaining - 2);
                if (size == wanted) {
                    makeReadable(header + 2);
                }
            }
        }
        if (size == wanted) {
            rest = header + remaining - wanted;
        }
        return wanted - size;
    }

    /** The fixed header's length (MQTT 3.1.1, 2.2); 0: it is not all there. */
    private int header() {
        for (int i = 1; i < Math.min(size, LONGEST_HEADER); i++) {
            if (head[i] >= 0 || i == LONGEST_HEADER - 1) {
                return i + 1;
            }
        }
        return 0;
    }

    private void makeReadable(int from) {
        if (isPlain(from)) {
            return;
        }
        String topic = new String(head, from, size - from, StandardCharsets.UTF_8);
        if (topic.codePoints().allMatch(ReadableTopics::isReadable)) {
            return;
        }
        int at = from;
        for (int c : topic.codePoints().toArray()) {
            int length = new String(Character.toChars(c)).getBytes(StandardCharsets.UTF_8).length;
            if (c == '\uFFFD') {
                break; // perhaps no UTF-8: its length is not known
            }
            if (!isReadable(c)) {
                Arrays.fill(head, at, at + length, (byte) '?');
            }
            at += length;
        }
        for (; at < size; at++) {
            if (head[at] < 0 || Character.isISOControl(head[at])) {
                head[at] = '?';
            }
        }
    }

    /** Nearly all are ASCII, and each message comes this way. */
    private boolean isPlain(int from) {
        for (int i = from; i < size; i++) {
            if (head[i] < ' ' || head[i] == 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static boolean isReadable(int c) {
        return !Character.isISOControl(c) && c < 0xfdd0;
    }
}
