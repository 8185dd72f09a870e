package io.flashduck.server.table.transaction;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.transaction.PendingChange.Touched;
import io.flashduck.server.table.transaction.PendingChange.TouchedView;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;

/**
 * First committer wins: refuses a transaction if a row that it wrote has been written, deleted or
 * reloaded since its snapshot, or if the definition of a table that it changed is another one.
 *
 * <p>Threading: confined to the apply lane, with everything durable applied.
 */
public final class ConflictCheck {
  private static final String WRITTEN = "temp._fd_tx_written";
  private static final String STREAM = "_fd_tx_check";

  private final EngineConnection connection;
  private final BufferAllocator allocator;
  private final CatalogSnapshot catalog;
  private final Map<TableName, TableShape> shapes;

  /**
   * @param catalog the applied state
   * @param shapes what the applied writes say about each table
   */
  public ConflictCheck(
      EngineConnection connection,
      BufferAllocator allocator,
      CatalogSnapshot catalog,
      Map<TableName, TableShape> shapes) {
    this.connection = connection;
    this.allocator = allocator;
    this.catalog = catalog;
    this.shapes = shapes;
  }

  /**
   * Checks.
   *
   * @throws FlashDuckException CONFLICT with the table and, if it is about a row, its identity
   */
  public void check(PendingChange change) {
    change.tables().forEach(table -> check(table, change.sequence()));
    for (TouchedView view : change.views()) {
      Optional<String> now = Optional.ofNullable(catalog.views().get(view.name()));
      boolean taken = now.isEmpty() && catalog.table(view.name()).isPresent();
      if (taken || !now.equals(view.before())) {
        throw conflict("view " + view.name() + " was changed");
      }
    }
  }

  private void check(Touched touched, long sequence) {
    TableName name = touched.name();
    Optional<TableDefinition> now = catalog.table(name);
    boolean sameDefinition =
        now.isPresent() == touched.before().isPresent()
            && now.map(ConflictCheck::outline).equals(touched.before().map(ConflictCheck::outline));
    boolean taken = now.isEmpty() && catalog.views().containsKey(name);
    TableShape shape = shapes.getOrDefault(name, TableShape.NONE);
    if (taken || !sameDefinition || shape.lastAlteration() > sequence) {
      throw conflict("the definition of " + name + " was changed");
    }
    if (shape.floor().sequence() > sequence) {
      throw conflict(name + " was emptied or replaced");
    }
    if (touched.written().isEmpty()) {
      long version = catalog.tableVersions().getOrDefault(name, 0L);
      if (now.isPresent() && version != touched.version()) {
        throw conflict(name + " was changed");
      }
    } else if (touched.written().get().rowCount() > 0) {
      checkRows(TableLayout.of(now.orElseThrow()), touched.written().get(), sequence);
    }
  }

  /** Columns and key, whatever the key was learned from. */
  private static List<Object> outline(TableDefinition table) {
    return List.of(
        table.columns(),
        table.rules(),
        table.key().map(TableKey::columns).orElse(List.of()).stream()
            .map(column -> column.toLowerCase(Locale.ROOT))
            .toList());
  }

  private void checkRows(TableLayout table, ArrowRows written, long sequence) {
    stage(table, written);
    try {
      String same = table.sameIdentity("t", "w");
      String identity =
          table.identityColumns().stream()
              .map(c -> "w." + SqlIdentifiers.quote(c.name()))
              .collect(Collectors.joining(", "));
      String changed =
          "SELECT concat_ws(', ', "
              + identity
              + ") FROM "
              + WRITTEN
              + " AS w LEFT JOIN "
              + table.stored()
              + " AS t ON "
              + same
              + " LEFT JOIN "
              + table.deleted()
              + " AS d ON "
              + table.sameIdentity("d", "w")
              + " WHERE t._fd_version IS DISTINCT FROM w._fd_was_version"
              + " OR t._fd_source IS DISTINCT FROM w._fd_was_source"
              + " OR t._fd_row IS DISTINCT FROM w._fd_was_row"
              + " OR t._fd_sequence IS DISTINCT FROM w._fd_was_sequence"
              + " OR d._fd_sequence > "
              + sequence
              + " LIMIT 1";
      connection.query(changed, row -> row.getString(1)).stream()
          .findFirst()
          .ifPresent(
              row -> {
                String named =
                    table.keyed()
                        ? "the row of " + table.name() + " with the key (" + row + ")"
                        : "a row of " + table.name();
                throw conflict(named + " was changed");
              });
    } finally {
      connection.execute("DROP TABLE IF EXISTS " + WRITTEN);
    }
  }

  private void stage(TableLayout table, ArrowRows written) {
    String columns =
        table.identityColumns().stream()
                .map(c -> SqlIdentifiers.quote(c.name()) + " " + c.type())
                .collect(Collectors.joining(", "))
            + BufferedTable.STAMP.stream()
                .map(c -> ", " + c + " BIGINT")
                .collect(Collectors.joining());
    connection.execute("CREATE OR REPLACE TEMP TABLE " + WRITTEN + " (" + columns + ")");
    String values =
        table.identityColumns().stream().map(ConflictCheck::typed).collect(Collectors.joining(", "))
            + ", "
            + String.join(", ", BufferedTable.STAMP);
    try (ArrowReader reader = written.open(allocator);
        RegisteredStream stream = connection.register(STREAM, reader, allocator)) {
      connection.execute(
          "INSERT INTO "
              + WRITTEN
              + " SELECT "
              + values
              + " FROM "
              + SqlIdentifiers.quote(stream.name()));
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "Rows of a transaction cannot be read: " + e.getMessage(), e);
    }
  }

  private static String typed(Column column) {
    return "CAST(" + SqlIdentifiers.quote(column.name()) + " AS " + column.type() + ")";
  }

  private static FlashDuckException conflict(String what) {
    return new FlashDuckException(
        ErrorCode.CONFLICT,
        "Conflict: "
            + what
            + " by another commit after this transaction began; nothing of it was written, retry"
            + " the transaction");
  }
}
