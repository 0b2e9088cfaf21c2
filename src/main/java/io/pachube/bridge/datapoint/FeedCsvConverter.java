package io.pachube.bridge.datapoint;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a datastream's CSV that of its feed (contract, 2.1 and 2.2): rows {@code id,value} or
 * {@code id,timestamp,value}; and takes a feed's CSV apart. The cells stay as they are, quotes and
 * all.
 */
final class FeedCsvConverter {

    private final byte[] body;
    private final int end;
    private int at;

    private FeedCsvConverter(byte[] body) {
        int last = body.length;
        while (last > 0 && CsvTimestamper.isSpace(body[last - 1])) {
            last--;
        }
        this.body = body;
        this.end = last;
        while (at < end && CsvTimestamper.isSpace(body[at])) {
            at++;
        }
    }

    /**
     * @param body one value, or rows of {@code timestamp,value}
     * @return null if it is neither
     */
    static byte[] of(String datastream, byte[] body) {
        return new FeedCsvConverter(body).rows((datastream + ",").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns the cells of a feed's rows, with their quotes but without the space around them;
     * lines without cells are left out.
     *
     * @return null if a cell is empty or badly quoted
     */
    static List<List<String>> cells(byte[] body) {
        return new FeedCsvConverter(body).cells();
    }

    /** Returns the text of a cell that may be quoted. */
    static String unquoted(String cell) {
        return cell.startsWith("\"")
                ? cell.substring(1, cell.length() - 1).replace("\"\"", "\"")
                : cell;
    }

    private List<List<String>> cells() {
        List<List<String>> rows = new ArrayList<>();
        while (at < end) {
            List<String> row = new ArrayList<>();
            do {
                int begin = at;
                if (!skipCell()) {
                    return null;
                }
                row.add(new String(body, begin, at - begin, StandardCharsets.UTF_8).strip());
            } while (consume(','));
            rows.add(row);
            do {
                skipSpace();
            } while (consume('\r') | consume('\n'));
        }
        return rows;
    }

    private byte[] rows(byte[] id) {
        ByteArrayOutputStream rows = new ByteArrayOutputStream(2 * body.length + id.length);
        int count = 0;
        int values = 0;
        do {
            int begin = at;
            int cells = 0;
            do {
                cells++;
                if (!skipCell()) {
                    return null;
                }
            } while (consume(','));
            if (cells > 2) {
                return null;
            }
            values += cells == 1 ? 1 : 0;
            if (count++ > 0) {
                rows.write('\n');
            }
            rows.writeBytes(id);
            rows.write(body, begin, at - begin);
        } while (consume('\r') | consume('\n'));
        return count > 1 && values > 0 ? null : rows.toByteArray();
    }

    private boolean consume(char c) {
        boolean there = at < end && body[at] == c;
        at += there ? 1 : 0;
        return there;
    }

    /** Steps over a cell that holds more than space. */
    private boolean skipCell() {
        skipSpace();
        if (consume('"')) {
            return isQuoted();
        }
        int begin = at;
        while (at < end && !isDelimiter(body[at])) {
            if (body[at++] == '"') {
                return false;
            }
        }
        return at > begin;
    }

    private boolean isQuoted() {
        boolean filled = false;
        while (at < end) {
            if (!consume('"')) {
                filled |= !CsvTimestamper.isSpace(body[at++]);
            } else if (consume('"')) {
                filled = true;
            } else {
                skipSpace();
                return filled && (at == end || isDelimiter(body[at]));
            }
        }
        return false;
    }

    private void skipSpace() {
        while (at < end && CsvTimestamper.isSpace(body[at]) && !isDelimiter(body[at])) {
            at++;
        }
    }

    private static boolean isDelimiter(byte b) {
        return b == ',' || b == '\n' || b == '\r';
    }
}
