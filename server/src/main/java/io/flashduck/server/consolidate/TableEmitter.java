package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one table's consolidated file to the version of a snapshot.
 *
 * <p>Threading: thread-safe; one table at a time under its lock.
 */
final class TableEmitter {
  private static final Logger LOG = LoggerFactory.getLogger(TableEmitter.class);

  private final EmissionContext context;
  private final VersionFiles versions;
  private final Publisher publisher;
  private final FullEmission full;
  private final SplicedEmission spliced;

  TableEmitter(EmissionContext context, VersionFiles versions) {
    this.context = context;
    this.versions = versions;
    this.publisher = new Publisher(context.layout(), context.files());
    this.full = new FullEmission(context);
    this.spliced = new SplicedEmission(context, publisher);
  }

  /**
   * What an emission came to.
   *
   * @param version the snapshot's version, which the table's place now shows
   * @param file the file; empty if the table does not exist
   * @param written whether the file or its absence is new
   */
  record Outcome(long version, Optional<CurrentFile> file, boolean written) {}

  /** Emits in a new snapshot of the connection, which must have no transaction. */
  Outcome emit(EngineConnection connection, TableExport export) {
    connection.begin();
    Snapshot snapshot = new Snapshot(connection);
    try {
      return emit(snapshot, export);
    } finally {
      snapshot.end();
    }
  }

  /** Emits in a snapshot that may be needed afterwards. */
  Outcome emit(Snapshot snapshot, TableExport export) {
    try {
      return bring(snapshot, export);
    } catch (IOException e) {
      export.forget();
      throw failure(export.table(), e);
    } catch (RuntimeException e) {
      export.forget();
      export.trust(false);
      throw e;
    }
  }

  /** How a table of a snapshot is written. */
  Emission emission(Snapshot snapshot, StoredTable table) {
    EngineConnection connection = snapshot.connection();
    ParquetOptions options = context.options(table.definition().name());
    return Emission.of(connection, table, context.storage().position(connection), options);
  }

  private Outcome bring(Snapshot snapshot, TableExport export) throws IOException {
    SnapshotPosition position = context.storage().position(snapshot.connection());
    TableName name = export.table();
    Optional<StoredTable> stored = context.storage().table(snapshot.connection(), name);
    look(export);
    if (stored.isEmpty()) {
      boolean existed = export.current().isPresent();
      if (existed) {
        publisher.remove(name);
        versions.sweep(name);
        discardSpare(export);
        export.known(Optional.empty());
        LOG.info("Removed the file of dropped table {} at version {}", name, position.version());
      }
      return new Outcome(position.version(), Optional.empty(), existed);
    }
    ParquetOptions options = context.options(name);
    Optional<CurrentFile> current =
        export.current().filter(file -> covers(file, stored.get(), options));
    if (current.isPresent()) {
      return new Outcome(position.version(), current, false);
    }
    Emission emission = Emission.of(snapshot.connection(), stored.get(), position, options);
    CurrentFile file = replace(snapshot, export, emission);
    return new Outcome(position.version(), Optional.of(file), true);
  }

  private void look(TableExport export) throws IOException {
    if (!export.looked() || !export.current().map(CurrentFile::intact).orElse(true)) {
      TableName table = export.table();
      Path path = context.layout().file(table);
      Optional<CurrentFile> found = CurrentFile.find(table, path);
      if (found.isPresent()) {
        // Whoever renamed it may have stopped before the folder was synced.
        context.files().forceDirectory(Publisher.folder(path));
      }
      export.known(found);
    }
  }

  private boolean covers(CurrentFile file, StoredTable table, ParquetOptions options) {
    FileProperties properties = file.properties();
    return properties.database().equals(context.identity().database())
        && properties.version() >= table.version()
        && properties.schemaVersion() == table.definition().schemaVersion()
        && properties.format().equals(options.text());
  }

  private CurrentFile replace(Snapshot snapshot, TableExport export, Emission emission)
      throws IOException {
    long start = System.nanoTime();
    Optional<CurrentFile> old = export.current().filter(file -> export.trusted());
    Optional<SpareCopy> spare = export.takeSpare();
    try {
      Optional<Written> changed =
          old.isPresent()
              ? spliced.write(snapshot, emission, old.get(), spare.filter(old.get()::isCopiedBy))
              : Optional.empty();
      return publish(snapshot, export, emission, changed, start);
    } finally {
      spare.map(SpareCopy::part).ifPresent(publisher::discard);
    }
  }

  private CurrentFile publish(
      Snapshot snapshot,
      TableExport export,
      Emission emission,
      Optional<Written> changed,
      long start)
      throws IOException {
    Path part = changed.map(Written::part).orElseGet(() -> context.layout().newPart("full"));
    try {
      Written written = changed.isPresent() ? changed.get() : full.write(snapshot, emission, part);
      Path target = publisher.publish(export.table(), part, kept(export));
      versions.sweep(export.table());
      CurrentFile file = CurrentFile.of(export.table(), target, written.properties());
      export.known(Optional.of(file));
      export.trust(true);
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      EmissionEffort effort = new EmissionEffort(time, written.encoded(), written.copied());
      export.took(effort);
      log(file.file(), effort);
      return file;
    } finally {
      publisher.discard(part);
    }
  }

  void discardSpare(TableExport export) {
    export.takeSpare().map(SpareCopy::part).ifPresent(publisher::discard);
  }

  /** Does what nobody waits for: frees replaced files. */
  void sweep() {
    publisher.sweep();
  }

  /**
   * Makes a spare copy of the table's file if it is likely to be used.
   *
   * @return whether one was made
   */
  boolean prepare(TableExport export) {
    Optional<CurrentFile> current = export.current();
    if (current.isEmpty() || !export.wantsSpare(context.settings().spareFromBytes())) {
      return false;
    }
    try {
      if (current.get().intact() && SpareCopy.affordable(context, current.get().file().bytes())) {
        export.keepSpare(SpareCopy.make(context, publisher, current.get()));
        return true;
      }
    } catch (IOException e) {
      LOG.info("No spare copy of the file of {}: {}", export.table(), e.toString());
    }
    export.noSpare();
    return false;
  }

  private Publisher.Kept kept(TableExport export) {
    Optional<CurrentFile> old = export.current();
    return new Publisher.Kept(
        old.isPresent() ? OptionalLong.of(old.get().file().sequence()) : OptionalLong.empty(),
        context.settings().policy().apply(export.table()).keepVersions());
  }

  private static void log(ExportedFile file, EmissionEffort effort) {
    LOG.debug(
        "Exported {} at version {}, sequence {}: {} rows, {} bytes,"
            + " {} row groups encoded and {} copied in {} ms",
        file.table(),
        file.version(),
        file.sequence(),
        file.rows(),
        file.bytes(),
        effort.encodedRowGroups(),
        effort.copiedRowGroups(),
        effort.time().toMillis());
  }

  private FlashDuckException failure(TableName table, IOException e) {
    boolean full = false;
    try {
      full = DiskFull.is(e) || context.files().usableSpace(context.layout().folder()) == 0;
    } catch (IOException unknown) {
      e.addSuppressed(unknown);
    }
    return new FlashDuckException(
        full ? ErrorCode.RESOURCE_EXHAUSTED : ErrorCode.IO_ERROR,
        "The file of table "
            + table
            + " in "
            + context.layout().folder()
            + " could not be replaced: "
            + e
            + ". A file that was there is still whole; "
            + (full ? "free space on its disk." : "check the folder's permissions and disk."),
        e);
  }
}
