package io.flashduck.server.table;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.fold.FoldStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the database holds and how far each part has come, at one moment.
 *
 * <p>Threading: immutable.
 *
 * @param version the table version
 * @param appliedSequence the last write that queries see
 * @param durableSequence the last write on stable storage
 * @param queueBytes the bytes of writes that are not applied yet
 * @param queue what the write queue keeps on disk
 * @param oldestUnapplied how long the oldest write that is not applied has been waiting
 * @param writesRefused why writes are refused, if they are
 * @param tables every table
 * @param files every source file, those with a problem too
 * @param folding how far applied writes are folded into Parquet
 * @param exports how far each table's consolidated file is behind
 * @param loads how far the reading of each table's changed files is, or the last one came
 */
public record DatabaseStatus(
    long version,
    long appliedSequence,
    long durableSequence,
    long queueBytes,
    QueueFiles queue,
    Optional<Duration> oldestUnapplied,
    Optional<String> writesRefused,
    List<Table> tables,
    List<SourceState> files,
    FoldStatus folding,
    List<ExportLag> exports,
    List<Load> loads) {
  public DatabaseStatus {
    tables = List.copyOf(tables);
    files = List.copyOf(files);
    exports = List.copyOf(exports);
    loads = List.copyOf(loads);
  }

  /** How many writes are stored and not applied yet. */
  public long queueDepth() {
    return Math.max(0, durableSequence - appliedSequence);
  }

  /**
   * What the write queue keeps on disk.
   *
   * @param firstSequence the oldest write that its segments hold
   * @param segments its segment files
   * @param bytes their bytes
   * @param waitingSenders senders that wait for room
   */
  public record QueueFiles(long firstSequence, int segments, long bytes, int waitingSenders) {}

  /**
   * How far a table's consolidated file is behind the table.
   *
   * @param table the table
   * @param lag how long the oldest change that is not in the file has been waiting
   * @param sequencesBehind the writes applied since the last one that the file holds; 0 if the
   *     table has not changed since
   */
  public record ExportLag(TableName table, Duration lag, long sequencesBehind) {}

  /**
   * One table.
   *
   * @param definition its columns and key
   * @param version the table version at which it last changed
   * @param rows its visible rows
   * @param problem what is wrong with its configuration or files, in a sentence
   */
  public record Table(
      TableDefinition definition, long version, long rows, Optional<String> problem) {}

  /**
   * One source file.
   *
   * @param path relative to the data folder
   * @param table the table that it belongs to, as {@code schema.name}
   * @param state what became of it
   * @param reason what is wrong and what to do; what was left out of a loaded file
   * @param rows the rows it contributes
   * @param bytes its size
   * @param modified its modified time: the version of its rows
   * @param loadedAt when its rows were last read
   * @param loadTime how long that took
   */
  public record SourceState(
      String path,
      String table,
      State state,
      Optional<String> reason,
      long rows,
      long bytes,
      Instant modified,
      Optional<Instant> loadedAt,
      Optional<Duration> loadTime) {}

  /**
   * The present or last reading of a table's changed files.
   *
   * @param table the table, as {@code schema.name}
   * @param state waiting, loading, loaded or refused
   * @param files how many files there are to read
   * @param filesDone how many of them were read
   * @param bytes the bytes of all of them
   * @param bytesDone the bytes of those that were read
   * @param rows the rows that were read
   * @param elapsed since the beginning, or until the end
   */
  public record Load(
      String table,
      String state,
      long files,
      long filesDone,
      long bytes,
      long bytesDone,
      long rows,
      Duration elapsed) {}

  /** What became of a source file. */
  public enum State {
    /** Its rows are in the table. */
    LOADED,
    /** It changed a moment ago, or is tried again soon; rows of its last good state stay. */
    PENDING,
    /** It could not be read; rows of its last good state, if any, are still in the table. */
    QUARANTINED,
    /** Older than a TRUNCATE or DROP of its table: it contributes nothing. */
    MASKED,
    /** The scan refused it: its name, its place or its permissions. */
    REJECTED,
    /** Its name is hidden or temporary: it is left alone. */
    IGNORED
  }
}
