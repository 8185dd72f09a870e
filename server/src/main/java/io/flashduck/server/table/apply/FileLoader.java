package io.flashduck.server.table.apply;

import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.merge.Names;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.source.ArrowFiles;
import io.flashduck.server.table.source.FileProbe.Reading;
import io.flashduck.server.table.source.ReaderFailure;
import io.flashduck.server.table.source.SourceSql;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.arrow.vector.ipc.ArrowReader;

/**
 * Reads the rows of files into a stored or a staging table.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class FileLoader {
  private static final String STREAM = "_fd_file";

  private final LaneContext lane;

  FileLoader(LaneContext lane) {
    this.lane = lane;
  }

  /**
   * Where the rows go.
   *
   * @param table the table's columns
   * @param into the stored table or a stage
   * @param kind what it is
   * @param floorVersion rows up to this version are left out
   */
  record Target(TableLayout table, String into, Kind kind, long floorVersion) {}

  /** What rows are read into. */
  enum Kind {
    STAGE,
    STORED,
    /** A stored table without {@code _fd_row}, for all rows of one file. */
    UNNUMBERED
  }

  /**
   * What became of a file.
   *
   * @param rows how many there are
   * @param newestVersion the newest version among them, or the file's
   */
  record Loaded(long rows, long newestVersion) {}

  /**
   * Reads files.
   *
   * @param ids the files' ids
   * @return what became of each, by id
   * @throws FileRefusedException the one file is broken or changes
   * @throws GroupFailedException one of several files is broken or changes
   */
  Map<Long, Loaded> load(FileGroup group, ToLongFunction<ProbedFile> ids, Target target) {
    return group.isOneFile()
        ? loadOne(group.files().get(0), ids, target)
        : loadAll(group, ids, target);
  }

  private Map<Long, Loaded> loadOne(
      ProbedFile file, ToLongFunction<ProbedFile> ids, Target target) {
    SourceFile source = file.file();
    try {
      long rows =
          file.probe().reading() instanceof Reading.Arrow
              ? loadArrow(file, ids, target)
              : insert(select(List.of(file), ids, target), target);
      if (!FileCheck.unchanged(file.path(), source.stamp())) {
        throw new FileRefusedException(
            source, Refused.Kind.CHANGING, "it changed while it was read", null);
      }
      long id = ids.applyAsLong(file);
      if (hasOwnVersions(file)) {
        return loaded(List.of(file), ids, target);
      }
      return Map.of(id, new Loaded(rows, source.stamp().modifiedNanos()));
    } catch (FlashDuckException e) {
      throw refusal(file, e);
    } catch (IOException e) {
      throw new FileRefusedException(
          source, Refused.Kind.BROKEN, "cannot be read: " + e.getMessage(), e);
    }
  }

  private Map<Long, Loaded> loadAll(
      FileGroup group, ToLongFunction<ProbedFile> ids, Target target) {
    try {
      insert(select(group.files(), ids, target), target);
    } catch (FlashDuckException e) {
      throw ReaderFailure.isOfFile(e) ? new GroupFailedException(group, target, e) : e;
    }
    for (ProbedFile file : group.files()) {
      if (!FileCheck.unchanged(file.path(), file.file().stamp())) {
        throw new GroupFailedException(group, target, null);
      }
    }
    return loaded(group.files(), ids, target);
  }

  /** A row's own modified time may be newer than its file's. */
  private static boolean hasOwnVersions(ProbedFile file) {
    return file.probe().columns().stream()
        .anyMatch(c -> c.name().equalsIgnoreCase(SourceSql.MODIFIED_TIME));
  }

  /** What the target has of the files by now. */
  private Map<Long, Loaded> loaded(
      List<ProbedFile> files, ToLongFunction<ProbedFile> ids, Target target) {
    Map<Long, Loaded> loaded = new HashMap<>();
    lane.connection()
        .query(
            "SELECT _fd_source, count(*), max(_fd_version) FROM "
                + target.into()
                + " WHERE _fd_sequence = 0 AND _fd_source IN ("
                + Names.numbers(files.stream().map(ids::applyAsLong).toList())
                + ") GROUP BY _fd_source",
            row -> loaded.put(row.getLong(1), new Loaded(row.getLong(2), row.getLong(3))));
    for (ProbedFile file : files) {
      long modified = file.file().stamp().modifiedNanos();
      loaded.merge(
          ids.applyAsLong(file),
          new Loaded(0, modified),
          (counted, none) ->
              new Loaded(counted.rows(), Math.max(counted.newestVersion(), modified)));
    }
    return loaded;
  }

  private static RuntimeException refusal(ProbedFile file, FlashDuckException e) {
    if (!ReaderFailure.isOfFile(e)) {
      return e;
    }
    Refused refused = refused(file, e);
    return new FileRefusedException(file.file(), refused.kind(), refused.reason(), e);
  }

  /** What a failure of the reader says about a file. */
  static Refused refused(ProbedFile file, FlashDuckException e) {
    SourceFile source = file.file();
    if (!FileCheck.unchanged(file.path(), source.stamp())) {
      return new Refused(source, Refused.Kind.CHANGING, "it changed while it was read");
    }
    boolean misjudged =
        file.probe().reading() instanceof Reading.Csv csv
            && csv.guessed()
            && e.code() == ErrorCode.TYPE_MISMATCH;
    return new Refused(
        source,
        misjudged ? Refused.Kind.MISJUDGED : Refused.Kind.BROKEN,
        ReaderFailure.reason(e, file.path(), source.path()));
  }

  private long loadArrow(ProbedFile file, ToLongFunction<ProbedFile> ids, Target target)
      throws IOException {
    try (ArrowReader reader = ArrowFiles.open(file.path(), lane.allocator());
        RegisteredStream stream = lane.connection().register(STREAM, reader, lane.allocator())) {
      SourceSql.Input input = input(file, stream.name(), ids.applyAsLong(file));
      return insert(
          SourceSql.select(List.of(input), target.table().columns(), target.floorVersion()),
          target);
    }
  }

  /** The query of the rows of files that DuckDB reads. */
  static String select(List<ProbedFile> files, ToLongFunction<ProbedFile> ids, Target target) {
    List<SourceSql.Input> inputs =
        files.stream().map(f -> input(f, f.path().toString(), ids.applyAsLong(f))).toList();
    return target.kind() == Kind.UNNUMBERED
        ? SourceSql.selectUnnumbered(inputs.get(0), target.table().columns())
        : SourceSql.select(inputs, target.table().columns(), target.floorVersion());
  }

  private static SourceSql.Input input(ProbedFile file, String path, long id) {
    return new SourceSql.Input(
        path, id, file.file().stamp().modifiedNanos(), file.probe(), file.file().partitions());
  }

  private long insert(String select, Target target) {
    String columns = target.table().allColumns("");
    String rows =
        switch (target.kind()) {
          case STAGE -> "(" + columns + ", _fd_deleted) SELECT *, false FROM (" + select + ")";
          case STORED -> "(" + columns + ") " + select;
          case UNNUMBERED -> "BY NAME " + select;
        };
    return lane.session().update("INSERT INTO " + target.into() + " " + rows);
  }
}
