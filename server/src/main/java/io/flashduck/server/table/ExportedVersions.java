package io.flashduck.server.table;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.consolidate.Consolidator;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.TableVersions;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.fold.Folding;
import io.flashduck.server.table.statement.Scope;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Earlier versions of the tables of the catalog, in their consolidated files, and their changes, in
 * the files of folded writes.
 *
 * <p>Threading: thread-safe.
 */
final class ExportedVersions implements TableVersions {
  private final Publisher publisher;
  private final Consolidator exports;
  private final Folding folding;

  ExportedVersions(Publisher publisher, Consolidator exports, Folding folding) {
    this.publisher = publisher;
    this.exports = exports;
    this.folding = folding;
  }

  @Override
  public Version version(QualifiedName table, long sequence, List<String> schemas) {
    TableName found = find(table, schemas, "at", "files of earlier versions").name();
    QualifiedName full = full(found);
    Path file = exports.version(found, sequence);
    // A query, so that the virtual columns of files stay out of sight.
    return new Version(
        full.toString(),
        "(FROM read_parquet("
            + SqlIdentifiers.literal(file.toString())
            + ", hive_partitioning=false))",
        List.of(file),
        "Table "
            + full
            + " at sequence "
            + sequence
            + " cannot be read: a newer export removed its file after the statement was"
            + " planned; raise export.keep-versions to keep more");
  }

  @Override
  public Version changes(QualifiedName table, long since, List<String> schemas) {
    long applied = publisher.catalog().sequence();
    TableDefinition found = find(table, schemas, "changes", "changes");
    return new TableHistory(found, full(found.name()).toString(), folding).since(since, applied);
  }

  private static QualifiedName full(TableName table) {
    return new QualifiedName(List.of(Engine.CATALOG, table.schema(), table.name()));
  }

  private TableDefinition find(
      QualifiedName table, List<String> schemas, String function, String what) {
    Scope scope = new Scope(publisher.catalog(), schemas);
    Optional<TableDefinition> found = scope.find(table);
    if (found.isEmpty()) {
      boolean view = scope.findView(table).isPresent();
      throw new FlashDuckException(
          view ? ErrorCode.INVALID_REQUEST : ErrorCode.NOT_FOUND,
          view
              ? table + " is a view; only tables have " + what
              : "Catalog Error: Table "
                  + table
                  + " does not exist; flashduck."
                  + function
                  + " takes its name, or its schema and name");
    }
    return found.get();
  }
}
