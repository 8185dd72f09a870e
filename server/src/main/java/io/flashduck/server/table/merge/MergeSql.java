package io.flashduck.server.table.merge;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The statements that keep a stored table equal to the winners of its contributions.
 *
 * <p>Rank of a contribution, compared in order: version; a write beats a file (a file's row has
 * sequence 0); the later write; the file's path in binary order; the row number. For each identity
 * the table keeps the best write or tombstone and the files' rows that beat it: the best of these
 * is in <i>stored</i> unless it is a tombstone, the others are in <i>shadow</i> or <i>deleted</i>.
 * What a write or a tombstone beats can never win again, because neither ever goes away, and is
 * dropped.
 *
 * <p>Staged rows are in a temporary table with the user's columns, the hidden ones and {@link
 * Hidden#DELETED}.
 *
 * <p>Threading: stateless.
 */
public final class MergeSql {
  /** The temporary table of the identities that a change touches. */
  public static final String TOUCHED = "temp._fd_touched";

  /** In the answer to {@link #sides}: the shadow has rows. */
  static final long SHADOW = 1;

  /** In the answer to {@link #sides}: there are tombstones. */
  static final long DELETED = 2;

  private static final String CANDIDATES = "temp._fd_candidates";
  private static final String RANKED = "temp._fd_ranked";

  private final TableLayout table;

  public MergeSql(TableLayout table) {
    this.table = table;
  }

  /** Creates the three tables, empty. */
  public List<String> create() {
    List<String> sql = new ArrayList<>(createRows());
    sql.add(createDeleted());
    return sql;
  }

  /** Creates the two tables of rows, empty; they are the same with and without a key. */
  public List<String> createRows() {
    return List.of(createRows(table.stored(), true), createRows(table.shadow(), true));
  }

  /** As {@link #createRows}, but rows of the stored table get their numbers when all are there. */
  public List<String> createUnnumbered() {
    return List.of(createRows(table.stored(), false), createRows(table.shadow(), true));
  }

  private String createRows(String name, boolean numbered) {
    return "CREATE TABLE "
        + name
        + " ("
        + columnDefinitions(table.columns())
        + (table.columns().isEmpty() ? "" : ", ")
        + hiddenStored(numbered)
        + ")";
  }

  /** Numbers the rows from 0, in the order in which they were inserted. */
  public List<String> number() {
    String sequence = Hidden.SCHEMA + "._fd_rows";
    return List.of(
        "CREATE SEQUENCE " + sequence + " MINVALUE 0 START 0",
        "ALTER TABLE "
            + table.stored()
            + " ADD COLUMN _fd_row BIGINT DEFAULT nextval('"
            + sequence
            + "')",
        "ALTER TABLE " + table.stored() + " ALTER COLUMN _fd_row DROP DEFAULT",
        "DROP SEQUENCE " + sequence);
  }

  /** Creates the table of tombstones, empty. */
  public String createDeleted() {
    return "CREATE TABLE "
        + table.deleted()
        + " ("
        + columnDefinitions(table.identityColumns())
        + ", _fd_version BIGINT, _fd_sequence BIGINT)";
  }

  /** Drops the three tables. */
  public List<String> drop() {
    return List.of(
        "DROP TABLE IF EXISTS " + table.stored(),
        "DROP TABLE IF EXISTS " + table.shadow(),
        "DROP TABLE IF EXISTS " + table.deleted());
  }

  /** Removes all rows, of which none is a write's. */
  public List<String> clear() {
    return List.of("DELETE FROM " + table.stored(), "DELETE FROM " + table.shadow());
  }

  /** Creates or replaces the view that clients see. */
  public String view() {
    return "CREATE OR REPLACE VIEW "
        + table.view()
        + " AS SELECT "
        + table.columns().stream()
            .map(c -> SqlIdentifiers.quote(c.name()))
            .map(c -> c + " AS " + c)
            .collect(Collectors.joining(", "))
        + " FROM "
        + table.stored();
  }

