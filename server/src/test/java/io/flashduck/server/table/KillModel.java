package io.flashduck.server.table;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The changes of one writer, the first to the last, and what the tables hold of it after any of
 * them: appended rows, an upsert, a delete, a counter that a statement adds to, and a transaction
 * over both tables.
 */
final class KillModel {
  static final int WRITERS = 4;
  static final int PARTS = 3;

  /** Rows that are there from the beginning, so that row groups are left as they are. */
  static final int OTHERS = 5_000;

  /** So many bytes that a few writes fill a segment. */
  private static final int PAD = 1_000;

  static final String COLUMNS_OF_T =
      "id BIGINT PRIMARY KEY, w INTEGER, n BIGINT, v BIGINT, pad VARCHAR";
  static final String COLUMNS_OF_LOG = "w INTEGER, n BIGINT, part BIGINT, pad VARCHAR";

  /** What the rows of a writer are compared by, as text. */
  static final String ROWS_OF_T = "SELECT w, id, v, pad = " + pad("n") + " FROM %s WHERE w > 0";

  static final String ROWS_OF_LOG = "SELECT w, n, part, pad = " + pad("n") + " FROM %s";

  /** What a change is; they take turns. */
  enum Kind {
    APPEND,
    UPSERT,
    DELETE,
    STATEMENT,
    TRANSACTION
  }

  private KillModel() {}

  static Kind kind(long n) {
    return Kind.values()[(int) (n % Kind.values().length)];
  }

  static long key(int writer, long n, int part) {
    return writer * 1_000_000_000L + n * 10 + part;
  }

  static long counter(int writer) {
    return key(writer, 0, 0);
  }

  static String pad(long n) {
    return String.valueOf((char) ('a' + n % 26)).repeat(PAD);
  }

  static String pad(String n) {
    return "repeat(chr(97 + mod(" + n + ", 26)::INTEGER), " + PAD + ")";
  }

  /** The rows of a writer in table t after the change with that number. */
  static List<String> rowsOfT(int writer, long last) {
    TreeMap<Long, Long> values = new TreeMap<>();
    for (long n = 1; n <= last; n++) {
      switch (kind(n)) {
        case UPSERT -> {
          for (int part = 0; part < PARTS; part++) {
            values.put(key(writer, n, part), n);
          }
          values.put(counter(writer), n);
        }
        case DELETE -> values.remove(key(writer, n - 1, 1));
        case STATEMENT -> values.merge(counter(writer), 1L, Long::sum);
        case TRANSACTION -> values.put(counter(writer), n);
        case APPEND -> {}
      }
    }
    List<String> rows = new ArrayList<>();
    values.forEach((id, value) -> rows.add(writer + "|" + id + "|" + value + "|true"));
    rows.sort(null);
    return rows;
  }

  /** The rows of a writer in the log after the change with that number. */
  static List<String> rowsOfLog(int writer, long last) {
    List<String> rows = new ArrayList<>();
    for (long n = 1; n <= last; n++) {
      if (kind(n) == Kind.APPEND || kind(n) == Kind.TRANSACTION) {
        for (int part = 0; part < PARTS; part++) {
          rows.add(writer + "|" + n + "|" + part + "|true");
        }
      }
    }
    rows.sort(null);
    return rows;
  }

  /** Those of the rows that are a writer's, sorted. */
  static List<String> of(int writer, List<String> rows) {
    return rows.stream().filter(row -> row.startsWith(writer + "|")).sorted().toList();
  }
}
