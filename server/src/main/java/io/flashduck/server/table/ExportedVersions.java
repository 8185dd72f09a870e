package io.flashduck.server.table;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.consolidate.Consolidator;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.TableVersions;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.statement.Scope;
import java.util.List;
import java.util.Optional;

/**
 * Earlier versions of the tables of the catalog, in their consolidated files.
 *
 * <p>Threading: thread-safe.
 */
final class ExportedVersions implements TableVersions {
  private final Publisher publisher;
  private final Consolidator exports;

  ExportedVersions(Publisher publisher, Consolidator exports) {
    this.publisher = publisher;
    this.exports = exports;
  }

  @Override
  public Version version(QualifiedName table, long sequence, List<String> schemas) {
    Scope scope = new Scope(publisher.catalog(), schemas);
    Optional<TableName> name = scope.find(table).map(TableDefinition::name);
    if (name.isEmpty()) {
      boolean view = scope.findView(table).isPresent();
      throw new FlashDuckException(
          view ? ErrorCode.INVALID_REQUEST : ErrorCode.NOT_FOUND,
          view
              ? table + " is a view; only tables have files of earlier versions"
              : "Catalog Error: Table "
                  + table
                  + " does not exist; flashduck.at takes its name, or its schema and name");
    }
    TableName found = name.get();
    return new Version(
        new QualifiedName(List.of(Engine.CATALOG, found.schema(), found.name())),
        sequence,
        exports.version(found, sequence));
  }
}
