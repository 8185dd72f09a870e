package io.flashduck.server.table.transaction;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.change.ChangeSection;
import java.util.List;
import java.util.Optional;

/**
 * What a transaction wants to commit, and what must not have changed meanwhile.
 *
 * <p>Threading: immutable.
 *
 * @param sections the change; none if the transaction changed nothing
 * @param recordCount the rows of the change
 * @param sequence the last write that the transaction's snapshot has
 * @param tables the tables that it changed
 * @param views the views that it changed, as the snapshot has them
 */
public record PendingChange(
    List<ChangeSection> sections,
    long recordCount,
    long sequence,
    List<Touched> tables,
    List<TouchedView> views) {
  public PendingChange {
    sections = List.copyOf(sections);
    tables = List.copyOf(tables);
    views = List.copyOf(views);
  }

  /**
   * A table that the transaction changed.
   *
   * @param before as the snapshot has it; empty if it has none
   * @param version the version at which it last changed before the snapshot
   * @param written the identities of the changed rows and what the snapshot has for each; empty if
   *     the table as a whole was created, emptied or dropped, so that no other change of it may
   *     have come
   */
  public record Touched(
      TableName name,
      Optional<TableDefinition> before,
      long version,
      Optional<ArrowRows> written) {}

  /** A view that the transaction changed, and its text in the snapshot. */
  public record TouchedView(TableName name, Optional<String> before) {}
}
