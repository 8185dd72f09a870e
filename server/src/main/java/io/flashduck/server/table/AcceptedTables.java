package io.flashduck.server.table;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.LoggedChange;
import io.flashduck.server.table.change.TableAlteration;
import io.flashduck.server.table.change.TableShape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BinaryOperator;

/**
 * The tables as the next change will find them: what is published, and over it the definitions of
 * changes that are in the queue and not applied yet.
 *
 * <p>Threading: thread-safe; changed under the gate by the sender that is alone, and by the lane.
 */
final class AcceptedTables {
  private final BinaryOperator<String> widen;
  private final Map<TableName, Pending> pending = new ConcurrentHashMap<>();
  private volatile Published published;

  /**
   * A published state.
   *
   * @param catalog what clients see
   * @param shapes what the applied writes say about each table, invisible ones too
   */
  record Published(CatalogSnapshot catalog, Map<TableName, TableShape> shapes) {
    Published {
      shapes = Map.copyOf(shapes);
    }
  }

  /**
   * A table as the next change finds it.
   *
   * @param definition empty if there is no such table
   * @param shape what all accepted writes say about it
   */
  record Accepted(Optional<TableDefinition> definition, TableShape shape) {}

  private record Pending(Accepted table, long sequence) {}

  AcceptedTables(Published published, BinaryOperator<String> widen) {
    this.published = published;
    this.widen = widen;
  }

  /** What is published. */
  Published published() {
    return published;
  }

  /** The table as the next change finds it. */
  Accepted table(TableName name) {
    Pending ahead = pending.get(name);
    if (ahead != null) {
      return ahead.table();
    }
    Published now = published;
    return new Accepted(
        now.catalog().table(name), now.shapes().getOrDefault(name, TableShape.NONE));
  }

  /** The shape of a table with all accepted writes. */
  TableShape shape(TableName name, TableShape applied) {
    Pending ahead = pending.get(name);
    return ahead == null ? applied : ahead.table().shape();
  }

  /** Whether a change leaves all definitions as they are. */
  boolean keepsDefinitions(LoggedChange change) {
    return change.sections().stream()
        .allMatch(
            section ->
                section instanceof ChangeSection.Rows rows
                    && table(rows.table()).shape().unchangedBy(rows));
  }

  /** Remembers the definitions of a change that is in the queue. */
  void accepted(LoggedChange change, long sequence, long acceptedAtNanos) {
    for (ChangeSection section : change.sections()) {
      tableOf(section)
          .ifPresent(
              name -> {
                Accepted before = table(name);
                TableShape shape = before.shape().after(section, sequence, acceptedAtNanos, widen);
                pending.put(
                    name,
                    new Pending(new Accepted(definition(name, before, section), shape), sequence));
              });
    }
  }

  /** What was applied up to a sequence is published; nothing of it is ahead any more. */
  void published(Published now, long sequence) {
    published = now;
    pending.values().removeIf(ahead -> ahead.sequence() <= sequence);
  }

  static Optional<TableName> tableOf(ChangeSection section) {
    if (section instanceof ChangeSection.Rows rows) {
      return Optional.of(rows.table());
    }
    if (section instanceof ChangeSection.Create create) {
      return Optional.of(create.table());
    }
    if (section instanceof ChangeSection.Alter alter) {
      return Optional.of(alter.table());
    }
    return section instanceof ChangeSection.Drop drop
        ? Optional.of(drop.table())
        : Optional.empty();
  }

  private static Optional<TableDefinition> definition(
      TableName name, Accepted before, ChangeSection section) {
    if (section instanceof ChangeSection.Create create) {
      return Optional.of(
          new TableDefinition(name, create.columns(), key(create.key(), true), 0, create.rules()));
    }
    if (section instanceof ChangeSection.Alter alter) {
      return before.definition().map(definition -> altered(definition, alter));
    }
    if (section instanceof ChangeSection.Drop) {
      return Optional.empty();
    }
    if (section instanceof ChangeSection.Rows rows && before.definition().isPresent()) {
      TableDefinition definition = before.definition().get();
      boolean pins = before.shape().pin().isEmpty();
      List<Column> columns = definition.columns();
      return Optional.of(
          pins
              ? new TableDefinition(
                  name,
                  columns,
                  key(rows.key(), false),
                  definition.schemaVersion(),
                  definition.rules())
              : definition);
    }
    return before.definition();
  }

  private static TableDefinition altered(TableDefinition before, ChangeSection.Alter alter) {
    TableAlteration alteration = alter.alteration();
    return new TableDefinition(
        before.name(),
        alteration.columns(before.columns()),
        before.key().map(key -> new TableKey(alteration.key(key.columns()), key.origin())),
        before.schemaVersion(),
        alteration.rules(before.rules()));
  }

  private static Optional<TableKey> key(List<String> columns, boolean declared) {
    return columns.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new TableKey(columns, declared ? TableKey.Origin.DECLARED : TableKey.Origin.PINNED));
  }
}
