package io.flashduck.server.sync;

import io.flashduck.server.catalog.TableName;
import java.util.List;

/**
 * One step from what is loaded to what the folder holds, for one table.
 *
 * <p>Threading: immutable.
 */
public sealed interface SourceChange permits SourceChange.Upserted, SourceChange.Removed {
  /** The table whose rows change. */
  TableName table();

  /** The files, in the order of their paths. */
  List<SourceFile> files();

  /**
   * Files that are new or in another state than the loaded one: read them, and replace the rows
   * that were loaded from the same path.
   */
  record Upserted(TableName table, List<SourceFile> files) implements SourceChange {
    public Upserted {
      files = List.copyOf(files);
    }
  }

  /**
   * Files whose rows leave the table, as they were loaded: they are gone, renamed, or belong to
   * another table now.
   */
  record Removed(TableName table, List<SourceFile> files) implements SourceChange {
    public Removed {
      files = List.copyOf(files);
    }
  }
}