  /** An empty temporary table for staged rows. */
  public String createStage(String stage) {
    return "CREATE OR REPLACE TEMP TABLE "
        + stage
        + " ("
        + columnDefinitions(table.columns())
        + (table.columns().isEmpty() ? "" : ", ")
        + hidden()
        + ", _fd_deleted BOOLEAN)";
  }

  /** Keeps of each identity only the best staged row. */
  public List<String> keepNewestStaged(String stage) {
    String kept = "temp._fd_newest";
    return List.of(
        "CREATE OR REPLACE TEMP TABLE "
            + kept
            + " AS SELECT * FROM "
            + stage
            + " QUALIFY row_number() OVER (PARTITION BY "
            + table.identityList("")
            + " ORDER BY _fd_version DESC, _fd_sequence DESC, _fd_row DESC) = 1",
        "DELETE FROM " + stage,
        "INSERT INTO " + stage + " SELECT * FROM " + kept,
        "DROP TABLE " + kept);
  }

  /**
   * Applies staged writes that are newer than everything in the table: no ranks are needed.
   *
   * @param state which of the side tables have rows
   */
  public List<String> writeNewest(String stage, SideRows state) {
    List<String> sql = new ArrayList<>();
    sql.add(deleteMatching(table.stored(), stage));
    if (state.shadow()) {
      sql.add(deleteMatching(table.shadow(), stage));
    }
    if (state.deleted()) {
      sql.add(deleteMatching(table.deleted(), stage));
    }
    sql.add(insertStaged(stage));
    if (state.stagedDeletes()) {
      sql.add(
          insertTombstones("SELECT * FROM " + stage + " WHERE _fd_deleted" + onlyFilesOrigin()));
    }
    return sql;
  }

  /** Which of the side tables have rows: the sum of {@link #SHADOW} and {@link #DELETED}. */
  String sides() {
    return "SELECT (SELECT count(*) * "
        + SHADOW
        + " FROM (SELECT 1 FROM "
        + table.shadow()
        + " LIMIT 1)) + (SELECT count(*) * "
        + DELETED
        + " FROM (SELECT 1 FROM "
        + table.deleted()
        + " LIMIT 1))";
  }

  /** Adds the staged rows that are no tombstones, without looking at what is there. */
  public String insertStaged(String stage) {
    return "INSERT INTO "
        + table.stored()
        + " ("
        + table.allColumns("")
        + ") SELECT "
        + table.allColumns("")
        + " FROM "
        + stage
        + " WHERE NOT _fd_deleted";
  }

  /** How many rows and tombstones are known of the touched identities. */
  public String countTouched() {
    return "SELECT "
        + List.of(table.stored(), table.shadow(), table.deleted()).stream()
            .map(
                kept ->
                    "(SELECT count(*) FROM "
                        + kept
                        + " SEMI JOIN "
                        + TOUCHED
                        + " USING ("
                        + table.identityList("")
                        + "))")
            .collect(Collectors.joining(" + "));
  }

  /** How many staged rows have the identity of another one. */
  public String countRepeated(String stage) {
    return "SELECT (SELECT count(*) FROM "
        + stage
        + ") - (SELECT count(*) FROM (SELECT DISTINCT "
        + table.identityList("")
        + " FROM "
        + stage
        + "))";
  }

  /** Remembers the identities of staged rows and of the rows of files that go. */
  public String touch(String stage, List<Long> removedFiles) {
    String removed =
        removedFiles.isEmpty()
            ? ""
            : " UNION SELECT "
                + table.identityList("")
                + " FROM "
                + table.stored()
                + " WHERE "
                + ofFiles(removedFiles);
    return "CREATE OR REPLACE TEMP TABLE "
        + TOUCHED
        + " AS SELECT DISTINCT "
        + table.identityList("")
        + " FROM "
        + stage
        + removed;
  }

