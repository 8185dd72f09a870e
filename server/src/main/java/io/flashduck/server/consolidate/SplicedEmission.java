package io.flashduck.server.consolidate;

import io.flashduck.server.engine.EngineConnection;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a table's new content as the old file with some row groups encoded again: those whose key
 * ranges hold changed rows. The pages of all others are copied byte for byte.
 *
 * <p>Whatever does not fit makes it step back for a full emission in the same snapshot: a change
 * that is not recorded, a change of columns, key or format, row counts that do not add up, too much
 * that changed.
 *
 * <p>Threading: stateless.
 */
final class SplicedEmission {
  private static final Logger LOG = LoggerFactory.getLogger(SplicedEmission.class);

  private final EmissionContext context;
  private final Publisher publisher;

  SplicedEmission(EmissionContext context, Publisher publisher) {
    this.context = context;
    this.publisher = publisher;
  }

  /**
   * Writes a new file, if that is cheaper than writing all of it.
   *
   * @param current the table's file, intact
   * @param spare a copy of it, if there is one; if it does not become the new file, it is left
   * @return the new file, which is the caller's; empty if the whole table has to be written
   */
  Optional<Written> write(
      Snapshot snapshot, Emission emission, CurrentFile current, Optional<SpareCopy> spare)
      throws IOException {
    Optional<List<Cluster>> clusters = usable(emission, current);
    if (clusters.isEmpty()) {
      LOG.debug("{}: the old file has another shape or is another cache's", emission.name());
      return Optional.empty();
    }
    List<EncodedRun> runs = new ArrayList<>();
    try (FileChannel channel =
        context.files().open(current.file().file(), StandardOpenOption.READ)) {
      FileMetaData metadata = ParquetFooter.read(channel).metadata();
      if (metadata.getRow_groups().size() != clusters.get().size()) {
        return Optional.empty();
      }
      SpliceBase base = new SpliceBase(current, clusters.get(), metadata);
      EngineConnection connection = snapshot.connection();
      Optional<SplicePlan> plan = plan(connection, emission, base);
      if (plan.isEmpty() || !encode(connection, emission, base, plan.get(), runs)) {
        return Optional.empty();
      }
      ContentHash hash = ContentHash.parse(current.file().contentHash());
      for (EncodedRun run : runs) {
        hash = hash.minus(run.old()).plus(run.now());
      }
      if (!addsUp(emission, hash, emission.count(connection, "true"))) {
        return Optional.empty();
      }
      snapshot.release();
      SpliceAssembly assembly = new SpliceAssembly(context, publisher, emission, base, runs, hash);
      return Optional.of(assembly.write(channel, spare));
    } finally {
      runs.forEach(run -> publisher.discard(run.part()));
    }
  }

  /** The old file's clusters, if the new content can be made from it. */
  private Optional<List<Cluster>> usable(Emission emission, CurrentFile current) {
    FileProperties properties = current.properties();
    boolean same =
        emission.canSplice()
            && properties.database().equals(context.identity().database())
            && properties.schemaVersion() == emission.table().definition().schemaVersion()
            && properties.format().equals(emission.options().text())
            && properties.contentHash().startsWith(context.identity().hashAlgorithm() + ":");
    return same
        ? ClusterText.read(properties.clusters()).filter(clusters -> !clusters.isEmpty())
        : Optional.empty();
  }

  private Optional<SplicePlan> plan(EngineConnection snapshot, Emission emission, SpliceBase base) {
    Optional<SortedMap<Integer, Long>> changed =
        ChangeLog.changed(snapshot, emission, base.file().file().version(), base.clusters());
    if (changed.isEmpty()) {
      LOG.debug("{}: not every change is recorded row by row", emission.name());
      return Optional.empty();
    }
    SplicePlan.Shape shape =
        new SplicePlan.Shape(
            base.rows(), emission.options().rowGroupRows(), context.identity().threads());
    return changed.flatMap(
        places ->
            SplicePlan.of(
                shape,
                places.keySet(),
                (first, last) ->
                    emission.count(snapshot, base.range(emission.order(), first, last))));
  }

  /** Adds each run to {@code runs}; false if one of them does not fit the old file. */
  private boolean encode(
      EngineConnection snapshot,
      Emission emission,
      SpliceBase base,
      SplicePlan plan,
      List<EncodedRun> runs)
      throws IOException {
    for (SplicePlan.Run run : plan.runs()) {
      String range = base.range(emission.order(), run.first(), run.last());
      Path part = context.layout().newPart("run");
      try {
        ContentHash now = emission.tableHash(snapshot, range);
        emission.copy(snapshot, range, part, run.rowGroupRows(), true);
        FileMetaData metadata = metadata(part);
        List<KeyBound> bounds =
            emission.order().inFile()
                ? emission.keysAt(snapshot, part, starts(metadata))
                : emission.rowsAt(snapshot, range, starts(metadata), true);
        ContentHash old = oldHash(snapshot, emission, base, run);
        runs.add(new EncodedRun(run, part, metadata, bounds, old, now));
        boolean fits =
            base.sameSchema(metadata)
                && metadata.getNum_rows() == now.rows()
                && bounds.size() == Math.max(0, metadata.getRow_groups().size() - 1);
        if (!fits) {
          LOG.info(
              "The row groups of {} have another schema; it is written in full", emission.name());
          return false;
        }
      } catch (IOException | RuntimeException e) {
        publisher.discard(part);
        throw e;
      }
    }
    return true;
  }

  private FileMetaData metadata(Path part) throws IOException {
    try (FileChannel channel = context.files().open(part, StandardOpenOption.READ)) {
      return ParquetFooter.read(channel).metadata();
    }
  }

  private static List<Long> starts(FileMetaData metadata) {
    List<Long> starts = new ArrayList<>();
    long rows = 0;
    for (RowGroup group : metadata.getRow_groups()) {
      if (rows > 0) {
        starts.add(rows);
      }
      rows += group.getNum_rows();
    }
    return starts;
  }

  /**
   * Read from the old file where it is not known: only there are the old rows still to be found.
   */
  private static ContentHash oldHash(
      EngineConnection connection, Emission emission, SpliceBase base, SplicePlan.Run run) {
    ContentHash sum = ContentHash.EMPTY;
    for (int place = run.first(); place <= run.last(); place++) {
      Optional<ContentHash> known = base.clusters().get(place).hash();
      if (known.isEmpty()) {
        Path file = base.file().file().file();
        return emission.fileHash(
            connection, file, base.start(run.first()), base.start(run.last() + 1));
      }
      sum = sum.plus(known.get());
    }
    return sum;
  }

  private static boolean addsUp(Emission emission, ContentHash hash, long rows) {
    if (hash.rows() != rows) {
      LOG.warn(
          "The recorded changes of {} lead to {} rows, but it has {}; it is written in full",
          emission.name(),
          hash.rows(),
          rows);
    }
    return hash.rows() == rows;
  }
}
