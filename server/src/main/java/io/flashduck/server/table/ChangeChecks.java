package io.flashduck.server.table;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.LoggedChange;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.merge.Hidden;
import io.flashduck.server.table.source.TypeFamilies;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;

/**
 * Turns a client's change into the sections that are logged, or refuses it before anything is
 * written: what is in the queue can be applied.
 *
 * <p>Threading: thread-safe.
 */
final class ChangeChecks {
  private static final Set<String> RESERVED_SCHEMAS =
      Set.of("_flashduck", "flashduck", "information_schema", "pg_catalog", "temp", "system");

  private final ArrowSchemas schemas;
  private final BufferAllocator allocator;
  private final Function<TableName, List<String>> declaredKey;

  /**
   * @param declaredKey the key that {@code tables.yaml} declares for a table; empty for none
   */
  ChangeChecks(
      ArrowSchemas schemas,
      BufferAllocator allocator,
      Function<TableName, List<String>> declaredKey) {
    this.schemas = schemas;
    this.allocator = allocator;
    this.declaredKey = declaredKey;
  }

  /**
   * Checks.
   *
   * @param table the table as the change finds it
   * @throws FlashDuckException what is wrong, where, and what to do
   */
  LoggedChange check(
      Change change, Optional<TableDefinition> table, Optional<ProducerPosition> producer) {
    List<Column> columns = schemas.columns(change.rows().schema(allocator));
    refuseRepeatedNames(change, columns);
    List<ChangeSection> sections = new ArrayList<>();
    TableDefinition definition = target(change, table, columns, sections);
    RowsKind kind = kind(change, definition);
    if (change.rows().rowCount() > 0 || sections.isEmpty()) {
      sections.add(rows(change, definition, kind, columns));
    }
    return new LoggedChange(sections, change.rows().rowCount(), producer);
  }

  private static void refuseRepeatedNames(Change change, List<Column> columns) {
    Set<String> names = new HashSet<>();
    for (Column column : columns) {
      if (!names.add(column.name().toLowerCase(Locale.ROOT))) {
        throw refuse(
            ErrorCode.INVALID_REQUEST, change, "column " + column.name() + " is there twice");
      }
    }
  }

  /** The table that the rows go into; adds its creation to the sections if it is to be created. */
  private TableDefinition target(
      Change change,
      Optional<TableDefinition> table,
      List<Column> columns,
      List<ChangeSection> sections) {
    boolean creates =
        switch (change.create()) {
          case EXISTING -> {
            if (table.isEmpty()) {
              throw noTable(change.table());
            }
            yield false;
          }
          case CREATE -> {
            if (table.isPresent()) {
              throw new FlashDuckException(
                  ErrorCode.ALREADY_EXISTS,
                  "Table "
                      + change.table()
                      + " exists; append to it, or replace it, or choose another name");
            }
            yield true;
          }
          case CREATE_IF_MISSING -> table.isEmpty();
          case REPLACE -> true;
        };
    if (!creates) {
      return table.orElseThrow();
    }
    refuseReserved(change.table());
    List<String> key = createKey(change, columns);
    sections.add(
        new ChangeSection.Create(
            change.table(), columns, key, change.create() == CreateMode.REPLACE));
    return new TableDefinition(
        change.table(),
        columns,
        key.isEmpty() ? Optional.empty() : Optional.of(new TableKey(key, TableKey.Origin.DECLARED)),
        0);
  }

  static FlashDuckException noTable(TableName table) {
    return new FlashDuckException(
        ErrorCode.NOT_FOUND,
        "Table "
            + table
            + " does not exist. Put a file of that name into the data folder, CREATE TABLE it, or"
            + " ingest with create_append");
  }

  /** Refuses names that are FlashDuck's or DuckDB's own. */
  static void refuseReserved(TableName table) {
    if (RESERVED_SCHEMAS.contains(table.schema().toLowerCase(Locale.ROOT))) {
      throw new FlashDuckException(
          ErrorCode.PERMISSION_DENIED,
          "Schema " + table.schema() + " is the server's own; choose another one");
    }
  }