  /** Remembers the identities that more than one stored row or a tombstone has. */
  public String touchContested() {
    return "CREATE OR REPLACE TEMP TABLE "
        + TOUCHED
        + " AS SELECT "
        + table.identityList("")
        + " FROM "
        + table.stored()
        + " GROUP BY ALL HAVING count(*) > 1 UNION SELECT "
        + table.identityList("")
        + " FROM "
        + table.deleted();
  }

  /** Removes the contributions of files; what they hid is not brought back yet. */
  public List<String> removeFiles(List<Long> files) {
    if (files.isEmpty()) {
      return List.of();
    }
    return List.of(removeWinners(files), removeShadows(files));
  }

  /** Removes the rows of files from the stored table. */
  String removeWinners(List<Long> files) {
    return "DELETE FROM " + table.stored() + " WHERE " + ofFiles(files);
  }

  /** Removes the rows of files that others beat. */
  String removeShadows(List<Long> files) {
    return "DELETE FROM " + table.shadow() + " WHERE " + ofFiles(files);
  }

  /**
   * Decides anew who wins each touched identity, among staged rows and all that is stored.
   *
   * @param stage staged rows, or empty for none
   */
  public List<String> settle(String stage) {
    List<String> sql = new ArrayList<>();
    sql.add(candidates(stage));
    sql.add(deleteMatching(table.stored(), TOUCHED));
    sql.add(deleteMatching(table.shadow(), TOUCHED));
    sql.add(deleteMatching(table.deleted(), TOUCHED));
    sql.add(rank());
    sql.add(insertRanked(table.stored(), "_fd_rank = 1 AND NOT _fd_deleted"));
    sql.add(
        insertRanked(
            table.shadow(),
            "_fd_rank > 1 AND NOT _fd_beaten AND NOT _fd_repeated AND NOT _fd_deleted"));
    sql.add(
        insertTombstones(
            "SELECT * FROM "
                + RANKED
                + " WHERE _fd_deleted AND NOT _fd_beaten"
                + onlyFilesOrigin()));
    sql.add("DROP TABLE " + CANDIDATES);
    sql.add("DROP TABLE " + RANKED);
    sql.add("DROP TABLE " + TOUCHED);
    return sql;
  }

  /** Removes what a TRUNCATE or DROP at that version and sequence ends. */
  public List<String> floor(long version, long sequence) {
    String ended =
        " WHERE (_fd_sequence = 0 AND _fd_version <= "
            + version
            + ") OR (_fd_sequence > 0 AND _fd_sequence < "
            + sequence
            + ")";
    return List.of(
        "DELETE FROM " + table.stored() + ended,
        "DELETE FROM " + table.shadow() + ended,
        "DELETE FROM " + table.deleted() + " WHERE _fd_sequence < " + sequence);
  }

  /** Forgets the key: every row that was in the shadow of another is visible again. */
  public List<String> unshadow() {
    return List.of(
        "INSERT INTO "
            + table.stored()
            + " ("
            + table.allColumns("")
            + ") SELECT "
            + table.allColumns("")
            + " FROM "
            + table.shadow(),
        "DELETE FROM " + table.shadow());
  }

  /** The condition that a row is a file's own and from one of these files. */
  public static String ofFiles(List<Long> files) {
    return "_fd_sequence = 0 AND _fd_source IN (" + Names.numbers(files) + ")";
  }

  private String candidates(String stage) {
    List<String> parts = new ArrayList<>();
    String touched = " SEMI JOIN " + TOUCHED + " USING (" + table.identityList("") + ")";
    if (!stage.isEmpty()) {
      parts.add("SELECT " + table.allColumns("") + ", _fd_deleted FROM " + stage);
    }
    for (String kept : List.of(table.stored(), table.shadow())) {
      parts.add("SELECT " + table.allColumns("") + ", false AS _fd_deleted FROM " + kept + touched);
    }
    parts.add(
        "SELECT " + tombstoneColumns() + ", true AS _fd_deleted FROM " + table.deleted() + touched);
    return "CREATE OR REPLACE TEMP TABLE "
        + CANDIDATES
        + " AS SELECT c.*, f.path AS _fd_path FROM ("
        + String.join(" UNION ALL ", parts)
        + ") AS c LEFT JOIN _flashduck.files AS f ON f.id = c._fd_source AND c._fd_sequence = 0";
  }

