package io.flashduck.server.table;

import java.util.List;

/** One step of a random history; numbers are small so that rows, files and times meet often. */
sealed interface HistoryStep {
  /** When a file says it was modified. */
  enum Time {
    LONG_AGO,
    NOW,
    IN_FUTURE
  }

  /** How a file is written. */
  enum Format {
    CSV,
    PARQUET,
    NDJSON
  }

  /** Writes a file; an id of 0 is null. */
  record WriteFile(
      int table, int file, Format format, Time time, List<Integer> ids, int extraColumns)
      implements HistoryStep {}

  record DeleteFile(int table, int file) implements HistoryStep {}

  record RenameFile(int table, int from, int to) implements HistoryStep {}

  record TouchFile(int table, int file, Time time) implements HistoryStep {}

  record CorruptFile(int table, int file) implements HistoryStep {}

  /** Upserts on a table with a key, appends on one without. */
  record Put(int table, List<Integer> ids, boolean withExtra) implements HistoryStep {}

  /** Deletes by key; on a table without one, by SQL. */
  record Delete(int table, List<Integer> ids) implements HistoryStep {}

  /** Updates by SQL the rows whose value ends with that digit. */
  record Update(int table, int id) implements HistoryStep {}

  /** Deletes them by SQL. */
  record DeleteRows(int table, int id) implements HistoryStep {}

  /** Fills a column that only SQL knows, in the rows whose value ends with that digit. */
  record Fill(int table, int id, int column) implements HistoryStep {}

  /** Adds a column that only SQL knows, with a DEFAULT where files allow it. */
  record AddColumn(int table, int column, boolean withDefault) implements HistoryStep {}

  /** Drops it. */
  record DropColumn(int table, int column) implements HistoryStep {}

  /** Gives it another name. */
  record RenameColumn(int table, int from, int to) implements HistoryStep {}

  /** Gives it another type, which holds all numbers that are in it. */
  record RetypeColumn(int table, int column, String type) implements HistoryStep {}

  record Truncate(int table) implements HistoryStep {}

  record Drop(int table) implements HistoryStep {}

  /** Folds all applied writes into Parquet. */
  record Fold() implements HistoryStep {}

  record Restart(boolean withoutCache) implements HistoryStep {}
}
