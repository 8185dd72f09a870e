package io.flashduck.server.consolidate;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;

/**
 * Puts a new file together from the old one and the runs that were encoded again.
 *
 * <p>Without a spare copy the new file is written from its first byte to its last. With one, only
 * the new row groups, their indexes and the footer are written behind what the copy has, and the
 * row groups that they replace are overwritten with zeros.
 *
 * <p>Threading: confined to its user.
 */
final class SpliceAssembly {
  /** More bytes that belong to nothing than one in this many are not left in a file. */
  private static final int MOST_ERASED = 20;

  private final EmissionContext context;
  private final Publisher publisher;
  private final Emission emission;
  private final SpliceBase base;
  private final List<EncodedRun> runs;
  private final ContentHash hash;
  private final List<RowGroup> groups = new ArrayList<>();
  private final List<Cluster> clusters = new ArrayList<>();

  /**
   * @param runs in order
   * @param hash of all rows of the new file
   */
  SpliceAssembly(
      EmissionContext context,
      Publisher publisher,
      Emission emission,
      SpliceBase base,
      List<EncodedRun> runs,
      ContentHash hash) {
    this.context = context;
    this.publisher = publisher;
    this.emission = emission;
    this.base = base;
    this.runs = List.copyOf(runs);
    this.hash = hash;
  }

  /**
   * Writes the new file.
   *
   * @param old the old file
   * @param spare a copy of it, which becomes the new file if little of it changes
   * @return the new file; on failure there is none, and no spare
   */
  Written write(FileChannel old, Optional<SpareCopy> spare) throws IOException {
    Optional<Path> patched = spare.filter(copy -> littleErased()).map(SpareCopy::part);
    Path part = patched.orElseGet(() -> context.layout().newPart("spliced"));
    List<FileChannel> sources = new ArrayList<>();
    boolean finished = false;
    try {
      for (EncodedRun run : runs) {
        sources.add(context.files().open(run.part(), StandardOpenOption.READ));
      }
      FileProperties properties =
          patched.isPresent() ? patch(part, sources) : assemble(part, old, sources);
      finished = true;
      int encoded = runs.stream().mapToInt(run -> run.groups().size()).sum();
      return new Written(part, properties, encoded, groups.size() - encoded);
    } finally {
      for (FileChannel source : sources) {
        source.close();
      }
      if (!finished) {
        publisher.discard(part);
      }
    }
  }

  private boolean littleErased() {
    long erased = 0;
    for (EncodedRun run : runs) {
      for (int place = run.run().first(); place <= run.run().last(); place++) {
        erased += RowGroupBytes.pages(base.groups().get(place)).length();
      }
    }
    return erased * MOST_ERASED <= base.file().file().bytes();
  }

  private FileProperties assemble(Path part, FileChannel old, List<FileChannel> sources)
      throws IOException {
    try (Assembly assembly = Assembly.create(context.files(), part)) {
      int place = 0;
      for (int i = 0; i < runs.size(); i++) {
        for (; place < runs.get(i).run().first(); place++) {
          keep(assembly.add(old, base.groups().get(place)), place);
        }
        add(assembly, sources.get(i), runs.get(i));
        place = runs.get(i).run().last() + 1;
      }
      for (; place < base.groups().size(); place++) {
        keep(assembly.add(old, base.groups().get(place)), place);
      }
      return finish(assembly);
    }
  }

  private FileProperties patch(Path spare, List<FileChannel> sources) throws IOException {
    ParquetFooter footer;
    try (FileChannel channel = context.files().open(spare, StandardOpenOption.READ)) {
      footer = ParquetFooter.read(channel);
    }
    List<RowGroup> copied = footer.metadata().getRow_groups();
    try (Assembly assembly = Assembly.continued(context.files(), spare, footer.start())) {
      int place = 0;
      for (int i = 0; i < runs.size(); i++) {
        for (; place < runs.get(i).run().first(); place++) {
          keep(copied.get(place), place);
        }
        add(assembly, sources.get(i), runs.get(i));
        for (; place <= runs.get(i).run().last(); place++) {
          assembly.erase(copied.get(place));
        }
      }
      for (; place < copied.size(); place++) {
        keep(copied.get(place), place);
      }
      return finish(assembly);
    }
  }

  private void keep(RowGroup group, int place) {
    groups.add(group);
    clusters.add(base.clusters().get(place));
  }

  private void add(Assembly assembly, FileChannel source, EncodedRun run) throws IOException {
    for (int i = 0; i < run.groups().size(); i++) {
      RowGroup group = assembly.add(source, run.groups().get(i));
      emission.order().declare(group);
      groups.add(group);
      clusters.add(run.cluster(i, base.lower(run.run().first())));
    }
  }

  /** The format counts row groups with 16 bits; it is optional. */
  private void number() {
    for (int i = 0; i < groups.size(); i++) {
      RowGroup group = groups.get(i);
      if (groups.size() > Short.MAX_VALUE) {
        group.unsetOrdinal();
      } else if (group.isSetOrdinal()) {
        group.setOrdinal((short) i);
      }
    }
  }

  private FileProperties finish(Assembly assembly) throws IOException {
    if (!clusters.isEmpty()) {
      // The first row group may be gone; then its range belongs to the next one.
      clusters.set(0, new Cluster(Optional.empty(), clusters.get(0).hash()));
    }
    number();
    FileProperties properties = emission.properties(context.identity(), hash, clusters);
    // The copy shares nothing with the old footer but its immutable parts.
    FileMetaData metadata = new FileMetaData(base.metadata());
    metadata.setRow_groups(groups);
    metadata.setNum_rows(hash.rows());
    properties.writeTo(metadata);
    assembly.finish(metadata);
    return properties;
  }
}
