package io.flashduck.server.flight;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.Change;
import io.flashduck.server.table.ChangeKind;
import io.flashduck.server.table.CreateMode;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.WriteAck;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Bulk ingest: the whole stream becomes one atomic change. Options: {@code flashduck.op} is {@code
 * upsert}, {@code delete}, {@code append} or {@code ingest} (the default: upsert on a table with a
 * key, else append); {@code flashduck.key} names the key columns of a table that is created.
 *
 * <p>Threading: thread-safe; a call stays on its thread.
 */
final class IngestHandler {
  static final String OP = "flashduck.op";
  static final String KEY = "flashduck.key";

  private final Database database;
  private final Sessions sessions;
  private final BufferAllocator allocator;
  private final long maxChangeBytes;

  IngestHandler(
      Database database, Sessions sessions, BufferAllocator allocator, long maxChangeBytes) {
    this.database = database;
    this.sessions = sessions;
    this.allocator = allocator;
    this.maxChangeBytes = maxChangeBytes;
  }

  /** Reads the stream to its end and submits it. */
  WriteAck ingest(Call call, CommandStatementIngest command, PutReader reader) {
    Place place = sessions.place(call, command.getTransactionId());
    if (command.getTable().isEmpty()) {
      throw FlightErrors.invalid("The ingest names no table");
    }
    CreateMode mode = mode(command);
    return command.getTemporary()
        ? ingestTemporary(call, place, command, reader)
        : ingest(call, place, change(command, place, mode), reader);
  }

  /** A change that waits for its rows. */
  private interface Unfilled {
    Change with(ArrowRows rows);
  }

  private static Unfilled change(CommandStatementIngest command, Place place, CreateMode mode) {
    Catalogs.requireOurs(command.hasCatalog() ? command.getCatalog() : "");
    boolean named = command.hasSchema() && !command.getSchema().isEmpty();
    String schema = named ? command.getSchema() : place.searchPath().get(0);
    TableName table = new TableName(schema, command.getTable());
    ChangeKind kind = kind(command, mode);
    List<String> key = key(command, mode);
    return rows -> new Change(kind, table, rows, mode, key);
  }

  private WriteAck ingest(Call call, Place place, Unfilled change, PutReader reader) {
    call.requireWriter("change tables");
    ArrowRows rows = read(call, reader);
    if (sessions.inTransaction(place)) {
      try (SessionLease lease = sessions.lease(place)) {
        if (lease.transaction().isPresent()) {
          return inMemory(lease.transaction().get().submit(change.with(rows)));
        }
      }
    }
    return Waiting.on(
        database.submit(change.with(rows), call.headers().writeOptions(AckLevel.APPLIED, 0)));
  }

  private WriteAck ingestTemporary(
      Call call, Place place, CommandStatementIngest command, PutReader reader) {
    boolean elsewhere =
        (command.hasSchema() && !Set.of("", "main", "temp").contains(command.getSchema()))
            || (command.hasCatalog() && !Set.of("", "temp").contains(command.getCatalog()));
    if (elsewhere || !command.getOptionsMap().isEmpty()) {
      throw FlightErrors.invalid(
          "A temporary table has no schema and takes no options; leave them out");
    }
    CreateMode mode = mode(command);
    ArrowRows rows = read(call, reader);
    try (SessionLease lease = sessions.leaseOwn(call, place)) {
      lease.begin();
      return inMemory(
          new TemporaryIngest(lease.connection(), allocator)
              .ingest(command.getTable(), rows, mode));
    }
  }

  private ArrowRows read(Call call, PutReader reader) {
    ArrowRows rows = ArrowRows.readAll(reader, maxChangeBytes);
    if (call.isCancelled()) {
      throw new FlashDuckException(ErrorCode.CANCELLED, "The client cancelled the ingest");
    }
    return rows;
  }

  /** Rows that are in no queue: of a transaction before its commit, or of a temporary table. */
  private static WriteAck inMemory(long count) {
    return new WriteAck(0, count, AckLevel.APPLIED, false);
  }

  private static CreateMode mode(CommandStatementIngest command) {
    TableDefinitionOptions options = command.getTableDefinitionOptions();
    TableNotExistOption missing = options.getIfNotExist();
    TableExistsOption exists = options.getIfExists();
    boolean create = missing == TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE;
    boolean fail = missing == TableNotExistOption.TABLE_NOT_EXIST_OPTION_FAIL;
    if (create && exists == TableExistsOption.TABLE_EXISTS_OPTION_FAIL) {
      return CreateMode.CREATE;
    } else if (create && exists == TableExistsOption.TABLE_EXISTS_OPTION_APPEND) {
      return CreateMode.CREATE_IF_MISSING;
    } else if (create && exists == TableExistsOption.TABLE_EXISTS_OPTION_REPLACE) {
      return CreateMode.REPLACE;
    } else if (fail && exists == TableExistsOption.TABLE_EXISTS_OPTION_APPEND) {
      return CreateMode.EXISTING;
    }
    throw FlightErrors.invalid(
        "The ingest mode if_not_exist="
            + missing
            + ", if_exists="
            + exists
            + " is not one of create (CREATE, FAIL), append (FAIL, APPEND), replace (CREATE,"
            + " REPLACE) and create_append (CREATE, APPEND)");
  }

  private static ChangeKind kind(CommandStatementIngest command, CreateMode mode) {
    Map<String, String> options = command.getOptionsMap();
    for (String option : options.keySet()) {
      if (!Set.of(OP, KEY).contains(option)) {
        throw FlightErrors.invalid(
            "Unknown ingest option '" + option + "'; the options are " + OP + " and " + KEY);
      }
    }
    String op = options.getOrDefault(OP, "ingest");
    ChangeKind kind =
        switch (op.toLowerCase(Locale.ROOT)) {
          case "ingest" -> ChangeKind.INGEST;
          case "upsert" -> ChangeKind.UPSERT;
          case "append" -> ChangeKind.APPEND;
          case "delete" -> ChangeKind.DELETE;
          default ->
              throw FlightErrors.invalid(
                  "The option " + OP + " is upsert, delete, append or ingest, got '" + op + "'");
        };
    if (kind == ChangeKind.DELETE && mode != CreateMode.EXISTING) {
      throw FlightErrors.invalid("A delete needs the ingest mode append: its table must exist");
    }
    return kind;
  }

  private static List<String> key(CommandStatementIngest command, CreateMode mode) {
    String key = command.getOptionsMap().getOrDefault(KEY, "");
    if (key.isBlank()) {
      return List.of();
    }
    if (mode == CreateMode.EXISTING) {
      throw FlightErrors.invalid(
          "The option " + KEY + " is for tables that the ingest creates; remove it");
    }
    return Arrays.stream(key.split(",", -1)).map(String::strip).toList();
  }
}
