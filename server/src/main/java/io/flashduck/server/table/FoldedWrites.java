package io.flashduck.server.table;

import io.flashduck.server.config.TablesConfig;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.WriteQueue;
import io.flashduck.server.table.apply.LaneContext;
import io.flashduck.server.table.apply.WritesRestore;
import io.flashduck.server.table.apply.WritesRestore.BaseColumn;
import io.flashduck.server.table.fold.ChangeColumns;
import io.flashduck.server.table.fold.ChangeFile;
import io.flashduck.server.table.fold.ChangeFolder;
import io.flashduck.server.table.fold.FoldManifest;
import io.flashduck.server.table.fold.FoldManifest.Base;
import io.flashduck.server.table.fold.FoldManifest.BaseTable;
import io.flashduck.server.table.state.Bookkeeping;
import io.flashduck.server.table.state.DatabaseState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The start from folded writes: the manifest fits the queue, and a new cache gets the base.
 *
 * <p>Threading: confined to the opening thread.
 */
final class FoldedWrites {
  private static final Logger LOG = LoggerFactory.getLogger(FoldedWrites.class);

  private FoldedWrites() {}

  /**
   * What is folded, nothing if there is no manifest.
   *
   * @throws FlashDuckException CORRUPT_STATE if it is damaged, or of another queue
   */
  static FoldManifest manifest(ChangeFolder changes, WriteQueue queue) {
    changes.create();
    FoldManifest manifest = changes.read().orElse(FoldManifest.EMPTY);
    long folded = Math.max(manifest.baseSequence(), manifest.historySequence());
    if (folded > queue.lastSequence()) {
      throw new FlashDuckException(
          ErrorCode.CORRUPT_STATE,
          "The writes up to "
              + folded
              + " are folded in "
              + changes.directory()
              + ", but the write queue ends at "
              + queue.lastSequence()
              + ": it is not the queue that they came from. Put the folder 'writes' of the state"
              + " folder back; to begin anew without any write, remove 'changes' too");
    }
    return manifest;
  }

  /** Refuses a start with a new cache if writes are neither in the queue nor folded. */
  static void requireReach(FoldManifest manifest, WriteQueue queue) {
    long first = queue.stats().firstSequence();
    if (manifest.baseSequence() + 1 < first) {
      throw new FlashDuckException(
          ErrorCode.CORRUPT_STATE,
          "The write queue begins at write "
              + first
              + ", but what stands for the writes before it is missing: folded are those up to "
              + manifest.baseSequence()
              + ". Put the folder 'changes' of the state folder back, or the cache");
    }
  }

  /** Brings the base, if there is one, into a new cache. */
  static void restore(
      ChangeFolder changes, FoldManifest manifest, LaneContext context, DatabaseState state) {
    if (manifest.base().isEmpty()) {
      return;
    }
    long started = System.nanoTime();
    Base base = manifest.base().get();
    changes.requireWhole(base);
    context.tables(tables(context.dataDir()));
    new WritesRestore(context, state)
        .run(
            new WritesRestore.Base(
                base.sequence(),
                base.tables().values().stream().map(table -> table(changes, table)).toList(),
                base.server().views(),
                base.server().schemas(),
                query(changes, base.server().producers()),
                query(changes, base.server().changes())));
    LOG.info(
        "The new cache has the folded writes up to {}: {} table(s), {} bytes, {} ms",
        base.sequence(),
        base.tables().size(),
        manifest.baseBytes(),
        (System.nanoTime() - started) / 1_000_000);
  }

  private static WritesRestore.BaseTable table(ChangeFolder changes, BaseTable table) {
    List<BaseColumn> columns =
        table.rows().map(ChangeFile::columns).orElse(List.of()).stream()
            .map(column -> new BaseColumn(column, ChangeColumns.stored(column.name())))
            .toList();
    return new WritesRestore.BaseTable(
        table.name(),
        Bookkeeping.shape(table.shape()),
        columns,
        table.rows().map(file -> query(changes, file)));
  }

  private static String query(ChangeFolder changes, ChangeFile file) {
    return "SELECT * FROM read_parquet("
        + SqlIdentifiers.literal(changes.path(file).toString())
        + ", hive_partitioning=false)";
  }

  /** The options that the tables had; a broken file is told by the scan. */
  private static TablesConfig tables(Path dataDir) {
    Path file = dataDir.resolve(TablesConfig.FILE_NAME);
    try {
      return Files.exists(file) ? TablesConfig.read(file) : TablesConfig.EMPTY;
    } catch (FlashDuckException e) {
      return TablesConfig.EMPTY;
    }
  }
}