  private List<String> createKey(Change change, List<Column> columns) {
    List<String> wanted =
        change.createKey().isEmpty() ? declaredKey.apply(change.table()) : change.createKey();
    if (wanted.isEmpty()) {
      wanted = inferredKey(change, columns);
    }
    List<String> key = new ArrayList<>();
    for (String name : wanted) {
      key.add(
          find(columns, name)
              .orElseThrow(
                  () ->
                      refuse(
                          ErrorCode.CONSTRAINT_VIOLATION,
                          change,
                          "key column " + name + " is missing"))
              .name());
    }
    for (Column column : columns) {
      if (Hidden.isReserved(column.name())) {
        throw refuse(
            ErrorCode.INVALID_REQUEST,
            change,
            "column "
                + column.name()
                + ": names that begin with "
                + Hidden.PREFIX
                + " are the server's own");
      }
    }
    return key;
  }

  /** As for files: a column {@code id}, else {@code key}, if it identifies the first rows. */
  private List<String> inferredKey(Change change, List<Column> columns) {
    return Stream.of("id", "key")
        .flatMap(name -> find(columns, name).stream())
        .limit(1)
        .filter(column -> schemas.identifies(change.rows(), column))
        .map(Column::name)
        .toList();
  }

  private static RowsKind kind(Change change, TableDefinition table) {
    boolean keyed = table.key().isPresent();
    return switch (change.kind()) {
      case INGEST -> keyed ? RowsKind.UPSERT : RowsKind.APPEND;
      case UPSERT, DELETE -> {
        if (!keyed) {
          throw refuse(
              ErrorCode.INVALID_REQUEST,
              change,
              "the table has no key, so rows cannot be named by it; declare one in tables.yaml, or"
                  + " append, or use SQL");
        }
        yield change.kind() == ChangeKind.UPSERT ? RowsKind.UPSERT : RowsKind.DELETE;
      }
      case APPEND -> {
        if (keyed) {
          throw refuse(
              ErrorCode.INVALID_REQUEST,
              change,
              "the table has the key ("
                  + String.join(", ", table.key().get().columns())
                  + "), so rows cannot be appended; upsert them");
        }
        yield RowsKind.APPEND;
      }
    };
  }

  private ChangeSection.Rows rows(
      Change change, TableDefinition table, RowsKind kind, List<Column> columns) {
    List<String> key = table.key().map(TableKey::columns).orElse(List.of());
    for (String name : key) {
      if (find(columns, name).isEmpty()) {
        throw refuse(ErrorCode.CONSTRAINT_VIOLATION, change, "key column " + name + " is missing");
      }
    }
    List<Column> accepted = new ArrayList<>();
    for (Column column : columns) {
      if (kind == RowsKind.DELETE && key.stream().noneMatch(column.name()::equalsIgnoreCase)) {
        continue; // only the key of a delete is read
      }
      Column target =
          find(table.columns(), column.name())
              .orElseThrow(() -> unknownColumn(change, table, column));
      refuseUnreadable(change, column);
      refuseMisfit(change, column, target);
      accepted.add(target);
    }
    refuseNullKeys(change, key);
    if (kind != RowsKind.DELETE) {
      refuseBroken(change, table, columns);
    }
    return new ChangeSection.Rows(change.table(), kind, key, accepted, change.rows());
  }

  private static FlashDuckException unknownColumn(
      Change change, TableDefinition table, Column column) {
    return refuse(
        ErrorCode.INVALID_REQUEST,
        change,
        "there is no column "
            + column.name()
            + "; the table has "
            + String.join(", ", table.columns().stream().map(Column::name).toList()));
  }

  private void refuseUnreadable(Change change, Column column) {
    schemas.refuseUnreadable(change.rows(), column);
    schemas.noJson(change.rows(), column).stream()
        .findFirst()
        .ifPresent(
            misfit -> {
              throw refuse(
                  ErrorCode.INVALID_REQUEST,
                  change,
                  "column "
                      + column.name()
                      + " is "
                      + column.type()
                      + ", but row "
                      + misfit.row()
                      + " is no JSON: "
                      + misfit.value());
            });
  }

