package io.flashduck.server.differential;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One statement or query of a sqllogictest file.
 *
 * <p>What SQLite answered is left out, and so are the conditions that name other databases: DuckDB
 * says what is right, for the variants of every dialect.
 *
 * @param line where it begins, 1-based
 * @param query whether the corpus expects rows
 * @param ordered whether the rows come in the order that the query asks for
 */
record CorpusRecord(int line, boolean query, boolean ordered, String sql) {
  private static final Pattern ROW =
      Pattern.compile("(INSERT INTO \\w+ VALUES) ?(\\(.*\\))", Pattern.DOTALL);

  /**
   * Reads the records of one file, one by one. Large tables are filled row by row: after the first
   * rows, those that follow each other are read as one statement.
   */
  static final class Reader {
    private static final int SINGLE_ROWS = 5;
    private static final int JOINED_ROWS = 500;

    private final BufferedReader lines;
    private Optional<CorpusRecord> ahead = Optional.empty();
    private String filled = "";
    private int rows;
    private int line;

    Reader(BufferedReader lines) {
      this.lines = lines;
    }

    /** The next record; empty at the end of the file. */
    Optional<CorpusRecord> next() throws IOException {
      Optional<CorpusRecord> first = ahead.isPresent() ? ahead : single();
      ahead = Optional.empty();
      Matcher row = ROW.matcher(first.map(CorpusRecord::sql).orElse(""));
      if (!row.matches()) {
        rows = 0;
        return first;
      }
      rows = row.group(1).equals(filled) ? rows + 1 : 1;
      filled = row.group(1);
      return rows <= SINGLE_ROWS ? first : Optional.of(joined(first.get()));
    }

    private CorpusRecord joined(CorpusRecord first) throws IOException {
      StringBuilder sql = new StringBuilder(first.sql());
      for (int joined = 1; joined < JOINED_ROWS; joined++) {
        ahead = single();
        Matcher row = ROW.matcher(ahead.map(CorpusRecord::sql).orElse(""));
        if (!row.matches() || !row.group(1).equals(filled)) {
          break;
        }
        sql.append(",\n").append(row.group(2));
        ahead = Optional.empty();
      }
      return new CorpusRecord(first.line(), false, false, sql.toString());
    }

    private Optional<CorpusRecord> single() throws IOException {
      for (String text = nextLine(); text != null; text = nextLine()) {
        boolean query = text.startsWith("query ");
        if (query || text.startsWith("statement ")) {
          int start = line;
          String sql = textUntil(end -> end.isBlank() || end.equals("----"));
          boolean ordered = text.contains("nosort") && sql.contains("ORDER BY");
          return Optional.of(new CorpusRecord(start, query, ordered, sql));
        }
      }
      return Optional.empty();
    }

    private String textUntil(Predicate<String> end) throws IOException {
      StringBuilder text = new StringBuilder();
      for (String next = nextLine(); next != null && !end.test(next); next = nextLine()) {
        text.append(text.isEmpty() ? "" : "\n").append(next);
      }
      return text.toString();
    }

    private String nextLine() throws IOException {
      line++;
      return lines.readLine();
    }
  }
}
