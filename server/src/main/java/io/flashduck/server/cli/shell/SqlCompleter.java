package io.flashduck.server.cli.shell;

import io.flashduck.server.cli.remote.RemoteTable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/**
 * Completes SQL keywords, tables and columns, and the shell's own commands. The columns of the
 * tables that the statement names come first; after {@code FROM} and the like only tables do.
 *
 * <p>Threading: JLine's reader thread.
 */
final class SqlCompleter implements Completer {
  private static final List<String> KEYWORDS =
      List.of(
          "SELECT",
          "FROM",
          "WHERE",
          "GROUP BY",
          "ORDER BY",
          "HAVING",
          "LIMIT",
          "OFFSET",
          "JOIN",
          "LEFT JOIN",
          "RIGHT JOIN",
          "FULL JOIN",
          "CROSS JOIN",
          "ASOF JOIN",
          "ON",
          "USING",
          "AS",
          "AND",
          "OR",
          "NOT",
          "IN",
          "IS NULL",
          "IS NOT NULL",
          "BETWEEN",
          "LIKE",
          "ILIKE",
          "EXISTS",
          "CASE",
          "WHEN",
          "THEN",
          "ELSE",
          "END",
          "CAST",
          "DISTINCT",
          "UNION",
          "UNION ALL",
          "EXCEPT",
          "INTERSECT",
          "WITH",
          "RECURSIVE",
          "VALUES",
          "INSERT INTO",
          "INSERT OR REPLACE INTO",
          "UPDATE",
          "SET",
          "DELETE FROM",
          "MERGE INTO",
          "TRUNCATE",
          "RETURNING",
          "CREATE TABLE",
          "CREATE VIEW",
          "CREATE SCHEMA",
          "DROP TABLE",
          "DROP VIEW",
          "ALTER TABLE",
          "ADD COLUMN",
          "DROP COLUMN",
          "RENAME COLUMN",
          "DESCRIBE",
          "SUMMARIZE",
          "SHOW TABLES",
          "EXPLAIN",
          "EXPLAIN ANALYZE",
          "PIVOT",
          "UNPIVOT",
          "QUALIFY",
          "OVER",
          "PARTITION BY",
          "WINDOW",
          "FILTER",
          "ASC",
          "DESC",
          "NULLS FIRST",
          "NULLS LAST",
          "TRUE",
          "FALSE",
          "NULL",
          "DATE",
          "TIMESTAMP",
          "INTERVAL",
          "BEGIN",
          "COMMIT",
          "ROLLBACK",
          "COUNT(*)",
          "SUM(",
          "AVG(",
          "MIN(",
          "MAX(",
          "COALESCE(");
  private static final Set<String> BEFORE_TABLE =
      Set.of(
          "from", "join", "into", "update", "table", "describe", "summarize", "truncate", "view");

  private final Supplier<List<RemoteTable>> tables;

  /**
   * @param tables the server's tables; asked at every completion, so it should remember
   */
  SqlCompleter(Supplier<List<RemoteTable>> tables) {
    this.tables = tables;
  }

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    candidates.addAll(candidates(line));
  }

  /** Everything that may stand at the cursor; JLine keeps what begins like the typed word. */
  List<Candidate> candidates(ParsedLine line) {
    List<Candidate> candidates = new ArrayList<>();
    if (line.line().stripLeading().startsWith("\\")) {
      command(line, candidates);
    } else if (afterTableWord(line)) {
      tables(candidates);
    } else {
      columns(line, candidates);
      tables(candidates);
      keywords(line.word(), candidates);
    }
    return candidates;
  }

  private static boolean afterTableWord(ParsedLine line) {
    return line.wordIndex() > 0
        && BEFORE_TABLE.contains(line.words().get(line.wordIndex() - 1).toLowerCase(Locale.ROOT));
  }

  private void command(ParsedLine line, List<Candidate> candidates) {
    if (line.wordIndex() == 0) {
      for (ShellCommand.Kind kind : ShellCommand.Kind.values()) {
        candidates.add(candidate(kind.word(), "commands", kind.help()));
      }
    } else if (line.words().get(0).equals(ShellCommand.Kind.DESCRIBE.word())) {
      tables(candidates);
    } else if (line.words().get(0).equals(ShellCommand.Kind.FORMAT.word())) {
      List.of("table", "csv", "json", "ndjson")
          .forEach(name -> candidates.add(candidate(name, "formats", "")));
    }
  }

  private void tables(List<Candidate> candidates) {
    Set<String> names = new LinkedHashSet<>();
    for (RemoteTable table : tables.get()) {
      names.add(Names.shown(table.schema(), table.name()));
    }
    names.forEach(name -> candidates.add(candidate(name, "tables", "")));
  }

  private void columns(ParsedLine line, List<Candidate> candidates) {
    Set<String> words = new LinkedHashSet<>();
    line.words().forEach(word -> words.add(word.toLowerCase(Locale.ROOT)));
    List<RemoteTable> all = tables.get();
    List<RemoteTable> named =
        all.stream()
            .filter(
                table ->
                    words.contains(table.name().toLowerCase(Locale.ROOT))
                        || words.contains(
                            Names.shown(table.schema(), table.name()).toLowerCase(Locale.ROOT)))
            .toList();
    Set<String> seen = new LinkedHashSet<>();
    for (RemoteTable table : named.isEmpty() ? all : named) {
      for (RemoteTable.RemoteColumn column : table.columns()) {
        if (seen.add(column.name())) {
          candidates.add(candidate(Names.quoted(column.name()), "columns", column.type()));
        }
      }
    }
  }

  /** Keywords follow the case that was typed. */
  private static void keywords(String typed, List<Candidate> candidates) {
    boolean lower = !typed.isEmpty() && typed.equals(typed.toLowerCase(Locale.ROOT));
    List<String> words = new ArrayList<>(KEYWORDS);
    for (String word : words) {
      candidates.add(candidate(lower ? word.toLowerCase(Locale.ROOT) : word, "keywords", ""));
    }
  }

  private static Candidate candidate(String value, String group, String description) {
    return new Candidate(
        value, value, group, description.isEmpty() ? null : description, null, null, true);
  }
}
