package io.flashduck.server.web;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.consolidate.ExportState;
import io.flashduck.server.consolidate.ExportedFile;
import io.flashduck.server.consolidate.VerifyReport;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.Change;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.DatabaseStatus;
import io.flashduck.server.table.DatabaseStatus.SourceState;
import io.flashduck.server.table.DatabaseStatus.State;
import io.flashduck.server.table.SqlResult;
import io.flashduck.server.table.SqlUpdate;
import io.flashduck.server.table.Transaction;
import io.flashduck.server.table.UpdateDescription;
import io.flashduck.server.table.WriteAck;
import io.flashduck.server.table.WriteOptions;
import io.flashduck.server.table.fold.FoldStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One table {@code main.orders(id, name, at, tags)} with key id; remembers what is submitted. */
final class FakeDatabase implements Database {
  static final TableDefinition ORDERS =
      new TableDefinition(
          TableName.ofMain("orders"),
          List.of(
              new Column("id", "BIGINT"),
              new Column("name", "VARCHAR"),
              new Column("at", "TIMESTAMP"),
              new Column("tags", "VARCHAR[]")),
          Optional.of(new TableKey(List.of("id"), TableKey.Origin.INFERRED)),
          1);

  final List<Change> submitted = new ArrayList<>();
  final List<WriteOptions> options = new ArrayList<>();
  @Nullable FlashDuckException refusal;

  @Override
  public CatalogSnapshot catalog() {
    TreeMap<TableName, TableDefinition> tables = new TreeMap<>();
    tables.put(ORDERS.name(), ORDERS);
    return new CatalogSnapshot(7, 1, 3, tables, Map.of(ORDERS.name(), 7L), new TreeMap<>());
  }

  @Override
  public CompletableFuture<WriteAck> submit(Change change, WriteOptions how) {
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    submitted.add(change);
    options.add(how);
    return CompletableFuture.completedFuture(
        new WriteAck(submitted.size(), change.rows().rowCount(), how.ack(), false));
  }

  @Override
  public void fold() {}

  @Override
  public DatabaseStatus status() {
    return new DatabaseStatus(
        7,
        3,
        4,
        1_500,
        new DatabaseStatus.QueueFiles(1, 1, 4_096, 0),
        Optional.of(Duration.ofMillis(20)),
        Optional.empty(),
        List.of(new DatabaseStatus.Table(ORDERS, 7, 1_234_567, Optional.empty())),
        List.of(
            new SourceState(
                "orders.parquet",
                "main.orders",
                State.LOADED,
                Optional.empty(),
                1_234_567,
                45_000_000,
                Instant.parse("2026-01-01T10:00:00Z"),
                Optional.of(Instant.parse("2026-01-01T10:00:01Z")),
                Optional.of(Duration.ofMillis(142))),
            new SourceState(
                "<b>broken</b>.csv",
                "main.<b>broken</b>",
                State.QUARANTINED,
                Optional.of("line 3 has 2 values, not 4"),
                0,
                99,
                Instant.parse("2026-01-01T10:00:00Z"),
                Optional.empty(),
                Optional.empty())),
        new FoldStatus(2, 5_000, 3, 1, 600, Optional.empty()),
        List.of(new DatabaseStatus.ExportLag(ORDERS.name(), Duration.ofMillis(1_250), 3)),
        List.of());
  }

  @Override
  public Runnable onCatalog(Consumer<CatalogSnapshot> listener) {
    return () -> {};
  }

  @Override
  public CompletableFuture<SqlResult> execute(SqlUpdate update, WriteOptions how) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Transaction begin(ClientConnection connection) {
    throw new FlashDuckException(ErrorCode.UNIMPLEMENTED, "not in this test");
  }

  @Override
  public UpdateDescription describeUpdate(SqlUpdate update) {
    throw new FlashDuckException(ErrorCode.UNIMPLEMENTED, "not in this test");
  }

  @Override
  public boolean awaitSequence(long sequence, Duration limit) {
    return true;
  }

  @Override
  public Engine engine() {
    throw new UnsupportedOperationException();
  }

  @Override
  public VerifyReport verify(TableName table) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<ExportedFile> export(TableName table) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<ExportState> exports() {
    return List.of();
  }

  @Override
  public void rescan() {}

  @Override
  public boolean awaitQuiet(Duration limit) {
    return true;
  }

  @Override
  public void close() {}
}
