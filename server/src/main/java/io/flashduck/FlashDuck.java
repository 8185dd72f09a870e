package io.flashduck;

import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.ReadPool;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.Change;
import io.flashduck.server.table.ChangeKind;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.SqlResult;
import io.flashduck.server.table.SqlUpdate;
import io.flashduck.server.table.WriteAck;
import io.flashduck.server.table.WriteOptions;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * A FlashDuck database inside this program: a folder of files as always-fresh tables, with durable
 * writes and one current Parquet file per table, and no network.
 *
 * <pre>{@code
 * try (FlashDuck duck = FlashDuck.open(Path.of("tables"))) {
 *   try (QueryRows rows = duck.query("SELECT status, count(*) FROM orders GROUP BY ALL")) {
 *     while (rows.next()) {
 *       System.out.println(rows.batch().contentToTSVString());
 *     }
 *   }
 *   duck.update("UPDATE orders SET status = 'paid' WHERE id = 7");
 * }
 * }</pre>
 *
 * <p>Writes return once queries see them. A folder has one owner at a time: a server or one such
 * object.
 *
 * <p>Threading: thread-safe.
 */
public final class FlashDuck implements AutoCloseable {
  private static final long MAX_CHANGE_BYTES = Integer.MAX_VALUE;

  private final BufferAllocator allocator;
  private final Database database;

  private FlashDuck(BufferAllocator allocator, Database database) {
    this.allocator = allocator;
    this.database = database;
  }

  /** Opens a folder with every setting at its default. */
  public static FlashDuck open(Path dataDir) {
    return open(ServerConfig.ofData(dataDir));
  }

  /**
   * Opens a folder; the settings of the network and of users are not used.
   *
   * @throws FlashDuckException ALREADY_RUNNING if somebody else has the state folder;
   *     CORRUPT_STATE; IO_ERROR
   */
  public static FlashDuck open(ServerConfig config) {
    BufferAllocator allocator = new RootAllocator();
    try {
      return new FlashDuck(allocator, Database.open(config, allocator));
    } catch (RuntimeException | Error e) {
      allocator.close();
      throw e;
    }
  }

  /** The tables as queries that start now see them. */
  public CatalogSnapshot catalog() {
    return database.catalog();
  }

  /** Everything else, such as status, exports and acknowledgements of your choice; borrowed. */
  public Database database() {
    return database;
  }

  /**
   * Starts a query.
   *
   * @param parameters values for {@code ?} or {@code $1} in the statement
   * @return its rows; caller closes
   */
  public QueryRows query(String sql, @Nullable Object... parameters) {
    BufferAllocator scratch = allocator.newChildAllocator("query", 0, Long.MAX_VALUE);
    try {
      ReadPool.Lease lease = database.engine().readPool().borrow(SessionOptions.DEFAULT);
      try {
        ClientConnection connection = lease.connection();
        StatementDescription description =
            connection.describe(sql, database.catalog().schemaVersion());
        connection.show(description, Viewer.ALL);
        return new QueryRows(
            connection.query(description, Parameters.of(parameters), scratch), lease, scratch);
      } catch (RuntimeException e) {
        lease.close();
        throw e;
      }
    } catch (RuntimeException e) {
      scratch.close();
      throw e;
    }
  }

  /**
   * Runs a statement that changes rows or tables.
   *
   * @return the number of changed rows; 0 for a definition
   */
  public long update(String sql) {
    SqlResult result = await(database.execute(SqlUpdate.of(sql), visible()));
    return result.count();
  }

  /** Replaces the rows with the same keys, and adds those with new ones. */
  public WriteAck upsert(TableName table, VectorSchemaRoot rows) {
    return submit(ChangeKind.UPSERT, table, rows);
  }

  /** Deletes the rows with these keys; other columns are not looked at. */
  public WriteAck delete(TableName table, VectorSchemaRoot keys) {
    return submit(ChangeKind.DELETE, table, keys);
  }

  /** Adds rows to a table without a key. */
  public WriteAck append(TableName table, VectorSchemaRoot rows) {
    return submit(ChangeKind.APPEND, table, rows);
  }

  private WriteAck submit(ChangeKind kind, TableName table, VectorSchemaRoot rows) {
    ArrowRows copy = ArrowRows.copyOf(rows, MAX_CHANGE_BYTES);
    return await(database.submit(Change.of(kind, table, copy), visible()));
  }

  private static WriteOptions visible() {
    return WriteOptions.at(AckLevel.APPLIED);
  }

  private static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(
          ErrorCode.CANCELLED, "Interrupted; the change may still be applied", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof FlashDuckException known) {
        throw known;
      }
      throw new FlashDuckException(ErrorCode.INTERNAL, String.valueOf(e.getCause()), e);
    }
  }

  /** Stops; accepted writes are kept. Results must be closed before. */
  @Override
  public void close() {
    try {
      database.close();
    } finally {
      allocator.close();
    }
  }
}
