package io.flashduck.server.flight;

import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.CreateMode;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;

/**
 * Bulk ingest into temporary tables of a session: nothing of it is written to the queue. Columns
 * match by name; those that the rows lack become null.
 *
 * <p>Threading: confined to whoever holds the connection.
 */
final class TemporaryIngest {
  private static final String STREAM = "_fd_ingest";

  private final ClientConnection client;
  private final EngineConnection connection;
  private final BufferAllocator allocator;

  TemporaryIngest(ClientConnection client, BufferAllocator allocator) {
    this.client = client;
    this.connection = client.internal();
    this.allocator = allocator;
  }

  /** Ingests all rows or none, and says how many. */
  long ingest(String table, ArrowRows rows, CreateMode mode) {
    boolean exists = exists(table);
    if (mode == CreateMode.CREATE && exists) {
      throw new FlashDuckException(
          ErrorCode.ALREADY_EXISTS, "Temporary table " + table + " exists already");
    }
    if (mode == CreateMode.EXISTING && !exists) {
      throw new FlashDuckException(
          ErrorCode.NOT_FOUND,
          "There is no temporary table " + table + " in this session; ingest with create_append");
    }
    client.changedTemporaryTables();
    String name = "temp." + SqlIdentifiers.quote(table);
    String into =
        mode == CreateMode.REPLACE || !exists
            ? "CREATE OR REPLACE TEMP TABLE " + name + " AS FROM "
            : "INSERT INTO " + name + " BY NAME FROM ";
    try (ArrowReader reader = rows.open(allocator);
        RegisteredStream stream = connection.register(STREAM, reader, allocator)) {
      connection.execute(into + SqlIdentifiers.quote(stream.name()));
      return rows.rowCount();
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The Arrow rows cannot be read: " + e.getMessage(), e);
    }
  }

  private boolean exists(String table) {
    return !connection
        .query(
            "SELECT 1 FROM system.main.duckdb_tables() WHERE database_name = 'temp' AND lower(table_name) ="
                + " lower(?)",
            row -> true,
            table)
        .isEmpty();
  }
}
