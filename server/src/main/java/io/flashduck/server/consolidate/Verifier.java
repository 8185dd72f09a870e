package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares a table with the bytes of its file.
 *
 * <p>If the table has moved on since the file was written, the old version of the table cannot be
 * read any more; so the file is first replaced in the same snapshot in which the table is then
 * read.
 *
 * <p>Threading: stateless; the caller holds the table's lock, so that the file stays.
 */
final class Verifier {
  private final TableStorage storage;
  private final TableEmitter emitter;
  private final ExportLayout layout;
  private final String hashAlgorithm;

  Verifier(EmissionContext context, TableEmitter emitter) {
    this.storage = context.storage();
    this.layout = context.layout();
    this.hashAlgorithm = context.identity().hashAlgorithm();
    this.emitter = emitter;
  }

  /** The report, and the emission that it needed. */
  record Result(VerifyReport report, TableEmitter.Outcome outcome) {}

  /**
   * @throws FlashDuckException NOT_FOUND if there is no such table
   */
  Result verify(EngineConnection connection, TableExport export) {
    List<String> problems = new ArrayList<>();
    connection.begin();
    Snapshot snapshot = Snapshot.kept(connection);
    try {
      TableName name = export.table();
      StoredTable table =
          storage
              .table(connection, name)
              .orElseThrow(
                  () ->
                      new FlashDuckException(
                          ErrorCode.NOT_FOUND, "There is no table " + name + " to verify."));
      checkFooter(name, problems);
      TableEmitter.Outcome outcome = emitter.emit(snapshot, export);
      CurrentFile file =
          outcome
              .file()
              .orElseThrow(() -> new IllegalStateException("No file for an existing table"));
      Emission emission = emitter.emission(snapshot, table);
      return new Result(compare(connection, emission, file, problems), outcome);
    } finally {
      snapshot.end();
    }
  }

  private void checkFooter(TableName table, List<String> problems) {
    Path path = layout.file(table);
    try {
      if (Files.exists(path) && CurrentFile.find(table, path).isEmpty()) {
        problems.add("the file was damaged, or not FlashDuck's; it has been written anew");
      }
    } catch (IOException e) {
      problems.add("the file could not be read: " + e);
    }
  }

  private VerifyReport compare(
      EngineConnection connection, Emission emission, CurrentFile current, List<String> problems) {
    ExportedFile file = current.file();
    ContentHash stored = emission.tableHash(connection, "true");
    ContentHash read = bytes(connection, emission, file, problems);
    differ("rows of the table and of the file", stored.rows(), read.rows(), problems);
    differ(
        "rows of the file and of its footer",
        read.rows(),
        current.properties().rowCount(),
        problems);
    String storedHash = stored.text(hashAlgorithm);
    String readHash = read.text(hashAlgorithm);
    differ("content hashes of the table and of the file", storedHash, readHash, problems);
    if (file.contentHash().startsWith(hashAlgorithm + ":")) {
      differ(
          "content hashes of the file and of its footer", readHash, file.contentHash(), problems);
    }
    return new VerifyReport(
        file.table(),
        file.file(),
        file.version(),
        file.sequence(),
        stored.rows(),
        read.rows(),
        problems);
  }

  private static ContentHash bytes(
      EngineConnection connection, Emission emission, ExportedFile file, List<String> problems) {
    try {
      return emission.fileHash(connection, file.file());
    } catch (FlashDuckException e) {
      problems.add("the file cannot be read: " + e.getMessage());
      return ContentHash.EMPTY;
    }
  }

  private static void differ(String what, Object one, Object other, List<String> problems) {
    if (!one.equals(other)) {
      problems.add(what + " differ: " + one + " and " + other);
    }
  }
}