  /**
   * Ranks the candidates of each identity. Beaten: a write or tombstone ranks higher. Repeated: a
   * row of the same file ranks higher.
   */
  private String rank() {
    String identity = table.identityList("");
    return "CREATE OR REPLACE TEMP TABLE "
        + RANKED
        + " AS SELECT *, row_number() OVER best AS _fd_rank,"
        + " coalesce(bool_or(_fd_sequence > 0) OVER (best ROWS BETWEEN UNBOUNDED PRECEDING AND"
        + " 1 PRECEDING), false) AS _fd_beaten,"
        + " _fd_sequence = 0 AND row_number() OVER (PARTITION BY "
        + identity
        + ", _fd_source, _fd_sequence = 0 ORDER BY _fd_version DESC, _fd_row DESC) > 1"
        + " AS _fd_repeated FROM "
        + CANDIDATES
        + " WINDOW best AS (PARTITION BY "
        + identity
        + " ORDER BY _fd_version DESC, _fd_sequence DESC, _fd_path DESC NULLS LAST, _fd_row DESC)";
  }

  private String insertRanked(String target, String condition) {
    return "INSERT INTO "
        + target
        + " ("
        + table.allColumns("")
        + ") SELECT "
        + table.allColumns("")
        + " FROM "
        + RANKED
        + " WHERE "
        + condition;
  }

  private String insertTombstones(String rows) {
    String columns = table.identityList("") + ", _fd_version, _fd_sequence";
    return "INSERT INTO "
        + table.deleted()
        + " ("
        + columns
        + ") SELECT "
        + columns
        + " FROM ("
        + rows
        + ")";
  }

  /** Without a key only a file can bring a deleted row back, so only its tombstones are kept. */
  private String onlyFilesOrigin() {
    return table.keyed() ? "" : " AND _fd_source > 0";
  }

  private String deleteMatching(String target, String identities) {
    return "DELETE FROM "
        + target
        + " AS t USING "
        + identities
        + " AS x WHERE "
        + table.sameIdentity("t", "x");
  }

  private String tombstoneColumns() {
    String origin = table.keyed() ? "NULL, NULL" : "_fd_source, _fd_row";
    String user =
        table.columns().stream()
            .map(c -> table.isKey(c.name()) ? SqlIdentifiers.quote(c.name()) : "NULL")
            .collect(Collectors.joining(", "));
    return user + (user.isEmpty() ? "" : ", ") + "_fd_version, " + origin + ", _fd_sequence";
  }

  private static String columnDefinitions(List<Column> columns) {
    return columns.stream()
        .map(c -> SqlIdentifiers.quote(c.name()) + " " + c.type())
        .collect(Collectors.joining(", "));
  }

  /**
   * With the encodings that suit them, so that DuckDB tries no others when rows are loaded: files
   * and writes come in runs, and rows are numbered.
   */
  private static String hiddenStored(boolean numbered) {
    return Hidden.COLUMNS.stream()
        .filter(column -> numbered || !column.equals(Hidden.ROW))
        .map(
            column ->
                column
                    + " BIGINT USING COMPRESSION "
                    + (column.equals(Hidden.ROW) ? "bitpacking" : "rle"))
        .collect(Collectors.joining(", "));
  }

  private static String hidden() {
    return Hidden.COLUMNS.stream().map(c -> c + " BIGINT").collect(Collectors.joining(", "));
  }

  /**
   * Which of the tables beside the stored one have rows, so that empty ones are left alone.
   *
   * @param shadow the shadow has rows
   * @param deleted there are tombstones
   * @param stagedDeletes there are tombstones among the staged rows
   */
  public record SideRows(boolean shadow, boolean deleted, boolean stagedDeletes) {}
}
