package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A table's consolidated file as it was when it was published or found, and what tells whether it
 * is still that file.
 *
 * <p>Threading: immutable.
 *
 * @param file what it holds
 * @param properties what its footer says
 * @param stamp its identity in the file system
 */
record CurrentFile(ExportedFile file, FileProperties properties, Stamp stamp) {
  /** What changes when somebody replaces or edits a file. */
  record Stamp(@Nullable Object fileKey, long bytes, FileTime modified) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return new Stamp(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
    }
  }

  static CurrentFile of(TableName table, Path path, FileProperties properties) throws IOException {
    Stamp stamp = Stamp.of(path);
    ExportedFile file =
        new ExportedFile(
            table,
            path,
            properties.version(),
            properties.sequence(),
            properties.rowCount(),
            stamp.bytes(),
            properties.contentHash());
    return new CurrentFile(file, properties, stamp);
  }

  /** The file at a table's place; empty if there is none, or it is damaged or somebody else's. */
  static Optional<CurrentFile> find(TableName table, Path path) throws IOException {
    Optional<FileProperties> properties = properties(path);
    if (properties.isEmpty() || !properties.get().table().equalsIgnoreCase(table.toString())) {
      return Optional.empty();
    }
    return Optional.of(of(table, path, properties.get()));
  }

  /** What the footer of a file says; empty if there is no file, or it is damaged or foreign. */
  static Optional<FileProperties> properties(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return FileProperties.of(ParquetFooter.read(channel).metadata());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (Files.isReadable(path)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Whether a spare copy is one of this file. */
  boolean isCopiedBy(SpareCopy spare) {
    return spare.original().equals(stamp);
  }

  /** Whether the file at the path is still this one. */
  boolean intact() {
    try {
      return Objects.equals(stamp, Stamp.of(file.file()));
    } catch (IOException e) {
      return false;
    }
  }
}
