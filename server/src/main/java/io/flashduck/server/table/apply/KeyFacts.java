package io.flashduck.server.table.apply;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.merge.Names;
import io.flashduck.server.table.state.FileState;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the rows of files in one table say about a key: which have none, and which share one.
 *
 * <p>Files are mostly written with integers that are close together, or in the order of their keys:
 * for these one pass over the key is enough (a bit for each integer, which all processors set;
 * {@link SortedKeys}, which one does). All other keys are counted by hashing them, which takes
 * about as long as reading the file.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class KeyFacts {
  /** Bits of the largest set of integers: 32 MB for each thread. */
  private static final BigInteger MOST_BITS = BigInteger.valueOf(1L << 28);

  /** Fewer rows are hashed sooner than asked about. */
  private static final long FEW_ROWS = 10_000;

  private static final int BITS_PER_ROW = 64;
  private static final Set<String> INTEGERS =
      Set.of(
          "TINYINT",
          "SMALLINT",
          "INTEGER",
          "BIGINT",
          "UTINYINT",
          "USMALLINT",
          "UINTEGER",
          "UBIGINT");

  private final LaneSession session;
  private final String table;
  private final boolean many;
  private final Map<List<String>, Counts> known = new HashMap<>();
  private boolean oneFileDistinct;

  /**
   * @param table the stored table or a stage, with the rows of files
   * @param files the files that have rows in it
   */
  KeyFacts(LaneSession session, String table, Collection<FileState> files) {
    this.session = session;
    this.table = table;
    this.many = files.stream().mapToLong(f -> f.load().rows()).sum() > FEW_ROWS;
  }

  /**
   * Counts.
   *
   * @param rows all rows
   * @param withoutKey rows with a null in the key
   * @param keys different keys of the other rows
   */
  record Counts(long rows, long withoutKey, long keys) {
    private static final Counts NO_ROWS = new Counts(0, 0, 0);

    /** A file without rows is not among those that were counted. */
    static Counts of(FileState file, Map<Long, Counts> counted) {
      return counted.getOrDefault(file.id(), NO_ROWS);
    }

    boolean identifies() {
      return withoutKey == 0 && keys == rows;
    }

    long repeated() {
      return rows - withoutKey - keys;
    }
  }

  /** Over all rows of the table, those of writes too; asked once. */
  Counts overall(List<String> key) {
    Counts counts = known.get(key);
    if (counts == null) {
      counts = countAll(key);
      known.put(key, counts);
    }
    return counts;
  }

  private Counts countAll(List<String> key) {
    if (many) {
      Optional<Counts> bits = key.size() == 1 ? byBits(key.get(0)) : Optional.empty();
      if (bits.isPresent()) {
        return bits.get();
      }
      long rows = session.number("SELECT count(*) FROM " + table);
      List<Sorted> files = sorted(key);
      boolean proven =
          files.stream().allMatch(f -> f.rises() && f.apart())
              && files.stream().mapToLong(f -> f.counts().rows()).sum() == rows;
      if (proven) {
        return new Counts(rows, 0, rows);
      }
    }
    return session
        .connection()
        .queryKept(
            "SELECT " + counts(key) + " FROM " + table,
            row -> new Counts(row.getLong(1), row.getLong(2), row.getLong(3)))
        .get(0);
  }

  /**
   * One file.
   *
   * @param rises whether its keys rise strictly, so that none repeats
   * @param apart whether the files with smaller keys have none as large as its least
   */
  private record Sorted(long file, Counts counts, boolean rises, boolean apart) {}

  private List<Sorted> sorted(List<String> key) {
    return session
        .connection()
        .query(
            SortedKeys.query(table, key),
            row -> {
              long rows = row.getLong(2);
              boolean rises = row.getBoolean(4);
              Counts counts = new Counts(rows, row.getLong(3), rises ? rows : 0);
              return new Sorted(row.getLong(1), counts, rises, row.getBoolean(5));
            });
  }

  /** The values of a column. */
  private record Range(String type, long rows, long withKey, String least, String most) {}

  /** Integers that are close together are marked in a set with a bit for each. */
  private Optional<Counts> byBits(String column) {
    String key = SqlIdentifiers.quote(column);
    Range range =
        session
            .connection()
            .query(
                "SELECT typeof(min(%1$s)), count(*), count(%1$s), min(%1$s)::VARCHAR,"
                        .formatted(key)
                    + " max(%s)::VARCHAR FROM ".formatted(key)
                    + table,
                row ->
                    new Range(
                        row.getString(1),
                        row.getLong(2),
                        row.getLong(3),
                        String.valueOf(row.getString(4)),
                        String.valueOf(row.getString(5))))
            .get(0);
    if (!INTEGERS.contains(range.type()) || range.withKey() == 0) {
      return Optional.empty();
    }
    return bits(key, range)
        .map(sql -> new Counts(range.rows(), range.rows() - range.withKey(), session.number(sql)));
  }

  /** The query, unless the set would be large. */
  private Optional<String> bits(String key, Range range) {
    BigInteger low = new BigInteger(range.least());
    BigInteger high = new BigInteger(range.most());
    BigInteger size = high.subtract(low).add(BigInteger.ONE);
    boolean dense = size.compareTo(BigInteger.valueOf(range.withKey() * BITS_PER_ROW)) <= 0;
    return dense && size.compareTo(MOST_BITS) <= 0 && high.bitLength() < Long.SIZE
        ? Optional.of(
            "SELECT bit_count(bitstring_agg("
                + String.join(", ", key, low.toString(), high.toString())
                + ")) FROM "
                + table)
        : Optional.empty();
  }

  /** Whether the rows that were counted last are of one file at most, and no key repeats. */
  boolean distinctInOneFile() {
    return oneFileDistinct;
  }

  /** For each file, by id; files without rows are missing. */
  Map<Long, Counts> byFile(List<String> key) {
    Map<Long, Counts> facts = countByFile(key);
    oneFileDistinct = facts.size() <= 1 && facts.values().stream().allMatch(Counts::identifies);
    return facts;
  }

  private Map<Long, Counts> countByFile(List<String> key) {
    Map<Long, Counts> facts = new TreeMap<>();
    if (many) {
      List<Sorted> files = sorted(key);
      if (files.stream().allMatch(Sorted::rises)) {
        files.forEach(file -> facts.put(file.file(), file.counts()));
        return facts;
      }
    }
    session
        .connection()
        .queryKept(
            "SELECT _fd_source, "
                + counts(key)
                + " FROM "
                + table
                + " WHERE _fd_sequence = 0 GROUP BY 1",
            row ->
                facts.put(
                    row.getLong(1), new Counts(row.getLong(2), row.getLong(3), row.getLong(4))));
    return facts;
  }

  /** A key that more than one row of the file has, as text. */
  String exampleOfRepeated(long file, List<String> key) {
    List<String> parts = new ArrayList<>();
    for (String column : key) {
      parts.add(
          SqlIdentifiers.literal(column + "=")
              + " || "
              + SqlIdentifiers.quote(column)
              + "::VARCHAR");
    }
    return session
        .connection()
        .query(
            "SELECT "
                + String.join(" || ', ' || ", parts)
                + " FROM "
                + table
                + " WHERE _fd_sequence = 0 AND _fd_source = "
                + file
                + " AND NOT ("
                + anyNull(key)
                + ") GROUP BY "
                + Names.list(key, "")
                + " HAVING count(*) > 1 ORDER BY "
                + Names.list(key, "")
                + " LIMIT 1",
            row -> String.valueOf(row.getString(1)))
        .stream()
        .findFirst()
        .orElse("");
  }

  /** The number, from 1, of the first row of the file without a key. */
  long firstWithoutKey(long file, List<String> key) {
    return session.number(
        "SELECT min(_fd_row) + 1 FROM "
            + table
            + " WHERE _fd_sequence = 0 AND _fd_source = "
            + file
            + " AND ("
            + anyNull(key)
            + ")");
  }

  /** Removes the rows that have no key. */
  void removeWithoutKey(List<String> key) {
    known.clear();
    session.execute("DELETE FROM " + table + " WHERE " + anyNull(key));
  }

  private static String counts(List<String> key) {
    String columns = Names.list(key, "");
    String distinct = key.size() == 1 ? columns : "(" + columns + ")";
    return "count(*), count(*) FILTER (WHERE "
        + anyNull(key)
        + "), count(DISTINCT "
        + distinct
        + ") FILTER (WHERE NOT ("
        + anyNull(key)
        + "))";
  }

  private static String anyNull(List<String> key) {
    return String.join(
        " OR ", key.stream().map(c -> SqlIdentifiers.quote(c) + " IS NULL").toList());
  }
}
