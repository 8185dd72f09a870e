package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.state.ViewState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which change files there are and what they stand for.
 *
 * <p>Threading: immutable.
 *
 * @param nextFile the number of the next file; no number is used twice
 * @param historySequence the last write whose changes are in the history
 * @param historyFloor changes up to this write are no longer there, of any table
 * @param histories the history of each table that a write has named
 * @param base what stands for the first writes; empty before the first fold
 */
public record FoldManifest(
    long nextFile,
    long historySequence,
    long historyFloor,
    SortedMap<TableName, History> histories,
    Optional<Base> base) {
  /** Nothing is folded. */
  public static final FoldManifest EMPTY =
      new FoldManifest(1, 0, 0, new TreeMap<>(), Optional.empty());

  public FoldManifest {
    histories = Collections.unmodifiableSortedMap(new TreeMap<>(histories));
  }

  /**
   * The history of a table.
   *
   * @param lastChange the last write that named the table
   * @param floor changes up to this write are no longer there
   * @param files in no particular order
   */
  public record History(long lastChange, long floor, List<ChangeFile> files) {
    /** Of a table that no write has named. */
    public static final History NONE = new History(0, 0, List.of());

    public History {
      files = List.copyOf(files);
    }
  }

  /**
   * All that the writes up to a sequence have left, without the files' rows.
   *
   * @param sequence the last of these writes
   * @param tables their tables, dropped ones with a floor too
   * @param server what belongs to no table
   */
  public record Base(long sequence, SortedMap<TableName, BaseTable> tables, ServerBase server) {
    public Base {
      tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
    }
  }

  /**
   * What writes have left of a table.
   *
   * @param name its name
   * @param sequence the fold in which the file was written
   * @param shape its {@code TableShape} as JSON
   * @param rows the newest write and tombstone of each row; empty if nothing is stored of it
   */
  public record BaseTable(TableName name, long sequence, String shape, Optional<ChangeFile> rows) {}

  /**
   * What writes have left beside tables.
   *
   * @param views the views
   * @param schemas schemas that exist also without tables
   * @param producers the positions of producers
   * @param changes the lines of {@code flashduck.changes}
   */
  public record ServerBase(
      List<ViewState> views, List<String> schemas, ChangeFile producers, ChangeFile changes) {
    public ServerBase {
      views = List.copyOf(views);
      schemas = List.copyOf(schemas);
    }
  }

  /** The last write that the base stands for. */
  public long baseSequence() {
    return base.map(Base::sequence).orElse(0L);
  }

  /** The history of a table. */
  public History history(TableName table) {
    History known = histories.getOrDefault(table, History.NONE);
    return new History(known.lastChange(), Math.max(historyFloor, known.floor()), known.files());
  }

  /** Every file that it names. */
  public List<ChangeFile> files() {
    List<ChangeFile> all = new ArrayList<>();
    histories.values().forEach(history -> all.addAll(history.files()));
    all.addAll(baseFiles());
    return all;
  }

  /** The files of the base. */
  public List<ChangeFile> baseFiles() {
    List<ChangeFile> files = new ArrayList<>();
    base.ifPresent(
        b -> {
          b.tables().values().forEach(table -> table.rows().ifPresent(files::add));
          files.add(b.server().producers());
          files.add(b.server().changes());
        });
    return files;
  }

  /** The bytes of the history. */
  public long historyBytes() {
    return histories.values().stream()
        .flatMap(history -> history.files().stream())
        .mapToLong(ChangeFile::bytes)
        .sum();
  }

  /** The bytes of the base. */
  public long baseBytes() {
    return baseFiles().stream().mapToLong(ChangeFile::bytes).sum();
  }

  /** With another history. */
  FoldManifest withHistories(long sequence, long floor, SortedMap<TableName, History> changed) {
    return new FoldManifest(nextFile, sequence, floor, changed, base);
  }

  /** With another base. */
  FoldManifest withBase(Base newBase) {
    return new FoldManifest(
        nextFile, historySequence, historyFloor, histories, Optional.of(newBase));
  }

  /** With another number of the next file. */
  FoldManifest withNextFile(long number) {
    return new FoldManifest(number, historySequence, historyFloor, histories, base);
  }
}
