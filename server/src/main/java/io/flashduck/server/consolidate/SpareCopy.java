package io.flashduck.server.consolidate;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;

/**
 * A copy of a table's current file that nobody reads, made while there is nothing else to do: the
 * next emission changes it in place and renames it, so that copying the unchanged row groups is not
 * waited for.
 *
 * <p>Its row groups are those of the file, in order and without the gaps that an emission into the
 * last copy has left.
 *
 * <p>Threading: immutable.
 *
 * @param part the copy, a whole Parquet file
 * @param original what it is a copy of
 */
record SpareCopy(Path part, CurrentFile.Stamp original) {
  /** A disk that is nearly full is not for copies. */
  private static final long FREE_BYTES = 1L << 30;

  private static final int FREE_FILES = 4;

  /** Copies a file; on failure no copy is left. */
  static SpareCopy make(EmissionContext context, Publisher publisher, CurrentFile current)
      throws IOException {
    Path part = context.layout().newPart("spare");
    boolean finished = false;
    try (FileChannel source = context.files().open(current.file().file(), StandardOpenOption.READ);
        Assembly assembly = Assembly.create(context.files(), part)) {
      FileMetaData metadata = ParquetFooter.read(source).metadata();
      List<RowGroup> groups = new ArrayList<>();
      for (RowGroup group : metadata.getRow_groups()) {
        groups.add(assembly.add(source, group));
      }
      metadata.setRow_groups(groups);
      assembly.finish(metadata);
      finished = true;
      return new SpareCopy(part, current.stamp());
    } finally {
      if (!finished) {
        publisher.discard(part);
      }
    }
  }

  /** Whether the disk has room for a copy of a file and for what is written next. */
  static boolean affordable(EmissionContext context, long bytes) throws IOException {
    return context.files().usableSpace(context.layout().folder()) > FREE_FILES * bytes + FREE_BYTES;
  }
}
