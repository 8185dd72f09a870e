package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.apply.AcceptedChange;
import io.flashduck.server.table.apply.StagedReader;
import io.flashduck.server.table.change.ChangeSection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What some writes change in one table, by the columns that they name.
 *
 * <p>Threading: confined to one thread.
 */
final class TableChanges {
  private final Map<List<Column>, Group> groups = new LinkedHashMap<>();
  private final List<Definition> definitions = new ArrayList<>();
  private long write;
  private long rowsOfWrite;
  private ChangeFile.Span span = new ChangeFile.Span(Long.MAX_VALUE, 0, 0);

  /** A change of the table itself. */
  private record Definition(String operation, long sequence, long version, long order) {}

  /** The table that a section is about, if it is about one. */
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

  /** Adds a section of a write; writes come in their order, and so do their sections. */
  void add(AcceptedChange change, ChangeSection section) {
    if (change.sequence() != write) {
      write = change.sequence();
      rowsOfWrite = 0;
    }
    ChangeFile.Span of =
        new ChangeFile.Span(change.sequence(), change.sequence(), change.acceptedAtNanos());
    span = span.join(of);
    if (section instanceof ChangeSection.Rows rows) {
      if (rows.rows().rowCount() > 0) {
        Group group = groups.computeIfAbsent(rows.columns(), Group::new);
        group.add(
            rows,
            new StagedReader.Part(
                rows.rows(), change.acceptedAtNanos(), change.sequence(), rowsOfWrite),
            of);
        rowsOfWrite += rows.rows().rowCount();
      }
    } else {
      definitions.add(
          new Definition(
              operation(section), change.sequence(), change.acceptedAtNanos(), 2 * rowsOfWrite));
    }
  }

  /** The last write that names the table. */
  long last() {
    return span.last();
  }

  /** One group for each list of columns; what changes the table itself is in the first one. */
  List<Group> groups() {
    if (!definitions.isEmpty()) {
      if (groups.isEmpty()) {
        groups.put(List.of(), new Group(List.of()));
      }
      Group first = groups.values().iterator().next();
      definitions.forEach(first::add);
    }
    return List.copyOf(groups.values());
  }

  private static String operation(ChangeSection section) {
    if (section instanceof ChangeSection.Create create) {
      return create.replace() ? "replace" : "create";
    }
    return section instanceof ChangeSection.Drop ? "drop" : "alter";
  }

  /** Changes with the same columns. */
  static final class Group {
    private final List<Column> columns;
    private final List<ChangeRows> streams = new ArrayList<>();
    private final List<Definition> definitions = new ArrayList<>();
    private ChangeFile.Span span = new ChangeFile.Span(Long.MAX_VALUE, 0, 0);
    private long rows;

    Group(List<Column> columns) {
      this.columns = columns;
    }

    private void add(ChangeSection.Rows section, StagedReader.Part part, ChangeFile.Span of) {
      ChangeRows last = streams.isEmpty() ? null : streams.get(streams.size() - 1);
      if (last == null || !last.takes(section)) {
        last = new ChangeRows(section);
        streams.add(last);
      }
      last.add(part);
      rows += section.rows().rowCount();
      span = span.join(of);
    }

    private void add(Definition definition) {
      definitions.add(definition);
      rows++;
      span =
          span.join(
              new ChangeFile.Span(
                  definition.sequence(), definition.sequence(), definition.version()));
    }

    List<Column> columns() {
      return columns;
    }

    long rows() {
      return rows;
    }

    ChangeFile.Span span() {
      return span;
    }

    void insert(EngineConnection connection, BufferAllocator allocator, String into) {
      streams.forEach(stream -> stream.insert(connection, allocator, into));
      for (Definition definition : definitions) {
        connection.execute(
            "INSERT INTO "
                + into
                + " (_op, _sequence, _version, _order) VALUES ("
                + SqlIdentifiers.literal(definition.operation())
                + ", "
                + definition.sequence()
                + ", "
                + definition.version()
                + ", "
                + definition.order()
                + ")");
      }
    }
  }
}
