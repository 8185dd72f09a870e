package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.List;
import java.util.Optional;

/**
 * What the names in a statement mean.
 *
 * <p>Threading: immutable.
 *
 * @param catalog the tables and views
 * @param searchPath the schemas of unqualified names, not empty
 */
public record Scope(CatalogSnapshot catalog, List<String> searchPath) {
  public Scope {
    searchPath = searchPath.isEmpty() ? List.of(TableName.DEFAULT_SCHEMA) : List.copyOf(searchPath);
  }

  /** The table that a name means. */
  TableDefinition table(QualifiedName name) {
    return find(name)
        .orElseThrow(
            () -> {
              for (TableName candidate : candidates(name)) {
                if (catalog.views().containsKey(candidate)) {
                  return new FlashDuckException(
                      ErrorCode.INVALID_REQUEST,
                      candidate + " is a view; change the tables that it reads");
                }
              }
              return new FlashDuckException(
                  ErrorCode.NOT_FOUND, "Catalog Error: Table " + text(name) + " does not exist!");
            });
  }

  /** The table that a name means, if there is one. */
  public Optional<TableDefinition> find(QualifiedName name) {
    for (TableName candidate : candidates(name)) {
      Optional<TableDefinition> table = catalog.table(candidate);
      if (table.isPresent()) {
        return table;
      }
    }
    return Optional.empty();
  }

  /** The view that a name means, if there is one. */
  public Optional<TableName> findView(QualifiedName name) {
    return candidates(name).stream().filter(c -> catalog.views().containsKey(c)).findFirst();
  }

  /** The name that a new table or view of that name gets. */
  TableName created(QualifiedName name) {
    return candidates(name).get(0);
  }

  /** A schema's name; a catalog in front of it must be ours. */
  String schema(QualifiedName name) {
    if (name.schema().isPresent() && !isCatalog(name.schema().get())) {
      throw noCatalog(name.schema().get());
    }
    return name.name();
  }

  private List<TableName> candidates(QualifiedName name) {
    if (name.catalog().isPresent() && !isCatalog(name.catalog().get())) {
      throw noCatalog(name.catalog().get());
    }
    Optional<String> schema = name.schema();
    if (schema.isPresent() && !(name.catalog().isEmpty() && isCatalog(schema.get()))) {
      return List.of(new TableName(schema.get(), name.name()));
    }
    return searchPath.stream().map(s -> new TableName(s, name.name())).toList();
  }

  private static boolean isCatalog(String name) {
    return name.equalsIgnoreCase(Engine.CATALOG);
  }

  private static FlashDuckException noCatalog(String name) {
    return new FlashDuckException(
        ErrorCode.NOT_FOUND,
        "Catalog " + name + " does not exist; the only one is " + Engine.CATALOG);
  }

  static String text(QualifiedName name) {
    return String.join(".", name.parts());
  }
}