  private void refuseMisfit(Change change, Column column, Column target) {
    if (column.type().equals(target.type())) {
      return;
    }
    boolean text = TypeFamilies.isText(column.type());
    boolean fits =
        TypeFamilies.sameKind(column.type(), target.type())
            || (text && !TypeFamilies.isNumber(target.type()));
    if (!fits && !isAllNull(change, column)) {
      throw refuse(
          ErrorCode.TYPE_MISMATCH,
          change,
          "column "
              + target.name()
              + " is "
              + target.type()
              + ", but the rows have "
              + column.type());
    }
    if (!fits || TypeFamilies.holdsAll(column.type(), target.type())) {
      return;
    }
    boolean exact = !text && !target.type().equals("FLOAT");
    schemas.misfits(change.rows(), column, target.type(), exact).stream()
        .findFirst()
        .ifPresent(
            misfit -> {
              throw refuse(
                  ErrorCode.TYPE_MISMATCH,
                  change,
                  "column "
                      + target.name()
                      + " is "
                      + target.type()
                      + ", which does not hold the value "
                      + misfit.value()
                      + " ("
                      + column.type()
                      + ") of row "
                      + misfit.row());
            });
  }

  private boolean isAllNull(Change change, Column column) {
    return nulls(change, List.of(column.name())).allNull();
  }

  private void refuseNullKeys(Change change, List<String> key) {
    if (key.isEmpty()) {
      return;
    }
    Nulls nulls = nulls(change, key);
    if (nulls.firstRow() > 0) {
      throw refuse(
          ErrorCode.CONSTRAINT_VIOLATION,
          change,
          "row " + nulls.firstRow() + " has no value in key column " + nulls.column());
    }
  }

  /** Holds the rows to the table's rules. */
  private void refuseBroken(Change change, TableDefinition table, List<Column> columns) {
    for (String name : table.rules().notNull()) {
      if (find(columns, name).isEmpty()) {
        throw refuse(
            ErrorCode.CONSTRAINT_VIOLATION,
            change,
            "column " + name + " is NOT NULL, and the rows leave it out; send its values");
      }
    }
    if (!table.rules().notNull().isEmpty()) {
      Nulls nulls = nulls(change, table.rules().notNull());
      if (nulls.firstRow() > 0) {
        throw refuse(
            ErrorCode.CONSTRAINT_VIOLATION,
            change,
            "row "
                + nulls.firstRow()
                + " has no value in column "
                + nulls.column()
                + ", which is NOT NULL");
      }
    }
    for (String check : table.rules().checks()) {
      schemas
          .breaking(change.rows(), columns, table.columns(), check)
          .ifPresent(
              row -> {
                throw refuse(
                    ErrorCode.CONSTRAINT_VIOLATION,
                    change,
                    "row " + row + " breaks CHECK (" + check + "); correct it");
              });
    }
  }

  /**
   * Nulls in some columns.
   *
   * @param firstRow the first row with one, from 1; 0 for none
   */
  private record Nulls(long firstRow, String column, boolean allNull) {}

  private Nulls nulls(Change change, List<String> names) {
    if (change.rows().rowCount() > 0
        && change
            .rows()
            .hasSurelyNoNulls(name -> names.stream().anyMatch(name::equalsIgnoreCase))) {
      return new Nulls(0, "", false);
    }
    try (ArrowReader reader = change.rows().open(allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      List<FieldVector> vectors =
          root.getFieldVectors().stream()
              .filter(v -> names.stream().anyMatch(v.getName()::equalsIgnoreCase))
              .toList();
      long before = 0;
      long nulls = 0;
      long first = 0;
      String column = "";
      while (reader.loadNextBatch()) {
        for (FieldVector vector : vectors) {
          int count = vector.getNullCount();
          nulls += count;
          if (count > 0 && first == 0) {
            first = before + firstNull(vector) + 1;
            column = vector.getName();
          }
        }
        before += root.getRowCount();
      }
      return new Nulls(first, column, nulls == before * vectors.size());
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The Arrow rows cannot be read: " + e.getMessage(), e);
    }
  }

  private static int firstNull(FieldVector vector) {
    for (int i = 0; i < vector.getValueCount(); i++) {
      if (vector.isNull(i)) {
        return i;
      }
    }
    return 0;
  }

  private static Optional<Column> find(List<Column> columns, String name) {
    return columns.stream().filter(c -> c.name().equalsIgnoreCase(name)).findFirst();
  }

  private static FlashDuckException refuse(ErrorCode code, Change change, String reason) {
    return new FlashDuckException(
        code, "The change of " + change.table() + " is refused: " + reason);
  }
}
