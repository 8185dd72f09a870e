package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what a crash left behind: unfinished files, and files of tables that were dropped. A file
 * whose footer does not say that FlashDuck wrote it is never touched.
 *
 * <p>Threading: stateless.
 */
final class Strays {
  private static final Logger LOG = LoggerFactory.getLogger(Strays.class);

  private Strays() {}

  /** Removes every unfinished file. */
  static void removeParts(ExportLayout layout, ExportFiles files) throws IOException {
    for (Path part : files.list(layout.temporaryFolder())) {
      if (part.toString().endsWith(ExportLayout.PART)) {
        files.delete(part);
        LOG.info("Removed the unfinished file {}", part);
      }
    }
  }

  /** Removes the files of tables that do not exist. */
  static void removeDropped(
      ExportLayout layout, ExportFiles files, Collection<TableName> existing) {
    Set<String> names = existing.stream().map(TableName::folded).collect(Collectors.toSet());
    try {
      for (Path schema : files.list(layout.folder())) {
        if (Files.isDirectory(schema) && !schema.equals(layout.temporaryFolder())) {
          removeDropped(schema, files, names);
        }
      }
    } catch (IOException e) {
      LOG.warn("Looking for files of dropped tables failed: {}", e.toString());
    }
  }

  private static void removeDropped(Path schema, ExportFiles files, Set<String> existing)
      throws IOException {
    boolean removed = false;
    for (Path file : files.list(schema)) {
      if (file.toString().endsWith(ExportLayout.PARQUET)) {
        Optional<String> table = CurrentFile.properties(file).map(FileProperties::table);
        if (table.isPresent() && !existing.contains(table.get().toLowerCase(Locale.ROOT))) {
          files.delete(file);
          removed = true;
          LOG.info("Removed {}: there is no table {}", file, table.get());
        }
      }
    }
    if (removed) {
      files.forceDirectory(schema);
    }
  }
}
