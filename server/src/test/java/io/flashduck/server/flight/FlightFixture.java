package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.Any;
import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.engine.ReadPool;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.SqlUpdate;
import io.flashduck.server.table.WriteOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;

/** A server over a data folder on a free port, with everything real. Closing it fails on a leak. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
public final class FlightFixture implements AutoCloseable {
  private final BufferAllocator root = new RootAllocator();
  private final Database database;
  private final FlightSqlServer server;

  public FlightFixture(Path folder, Map<String, String> settings) {
    this(folder, settings, Clock.systemUTC());
  }

  FlightFixture(Path folder, Map<String, String> settings, Clock clock) {
    Map<String, String> all = new TreeMap<>(settings);
    all.putIfAbsent("data.dir", folder.toString());
    all.putIfAbsent("network.port", "0");
    ServerConfig config = ServerConfig.of(all);
    database = Database.open(config, root);
    SigningKey key = SigningKey.open(config.data().stateDir().resolve("signing.key"));
    FlightBackend backend =
        new FlightBackend(
            database, Authenticator.open(config.access(), key, clock), key, root, clock);
    server = FlightSqlServer.open(FlightSettings.of(config), backend);
  }

  public FlightSqlServer server() {
    return server;
  }

  Database database() {
    return database;
  }

  public BufferAllocator allocator() {
    return root;
  }

  FlightClient client() {
    return FlightClient.builder(root, Location.forGrpcInsecure("127.0.0.1", server.port())).build();
  }

  /** A client whose answers are seen. */
  FlightClient client(Seen seen) {
    return FlightClient.builder(root, Location.forGrpcInsecure("127.0.0.1", server.port()))
        .intercept(info -> seen)
        .build();
  }

  String jdbcUrl() {
    return "jdbc:arrow-flight-sql://127.0.0.1:" + server.port() + "?useEncryption=false";
  }

  /**
   * Fails if the work makes the server use DuckDB for a statement: no connection of the pool is
   * free, none is opened, and nothing enters the log of queries. Wants a short {@code
   * queue.append-wait}.
   */
  void withoutDuckDb(Runnable work) {
    ReadPool pool = database.engine().readPool();
    List<ReadPool.Lease> all = new ArrayList<>();
    try {
      exhaust(pool, all);
      int connections = database.engine().clientConnections();
      int logged = loggedQueries();
      work.run();
      assertThat(database.engine().clientConnections()).isEqualTo(connections);
      assertThat(loggedQueries()).isEqualTo(logged);
    } finally {
      all.forEach(ReadPool.Lease::close);
    }
  }

  private static void exhaust(ReadPool pool, List<ReadPool.Lease> all) {
    while (true) {
      try {
        all.add(pool.borrow(SessionOptions.DEFAULT));
      } catch (FlashDuckException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
        return;
      }
    }
  }

  /** How many statements were started so far, as far as they are remembered. */
  int loggedQueries() {
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    database.engine().queries().tell(Viewer.ALL, rows);
    return rows.size();
  }

  /** A client whose calls carry these headers. */
  CallOption headers(String... namesAndValues) {
    CallHeaders headers = new FlightCallHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.insert(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new HeaderCallOption(headers);
  }

  public Connection jdbc() throws SQLException {
    return DriverManager.getConnection(jdbcUrl());
  }

  /** Writes the rows of a query to a Parquet file of the folder. */
  static void parquet(Path folder, String file, String query) {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      Path target = folder.resolve(file);
      Files.createDirectories(target.getParent());
      statement.execute("COPY (" + query + ") TO '" + target + "' (FORMAT parquet)");
    } catch (SQLException | IOException e) {
      throw new AssertionError(file, e);
    }
  }

  /** Sends one batch of bulk ingest, with its dictionaries. */
  void put(CommandStatementIngest command, VectorSchemaRoot root, DictionaryProvider dictionaries)
      throws InterruptedException {
    try (FlightClient client = client()) {
      FlightDescriptor descriptor = FlightDescriptor.command(Any.pack(command).toByteArray());
      FlightClient.ClientStreamListener stream =
          client.startPut(descriptor, root, dictionaries, new AsyncPutListener());
      stream.putNext();
      stream.completed();
      stream.getResult();
    }
  }

  /** Runs changing statements in process. */
  public void sql(String... statements) {
    for (String statement : statements) {
      database.execute(SqlUpdate.of(statement), WriteOptions.at(AckLevel.APPLIED)).join();
    }
  }

  /** The rows of a small query, each as the text of its values, through the server. */
  List<List<String>> rows(String query) {
    try (FlightSqlClient client = new FlightSqlClient(client())) {
      return rows(client, client.execute(query));
    } catch (Exception e) {
      throw new AssertionError(query, e);
    }
  }

  /** The rows of a planned result. */
  static List<List<String>> rows(FlightSqlClient client, FlightInfo info, CallOption... options)
      throws Exception {
    List<List<String>> rows = new ArrayList<>();
    for (FlightEndpoint endpoint : info.getEndpoints()) {
      try (FlightStream stream = client.getStream(endpoint.getTicket(), options)) {
        while (stream.next()) {
          VectorSchemaRoot root = stream.getRoot();
          for (int row = 0; row < root.getRowCount(); row++) {
            List<String> values = new ArrayList<>();
            for (FieldVector vector : root.getFieldVectors()) {
              values.add(String.valueOf(vector.getObject(row)));
            }
            rows.add(values);
          }
        }
      }
    }
    return rows;
  }

  @Override
  public void close() {
    server.close();
    database.close();
    root.close();
  }
}
