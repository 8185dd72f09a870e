package io.flashduck.server.differential;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;

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
  /** Reads the records of one file, one by one. */
  static final class Reader {
    private final BufferedReader lines;
    private int line;

    Reader(BufferedReader lines) {
      this.lines = lines;
    }

    /** The next record; empty at the end of the file. */
    Optional<CorpusRecord> next() throws IOException {
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
