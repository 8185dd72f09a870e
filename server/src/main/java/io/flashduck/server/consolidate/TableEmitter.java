package io.flashduck.server.consolidate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ExportConfig;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one table's consolidated file to the version of a snapshot.
 *
 * <p>Threading: thread-safe; one table at a time under its lock.
 */
final class TableEmitter {
  private static final Logger LOG = LoggerFactory.getLogger(TableEmitter.class);

  /** More names would make every footer of a table of many small files larger than its index. */
  private static final int MOST_SOURCE_FILES = 1000;

  private final Context context;
  private final Publisher publisher;
  private final ObjectMapper json = new ObjectMapper();

  TableEmitter(Context context) {
    this.context = context;
    this.publisher = new Publisher(context.layout(), context.files());
  }

  /**
   * What every emission needs.
   *
   * @param storage the tables
   * @param layout where files are
   * @param files how they are written
   * @param policy how each table is encoded
   * @param identity of the cache, and what computes hashes
   */
  record Context(
      TableStorage storage,
      ExportLayout layout,
      ExportFiles files,
      Function<TableName, ExportConfig> policy,
      Identity identity) {}

  /**
   * @param database whose versions the files name
   * @param hashAlgorithm whose hashes can be compared
   * @param writtenBy the program and its version
   */
  record Identity(String database, String hashAlgorithm, String writtenBy) {}

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
    } catch (FlashDuckException e) {
      export.forget();
      throw e;
    }
  }

  /** How a table of a snapshot is written. */
  Emission emission(Snapshot snapshot, StoredTable table) {
    EngineConnection connection = snapshot.connection();
    ParquetOptions options = ParquetOptions.of(context.policy().apply(table.definition().name()));
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
        export.known(Optional.empty());
        LOG.info("Removed the file of dropped table {} at version {}", name, position.version());
      }
      return new Outcome(position.version(), Optional.empty(), existed);
    }
    ParquetOptions options = ParquetOptions.of(context.policy().apply(name));
    Optional<CurrentFile> current =
        export.current().filter(file -> covers(file, stored.get(), options));
    if (current.isPresent()) {
      return new Outcome(position.version(), current, false);
    }
    CurrentFile file = replace(snapshot, export, stored.get(), position, options);
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

  private CurrentFile replace(
      Snapshot snapshot,
      TableExport export,
      StoredTable stored,
      SnapshotPosition position,
      ParquetOptions options)
      throws IOException {
    long start = System.nanoTime();
    TableName name = export.table();
    Path part = context.layout().newPart("full");
    try {
      EngineConnection connection = snapshot.connection();
      Emission emission = Emission.of(connection, stored, position, options);
      emission.copy(connection, "true", part, options.rowGroupRows());
      ContentHash hash = emission.tableHash(connection, "true");
      snapshot.release();
      FileProperties properties = properties(emission, hash);
      FullEmission.finish(context.files(), part, emission, properties);
      Path target = publisher.publish(name, part);
      CurrentFile file = CurrentFile.of(name, target, properties);
      export.known(Optional.of(file));
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      export.took(time);
      log(file.file(), time);
      return file;
    } finally {
      publisher.discard(part);
    }
  }

  private FileProperties properties(Emission emission, ContentHash hash) {
    StoredTable table = emission.table();
    return new FileProperties(
        table.definition().name().toString(),
        context.identity().database(),
        emission.position().version(),
        emission.position().sequence(),
        hash.rows(),
        table.definition().schemaVersion(),
        sourceFiles(table.sourceFiles()),
        hash.text(context.identity().hashAlgorithm()),
        emission.options().text(),
        context.identity().writtenBy());
  }

  private String sourceFiles(List<String> names) {
    ObjectNode node = json.createObjectNode().put("count", names.size());
    names.stream().limit(MOST_SOURCE_FILES).forEach(node.putArray("files")::add);
    return node.toString();
  }

  private static void log(ExportedFile file, Duration time) {
    LOG.debug(
        "Exported {} at version {}, sequence {}: {} rows, {} bytes in {} ms",
        file.table(),
        file.version(),
        file.sequence(),
        file.rows(),
        file.bytes(),
        time.toMillis());
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
