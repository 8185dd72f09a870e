package io.flashduck.server.table.transaction;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.merge.Hidden;
import io.flashduck.server.table.merge.TableLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * What a transaction has written to one table, in temporary tables of its connection: <i>rows</i>
 * are the whole rows that it left, <i>written</i> the identities that it has changed or deleted,
 * with the origin and version that the snapshot has for each (null if it has none). A view over
 * both and the stored table is what its later statements read.
 *
 * <p>Threading: confined to whoever holds the transaction's connection.
 */
final class BufferedTable {
  /** The origin of rows that the transaction added. */
  static final long ADDED = -(1L << 62);

  private static final long NEWEST = 1L << 62;
  private static final String STAGE = "temp._fd_tx_stage";
  private static final String STREAM = "_fd_tx_stream";
  private static final List<String> STAGED = List.of(Hidden.SOURCE, Hidden.ROW, "_fd_op");

  /** What the snapshot says about a written row, beside its identity. */
  static final List<String> STAMP =
      List.of("_fd_was_version", "_fd_was_source", "_fd_was_row", "_fd_was_sequence");

  private final EngineConnection connection;
  private final BufferAllocator allocator;
  private final String name;
  private final TableLayout stored;
  private final boolean fromNothing;
  private long added;

  /**
   * @param number tells its temporary tables from those of others
   * @param fromNothing whether the rows that the snapshot has do not count: the table is new, or
   *     was emptied or replaced
   */
  BufferedTable(
      EngineConnection connection,
      BufferAllocator allocator,
      long number,
      TableDefinition table,
      boolean fromNothing) {
    this.connection = connection;
    this.allocator = allocator;
    this.name = "temp._fd_tx_" + number;
    this.stored = TableLayout.of(table);
    this.fromNothing = fromNothing;
  }

  TableName table() {
    return stored.name();
  }

  boolean fromNothing() {
    return fromNothing;
  }

  /** The table as it is stored. */
  TableLayout stored() {
    return stored;
  }

  /** The table as the transaction reads it. */
  TableLayout layout() {
    return stored.readFrom(all());
  }

  /** The rows with their hidden columns, for what the server reads. */
  private String all() {
    return name + "_all";
  }

  /** The view that the transaction's queries read. */
  String view() {
    return name;
  }

  /** The rows that the transaction left. */
  String rows() {
    return name + "_rows";
  }

  /** The identities that it changed. */
  String written() {
    return name + "_written";
  }

  /** Creates the temporary tables, empty, and the view. */
  void create() {
    connection.execute(
        "CREATE TEMP TABLE " + rows() + " (" + columns(stored.columns()) + hidden("") + ")");
    connection.execute(
        "CREATE TEMP TABLE "
            + written()
            + " ("
            + stored.identityColumns().stream()
                .map(BufferedTable::definition)
                .collect(Collectors.joining(", "))
            + STAMP.stream().map(c -> ", " + c + " BIGINT").collect(Collectors.joining())
            + ")");
    String all = stored.allColumns("");
    String base =
        "SELECT "
            + stored.allColumns("b")
            + " FROM "
            + stored.stored()
            + " AS b ANTI JOIN "
            + written()
            + " AS w ON "
            + stored.sameIdentity("b", "w")
            + " UNION ALL ";
    connection.execute(
        "CREATE TEMP VIEW "
            + all()
            + " AS "
            + (fromNothing ? "" : base)
            + "SELECT "
            + all
            + " FROM "
            + rows());
    connection.execute(
        "CREATE TEMP VIEW " + name + " AS SELECT " + stored.columnList("") + " FROM " + all());
  }

  /** Removes them. */
  void drop() {
    connection.execute("DROP VIEW IF EXISTS " + name);
    connection.execute("DROP VIEW IF EXISTS " + all());
    connection.execute("DROP TABLE IF EXISTS " + rows());
    connection.execute("DROP TABLE IF EXISTS " + written());
  }

