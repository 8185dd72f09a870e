package io.flashduck.server.table.apply;

import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.source.ArrowFiles;
import io.flashduck.server.table.source.FileProbe.Reading;
import io.flashduck.server.table.source.ReaderFailure;
import io.flashduck.server.table.source.SourceSql;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.arrow.vector.ipc.ArrowReader;

/**
 * Reads the rows of one file into a stored or a staging table.
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
   * @param staged whether it is a stage
   * @param floorVersion rows up to this version are left out
   */
  record Target(TableLayout table, String into, boolean staged, long floorVersion) {}

  /**
   * Reads a file.
   *
   * @return the number of rows
   * @throws FileRefusedException the file is broken or changes
   */
  long load(ProbedFile file, long id, Target target) {
    SourceFile source = file.file();
    try {
      long rows =
          file.probe().reading() instanceof Reading.Arrow
              ? loadArrow(file, id, target)
              : insert(file, id, target, file.path().toString());
      if (!FileCheck.unchanged(file.path(), source.stamp())) {
        throw new FileRefusedException(
            source, Refused.Kind.CHANGING, "it changed while it was read", null);
      }
      return rows;
    } catch (FlashDuckException e) {
      throw refusal(file, e);
    } catch (IOException e) {
      throw new FileRefusedException(
          source, Refused.Kind.BROKEN, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static RuntimeException refusal(ProbedFile file, FlashDuckException e) {
    if (!ReaderFailure.isOfFile(e)) {
      return e;
    }
    if (!FileCheck.unchanged(file.path(), file.file().stamp())) {
      return new FileRefusedException(
          file.file(), Refused.Kind.CHANGING, "it changed while it was read", e);
    }
    boolean misjudged =
        file.probe().reading() instanceof Reading.Csv csv
            && csv.guessed()
            && e.code() == ErrorCode.TYPE_MISMATCH;
    return new FileRefusedException(
        file.file(),
        misjudged ? Refused.Kind.MISJUDGED : Refused.Kind.BROKEN,
        ReaderFailure.reason(e, file.path(), file.file().path()),
        e);
  }

  private long loadArrow(ProbedFile file, long id, Target target) throws IOException {
    try (ArrowReader reader = ArrowFiles.open(file.path(), lane.allocator());
        RegisteredStream stream = lane.connection().register(STREAM, reader, lane.allocator())) {
      return insert(file, id, target, stream.name());
    }
  }

  private long insert(ProbedFile file, long id, Target target, String path) {
    Map<String, String> partitions = new LinkedHashMap<>(file.file().partitions());
    SourceSql.Input input =
        new SourceSql.Input(
            path, id, file.file().stamp().modifiedNanos(), file.probe(), partitions);
    String select = SourceSql.select(input, target.table().columns(), target.floorVersion());
    String columns = target.table().allColumns("");
    return lane.session()
        .update(
            target.staged()
                ? "INSERT INTO "
                    + target.into()
                    + " ("
                    + columns
                    + ", _fd_deleted) SELECT *, false FROM ("
                    + select
                    + ")"
                : "INSERT INTO " + target.into() + " (" + columns + ") " + select);
  }
}
