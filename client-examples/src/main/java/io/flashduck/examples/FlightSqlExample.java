package io.flashduck.examples;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.ExecuteIngestOptions;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * FlashDuck through Arrow's own Flight SQL client: columns in, columns out, nothing in between.
 *
 * <p>Shows a query, a prepared statement, a bulk upsert and a delete by key. Needs {@code
 * org.apache.arrow:flight-sql:18.3.0} with {@code flight-core:19.0.0}. Arguments: {@code [HOST
 * [PORT [USER PASSWORD]]]}.
 *
 * <p>Threading: one thread; the client itself is thread-safe.
 */
@SuppressWarnings("try") // close() declares Exception, and so InterruptedException
public final class FlightSqlExample {

  private static final String TABLE = "example_flight_sql";

  private final FlightSqlClient client;
  private final BufferAllocator allocator;
  private final CallOption[] call;

  private FlightSqlExample(FlightSqlClient client, BufferAllocator allocator, CallOption[] call) {
    this.client = client;
    this.allocator = allocator;
    this.call = call;
  }

  /** Runs the example; a wrong result ends it with exit code 1. */
  public static void main(String[] arguments) throws Exception {
    Server server = Server.of(arguments);
    Location location = Location.forGrpcInsecure(server.host(), server.port());
    try (BufferAllocator allocator = new RootAllocator();
        FlightClient flight = FlightClient.builder(allocator, location).build();
        FlightSqlClient client = new FlightSqlClient(flight)) {
      new FlightSqlExample(client, allocator, login(flight, server)).run();
    }
  }

  /** The bearer token that the server gives for user and password; nothing if there are none. */
  private static CallOption[] login(FlightClient flight, Server server) {
    return server
        .login()
        .flatMap(login -> flight.authenticateBasicToken(login.user(), login.password()))
        .map(token -> new CallOption[] {token})
        .orElseGet(() -> new CallOption[0]);
  }

  private void run() throws Exception {
    client.executeUpdate("DROP TABLE IF EXISTS " + TABLE, call);

    // Bulk ingest creates the table; its column id becomes the key. The stream is one change.
    Expect.same("rows ingested", 3L, upsert(List.of(1L, 2L, 3L), List.of("one", "two", "three")));
    // The same command on a table with a key is an upsert: 3 is replaced, 4 is new.
    Expect.same("rows upserted", 2L, upsert(List.of(3L, 4L), List.of("drei", "vier")));
    Expect.same("after the upsert", List.of("1 one", "2 two", "3 drei", "4 vier"), rows());

    Expect.same("rows deleted by key", 2L, delete(List.of(1L, 4L)));
    Expect.same("after the delete", List.of("2 two", "3 drei"), rows());

    prepared();
    client.executeUpdate("DROP TABLE " + TABLE, call);
  }

  private long upsert(List<Long> ids, List<String> names) {
    try (BigIntVector id = ids(ids);
        VarCharVector name = new VarCharVector("name", allocator)) {
      for (int row = 0; row < names.size(); row++) {
        name.setSafe(row, names.get(row).getBytes(StandardCharsets.UTF_8));
      }
      name.setValueCount(names.size());
      return ingest(List.of(id, name), createOrAppend(), Map.of());
    }
  }

  /** Only the key columns are needed; others are ignored. */
  private long delete(List<Long> ids) {
    try (BigIntVector id = ids(ids)) {
      return ingest(List.of(id), append(), Map.of("flashduck.op", "delete"));
    }
  }

  private BigIntVector ids(List<Long> ids) {
    BigIntVector vector = new BigIntVector("id", allocator);
    for (int row = 0; row < ids.size(); row++) {
      vector.setSafe(row, ids.get(row));
    }
    vector.setValueCount(ids.size());
    return vector;
  }

  private static TableDefinitionOptions createOrAppend() {
    return TableDefinitionOptions.newBuilder()
        .setIfNotExist(TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE)
        .setIfExists(TableExistsOption.TABLE_EXISTS_OPTION_APPEND)
        .build();
  }

  /** A delete never creates the table. */
  private static TableDefinitionOptions append() {
    return TableDefinitionOptions.newBuilder()
        .setIfNotExist(TableNotExistOption.TABLE_NOT_EXIST_OPTION_FAIL)
        .setIfExists(TableExistsOption.TABLE_EXISTS_OPTION_APPEND)
        .build();
  }

  private long ingest(
      List<FieldVector> columns, TableDefinitionOptions mode, Map<String, String> options) {
    // Catalog and schema are left to the server: flashduck_db and main.
    ExecuteIngestOptions ingest = new ExecuteIngestOptions(TABLE, mode, false, null, null, options);
    // Borrowed vectors: they are closed by their owner, so this root is not closed.
    VectorSchemaRoot root = new VectorSchemaRoot(columns);
    return client.executeIngest(root, ingest, call);
  }

  private List<String> rows() throws Exception {
    return read(client.execute("SELECT id, name FROM " + TABLE + " ORDER BY id", call));
  }

  private void prepared() throws Exception {
    String sql = "SELECT id, name FROM " + TABLE + " WHERE id = ?";
    PreparedStatement statement = client.prepare(sql, call);
    try (BigIntVector id = ids(List.of(3L))) {
      statement.setParameters(new VectorSchemaRoot(List.of((FieldVector) id)));
      Expect.same("prepared, with id = 3", List.of("3 drei"), read(statement.execute(call)));
    } finally {
      statement.close(call); // close() alone would send no token
    }
  }

  /** Reads a result batch by batch; an answer may consist of several endpoints. */
  private List<String> read(FlightInfo info) throws Exception {
    List<String> rows = new ArrayList<>();
    for (FlightEndpoint endpoint : info.getEndpoints()) {
      try (FlightStream stream = client.getStream(endpoint.getTicket(), call)) {
        while (stream.next()) {
          VectorSchemaRoot batch = stream.getRoot(); // borrowed: valid until the next batch
          for (int row = 0; row < batch.getRowCount(); row++) {
            Object id = batch.getVector("id").getObject(row);
            Object name = batch.getVector("name").getObject(row);
            rows.add(id + " " + name);
          }
        }
      }
    }
    return rows;
  }
}
