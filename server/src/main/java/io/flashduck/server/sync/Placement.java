package io.flashduck.server.sync;

import io.flashduck.server.catalog.TableName;
import java.util.Map;

/**
 * What a path means: the part of a {@link SourceFile} that follows from the name alone.
 *
 * <p>Threading: immutable.
 */
sealed interface Placement permits Placement.InTable, Placement.Ignored, Placement.Refused {
  /** No data, or not meant to be. */
  Placement IGNORED = new Ignored();

  /** A file of that table. */
  record InTable(
      TableName table, FileFormat format, Map<String, String> partitions, String readOptions)
      implements Placement {
    SourceFile file(String path, FileStamp stamp) {
      return new SourceFile(table, path, format, partitions, readOptions, stamp);
    }
  }

  /** Not looked at and not reported. */
  record Ignored() implements Placement {}

  /** Looks like data but is not used, which is reported. */
  record Refused(RejectedPath rejection) implements Placement {}
}