  /** Takes rows over; of several with one identity the last one counts. */
  void apply(ChangeSection.Rows change) {
    if (change.rows().rowCount() == 0) {
      return;
    }
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE "
            + STAGE
            + " ("
            + columns(stored.columns())
            + "_fd_source BIGINT, _fd_row BIGINT, _fd_op TINYINT)");
    stage(change);
    boolean appends = change.kind() == RowsKind.APPEND;
    if (!appends) {
      remember();
      connection.execute(
          "DELETE FROM "
              + rows()
              + " AS r USING "
              + STAGE
              + " AS s WHERE "
              + stored.sameIdentity("r", "s"));
    }
    boolean fresh = stored.keyed() || appends;
    String last =
        appends
            ? STAGE
            : "(SELECT *, rowid AS _fd_at FROM "
                + STAGE
                + " QUALIFY row_number() OVER (PARTITION BY "
                + stored.identityList("")
                + " ORDER BY rowid DESC) = 1)";
    connection.execute(
        "INSERT INTO "
            + rows()
            + " ("
            + stored.allColumns("")
            + ") SELECT "
            + userColumns()
            + NEWEST
            + ", "
            + (fresh
                ? ADDED + ", " + added + " + " + (appends ? "rowid" : "_fd_at")
                : "_fd_source, _fd_row")
            + ", "
            + NEWEST
            + " FROM "
            + last
            + " WHERE _fd_op = 0"
            + (appends ? " ORDER BY rowid" : ""));
    added += change.rows().rowCount();
    connection.execute("DROP TABLE " + STAGE);
  }

  private String userColumns() {
    return stored.columns().isEmpty() ? "" : stored.columnList("") + ", ";
  }

  private void stage(ChangeSection.Rows change) {
    Schema schema = change.rows().schema(allocator);
    boolean rewrites = change.kind() == RowsKind.REWRITE;
    String origin = rewrites ? "coalesce(f.id, -r._fd_origin), r._fd_origin_row, " : "NULL, NULL, ";
    String op =
        switch (change.kind()) {
          case UPSERT, APPEND -> "0";
          case DELETE -> "1";
          case MIXED, REWRITE -> "r._fd_op";
        };
    String files =
        " LEFT JOIN _flashduck.files AS f ON f.path = r._fd_path AND lower(f.schema_name) = lower("
            + SqlIdentifiers.literal(table().schema())
            + ") AND lower(f.table_name) = lower("
            + SqlIdentifiers.literal(table().name())
            + ")";
    try (ArrowReader reader = change.rows().open(allocator);
        RegisteredStream stream = connection.register(STREAM, reader, allocator)) {
      connection.execute(
          "INSERT INTO "
              + STAGE
              + " ("
              + userColumns()
              + String.join(", ", STAGED)
              + ") SELECT "
              + values(change, schema)
              + origin
              + op
              + " FROM "
              + SqlIdentifiers.quote(stream.name())
              + " AS r"
              + (rewrites ? files : ""));
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The Arrow rows cannot be read: " + e.getMessage(), e);
    }
  }

  /** The table's columns out of the stream, each with a comma behind it. */
  private String values(ChangeSection.Rows change, Schema schema) {
    StringBuilder values = new StringBuilder();
    for (Column column : stored.columns()) {
      boolean wanted = change.kind() != RowsKind.DELETE || stored.isKey(column.name());
      Optional<String> field =
          schema.getFields().stream()
              .map(Field::getName)
              .filter(f -> wanted && f.equalsIgnoreCase(column.name()))
              .findFirst();
      values
          .append("CAST(")
          .append(field.map(f -> "r." + SqlIdentifiers.quote(f)).orElse("NULL"))
          .append(" AS ")
          .append(column.type())
          .append("), ");
    }
    return values.toString();
  }

  /** Notes the staged identities with what the snapshot has for them. */
  private void remember() {
    if (fromNothing) {
      return;
    }
    String identity = stored.identityList("i");
    connection.execute(
        "INSERT INTO "
            + written()
            + " SELECT "
            + identity
            + ", b._fd_version, b._fd_source, b._fd_row, b._fd_sequence FROM (SELECT DISTINCT "
            + stored.identityList("")
            + " FROM "
            + STAGE
            + (stored.keyed() ? "" : " WHERE _fd_source <> " + ADDED)
            + ") AS i LEFT JOIN "
            + stored.stored()
            + " AS b ON "
            + stored.sameIdentity("b", "i")
            + " WHERE NOT EXISTS (FROM "
            + written()
            + " AS w WHERE "
            + stored.sameIdentity("w", "i")
            + ")");
  }

  private static String columns(List<Column> columns) {
    return columns.stream().map(c -> definition(c) + ", ").collect(Collectors.joining());
  }

  private static String definition(Column column) {
    return SqlIdentifiers.quote(column.name()) + " " + column.type();
  }

  private static String hidden(String prefix) {
    List<String> hidden = new ArrayList<>();
    Hidden.COLUMNS.forEach(c -> hidden.add(prefix + c + " BIGINT"));
    return String.join(", ", hidden);
  }
}
