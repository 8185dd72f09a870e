package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.consolidate.CurrentFile.Stamp;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of tables as they were after a certain write, for queries.
 *
 * <p>A query gets a second name of the file, in the temporary folder. The names in the export
 * folder mean other content after the next emission; this one means the same file until the version
 * is no longer kept, and then none: a reader that has it open goes on, others fail. If folder
 * changes made several files of one sequence, the newest that is there stands for it.
 *
 * <p>Threading: thread-safe.
 */
final class VersionFiles {
  private static final Logger LOG = LoggerFactory.getLogger(VersionFiles.class);

  /** Emissions that may come between finding a file and naming it. */
  private static final int ATTEMPTS = 10;

  private final ExportLayout layout;
  private final ExportFiles files;
  private final Map<Version, Pin> pins = new HashMap<>();

  private record Version(TableName table, long sequence) {}

  /** A second name and the file that it is one of. */
  private record Pin(Path name, Stamp file) {}

  VersionFiles(ExportLayout layout, ExportFiles files) {
    this.layout = layout;
    this.files = files;
  }

  /**
   * A name of the version's file.
   *
   * @param kept how many versions the table keeps
   * @throws FlashDuckException NOT_FOUND with the sequences that there are; IO_ERROR
   */
  synchronized Path file(TableExport export, long sequence, int kept) {
    Version version = new Version(export.table(), sequence);
    try {
      for (int i = 0; i < ATTEMPTS; i++) {
        Optional<Path> source = source(export, sequence);
        if (source.isEmpty()) {
          throw missing(export, sequence, kept);
        }
        Optional<Path> name = named(version, source.get());
        if (name.isPresent()) {
          return name.get();
        }
      }
      throw missing(export, sequence, kept);
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR,
          "The file of table "
              + export.table()
              + " at sequence "
              + sequence
              + " cannot be opened: "
              + e,
          e);
    }
  }

  /** Where the version's file should be. */
  private Optional<Path> source(TableExport export, long sequence) throws IOException {
    Path current = layout.file(export.table());
    OptionalLong now = currentSequence(export);
    if (now.isPresent() && now.getAsLong() == sequence) {
      return Optional.of(current);
    }
    Path kept = layout.version(export.table(), sequence);
    return files.list(Publisher.folder(kept)).contains(kept) ? Optional.of(kept) : Optional.empty();
  }

  private OptionalLong currentSequence(TableExport export) throws IOException {
    Optional<CurrentFile> known = export.current().filter(CurrentFile::intact);
    Optional<CurrentFile> current =
        known.isPresent() ? known : CurrentFile.find(export.table(), layout.file(export.table()));
    return current.isPresent()
        ? OptionalLong.of(current.get().file().sequence())
        : OptionalLong.empty();
  }

  /** Empty if the place holds another file by now, or one that is not the table's. */
  private Optional<Path> named(Version version, Path source) throws IOException {
    Pin known = pins.get(version);
    Path link = layout.newPart("at");
    try {
      if (known != null && known.file().equals(Stamp.of(source))) {
        return Optional.of(known.name());
      }
      files.link(link, source);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!holds(link, version)) {
      discard(link);
      return Optional.empty();
    }
    Pin old = pins.put(version, new Pin(link, Stamp.of(link)));
    if (old != null) {
      discard(old.name());
    }
    return Optional.of(link);
  }

  private static boolean holds(Path file, Version version) throws IOException {
    return CurrentFile.find(version.table(), file)
        .filter(found -> found.file().sequence() == version.sequence())
        .isPresent();
  }

  private FlashDuckException missing(TableExport export, long sequence, int kept) {
    NavigableSet<Long> sequences = new TreeSet<>();
    try {
      currentSequence(export).ifPresent(sequences::add);
      for (Path file : files.list(Publisher.folder(layout.file(export.table())))) {
        layout.sequence(export.table(), file).ifPresent(sequences::add);
      }
    } catch (IOException e) {
      LOG.warn("Listing the files of table {} failed: {}", export.table(), e.toString());
    }
    String there =
        sequences.isEmpty()
            ? "there is no file of it at all"
            : "there are files of "
                + sequences.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return new FlashDuckException(
        ErrorCode.NOT_FOUND,
        "Table "
            + export.table()
            + " has no file of sequence "
            + sequence
            + "; "
            + there
            + ". Each export keeps "
            + kept
            + " earlier file(s): raise export.keep-versions, or keep_versions of the table in"
            + " tables.yaml, to keep more");
  }

  /** Drops the names of files that are gone; to be called after each change of a table's files. */
  synchronized void sweep(TableName table) {
    if (pins.keySet().stream().noneMatch(version -> version.table().equals(table))) {
      return;
    }
    Set<Stamp> there = stamps(table);
    Iterator<Map.Entry<Version, Pin>> entries = pins.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<Version, Pin> entry = entries.next();
      if (entry.getKey().table().equals(table) && !there.contains(entry.getValue().file())) {
        entries.remove();
        discard(entry.getValue().name());
      }
    }
  }

  private Set<Stamp> stamps(TableName table) {
    Set<Stamp> stamps = new HashSet<>();
    Path current = layout.file(table);
    try {
      for (Path file : files.list(Publisher.folder(current))) {
        if (file.equals(current) || layout.sequence(table, file).isPresent()) {
          stamps.add(Stamp.of(file));
        }
      }
    } catch (IOException e) {
      LOG.warn("Listing the files of table {} failed: {}", table, e.toString());
    }
    return stamps;
  }

  private void discard(Path name) {
    try {
      files.delete(name);
    } catch (IOException e) {
      LOG.warn("Could not delete the temporary file {}: {}", name, e.toString());
    }
  }

  /** Drops all names. */
  synchronized void close() {
    pins.values().forEach(pin -> discard(pin.name()));
    pins.clear();
  }
}
