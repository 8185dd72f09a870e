package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.apply.AcceptedChange;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.state.Bookkeeping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One line for each part of each applied write, behind {@code flashduck.changes}.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class History {
  private static final int KEPT = 100_000;
  private static final int PRUNE_EVERY = 10_000;

  private History() {}

  /**
   * Writes the lines of changes.
   *
   * @param failure why they could not be applied, if they could not
   */
  static void record(
      EngineConnection connection, List<AcceptedChange> changes, @Nullable String failure) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (AcceptedChange change : changes) {
      for (ChangeSection section : change.change().sections()) {
        rows.add(line(change, section, failure));
      }
    }
    Bookkeeping.CHANGES.insert(connection, rows);
    long last = changes.get(changes.size() - 1).sequence();
    if (changes.get(0).sequence() / PRUNE_EVERY != last / PRUNE_EVERY) {
      connection.updateKept(
          "DELETE FROM _flashduck.changes WHERE sequence <= ? AND failure IS NULL", last - KEPT);
    }
  }

  private static List<@Nullable Object> line(
      AcceptedChange change, ChangeSection section, @Nullable String failure) {
    Optional<TableName> table = AcceptedTables.tableOf(section);
    Optional<ProducerPosition> producer = change.change().producer();
    return Arrays.asList(
        change.sequence(),
        change.acceptedAtNanos(),
        table.map(TableName::schema).orElse(null),
        table.map(TableName::name).orElse(null),
        operation(section),
        section instanceof ChangeSection.Rows data ? data.rows().rowCount() : 0L,
        producer.map(ProducerPosition::producer).orElse(null),
        producer.map(ProducerPosition::sequence).orElse(null),
        failure);
  }

  private static String operation(ChangeSection section) {
    if (section instanceof ChangeSection.Rows rows) {
      return rows.kind().name().toLowerCase(Locale.ROOT);
    }
    if (section instanceof ChangeSection.Create create) {
      return create.replace() ? "replace table" : "create table";
    }
    if (section instanceof ChangeSection.Alter) {
      return "alter table";
    }
    if (section instanceof ChangeSection.Drop) {
      return "drop table";
    }
    if (section instanceof ChangeSection.CreateView) {
      return "create view";
    }
    if (section instanceof ChangeSection.DropView) {
      return "drop view";
    }
    return section instanceof ChangeSection.CreateSchema ? "create schema" : "drop schema";
  }
}
