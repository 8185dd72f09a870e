package io.flashduck.server.cli.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.render.ArrowValues;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.auth2.BearerCredentialWriter;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.grpc.CredentialCallOption;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.flight.sql.util.TableRef;
import org.apache.arrow.memory.BufferAllocator;

/**
 * A logged-in connection to a Flight SQL server. FlashDuck's own actions need FlashDuck; everything
 * else works with any Flight SQL server.
 *
 * <p>Threading: one statement at a time; cancelling comes from any thread.
 */
public final class RemoteSession implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  private final BufferAllocator allocator;
  private final FlightClient flight;
  private final FlightSqlClient sql;
  private final CallOption[] options;

  private RemoteSession(BufferAllocator allocator, FlightClient flight, CallOption[] options) {
    this.allocator = allocator;
    this.flight = flight;
    this.sql = new FlightSqlClient(flight);
    this.options = options;
  }

  /**
   * Connects and logs in; without credentials nothing is sent yet.
   *
   * @param allocator borrowed; the session takes a child
   */
  public static RemoteSession open(RemoteSettings settings, BufferAllocator allocator) {
    BufferAllocator own = allocator.newChildAllocator("session", 0, Long.MAX_VALUE);
    try {
      FlightClient client = client(settings, own);
      try {
        return new RemoteSession(own, client, logIn(client, settings.credentials()));
      } catch (RuntimeException e) {
        closeAfter(e, client);
        throw e;
      }
    } catch (RuntimeException e) {
      own.close();
      throw e;
    }
  }

  private static FlightClient client(RemoteSettings settings, BufferAllocator allocator) {
    FlightClient.Builder builder =
        FlightClient.builder(allocator, settings.address().location())
            .intercept(new ClientCookieMiddleware.Factory());
    if (!settings.address().tls()) {
      return builder.build();
    }
    builder.verifyServer(settings.verify());
    Optional<Path> caFile = settings.caFile();
    if (caFile.isEmpty()) {
      return builder.build();
    }
    try (InputStream certificates = Files.newInputStream(caFile.get())) {
      return builder.trustedCertificates(certificates).build();
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Cannot read the certificates " + caFile.get() + ": " + e, e);
    }
  }

  private static CallOption[] logIn(FlightClient client, Credentials credentials) {
    if (credentials instanceof Credentials.Token token) {
      return new CallOption[] {new CredentialCallOption(new BearerCredentialWriter(token.token()))};
    }
    if (credentials instanceof Credentials.Password login) {
      return client
          .authenticateBasicToken(login.user(), login.password())
          .map(option -> new CallOption[] {option})
          .orElseThrow(
              () ->
                  new FlashDuckException(
                      ErrorCode.UNAUTHENTICATED,
                      "The server took the password but gave no token; it may not be a Flight SQL"
                          + " server"));
    }
    return new CallOption[0];
  }

  private static void closeAfter(RuntimeException failure, FlightClient client) {
    try {
      client.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure.addSuppressed(e);
    }
  }

  /**
   * Runs one statement to its result or to the end of its change.
   *
   * <p>It is prepared first, because only the prepared statement's schema tells a query from an
   * update.
   */
  public StatementOutcome run(String statement) {
    FlightSqlClient.PreparedStatement prepared = sql.prepare(statement, options);
    try {
      if (prepared.getResultSetSchema().getFields().isEmpty()) {
        long count = prepared.executeUpdate(options);
        prepared.close(options);
        return new StatementOutcome.Changed(count);
      }
      RowStream rows = FlightRows.open(sql, allocator, prepared.execute(options), options);
      return new StatementOutcome.Rows(new ClosingRows(rows, () -> closeQuietly(prepared)));
    } catch (RuntimeException e) {
      closeQuietly(prepared);
      throw e;
    }
  }

  /**
   * Runs a query without preparing it: two calls instead of four.
   *
   * @return its rows; the caller closes
   */
  public RowStream query(String query) {
    return FlightRows.open(sql, allocator, sql.execute(query, options), options);
  }

  /** Prepares a query without parameters; the caller closes. */
  public PreparedQuery prepare(String query) {
    FlightSqlClient.PreparedStatement prepared = sql.prepare(query, options);
    return new PreparedQuery(
        () -> FlightRows.open(sql, allocator, prepared.execute(options), options),
        () -> closeQuietly(prepared));
  }

  /** A handle that cannot be closed is reaped by the server; its failure would hide the result. */
  private void closeQuietly(FlightSqlClient.PreparedStatement prepared) {
    try {
      prepared.close(options);
    } catch (FlightRuntimeException ignored) {
      // see above
    }
  }

  /** The server's name and version, as it says; empty if it does not say. */
  public Optional<String> serverName() {
    SqlInfo[] asked = {SqlInfo.FLIGHT_SQL_SERVER_NAME, SqlInfo.FLIGHT_SQL_SERVER_VERSION};
    List<String> values = new ArrayList<>();
    try (RowStream rows =
        FlightRows.open(sql, allocator, sql.getSqlInfo(asked, options), options)) {
      while (rows.next()) {
        for (int row = 0; row < rows.root().getRowCount(); row++) {
          values.add(String.valueOf(rows.root().getVector("value").getObject(row)));
        }
      }
      return values.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", values));
    } catch (FlightRuntimeException notOffered) {
      return Optional.empty();
    }
  }

  /** Tables and views with their columns. */
  public List<RemoteTable> tables() {
    try (RowStream rows =
        FlightRows.open(
            sql, allocator, sql.getTables(null, null, null, null, true, options), options)) {
      return RemoteTable.read(rows);
    }
  }

  /** The key columns of a table, in order; none if it has no key or the server does not say. */
  public List<String> primaryKey(String schema, String table) {
    TableRef name = TableRef.of(null, schema.isEmpty() ? null : schema, table);
    try (RowStream rows =
        FlightRows.open(sql, allocator, sql.getPrimaryKeys(name, options), options)) {
      List<String> columns = new ArrayList<>();
      while (rows.next()) {
        for (int row = 0; row < rows.root().getRowCount(); row++) {
          columns.add(String.valueOf(ArrowValues.value(rows.root().getVector("column_name"), row)));
        }
      }
      return columns;
    } catch (FlightRuntimeException notOffered) {
      return List.of();
    }
  }

  FlightClient flight() {
    return flight;
  }

  CallOption[] options() {
    return options.clone();
  }

  /**
   * Calls one of FlashDuck's actions.
   *
   * @param name such as {@code flashduck.status}
   * @param request its JSON argument
   * @return its JSON answers
   */
  public List<JsonNode> action(String name, JsonNode request) {
    List<JsonNode> answers = new ArrayList<>();
    try {
      Action action = new Action(name, JSON.writeValueAsBytes(request));
      Iterator<Result> results = flight.doAction(action, options);
      while (results.hasNext()) {
        String body = new String(results.next().getBody(), StandardCharsets.UTF_8);
        answers.add(JSON.readTree(body));
      }
    } catch (JsonProcessingException e) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "The server's answer to " + name + " is not JSON", e);
    }
    return answers;
  }

  /** Ends the session on the server, if it still answers, and closes the connection. */
  @Override
  public void close() {
    try {
      sql.closeSession(new CloseSessionRequest(), options);
    } catch (FlightRuntimeException ignored) {
      // a server without sessions, or none at all: the session ends by itself
    }
    try {
      sql.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new IllegalStateException("closing the connection failed", e);
    } finally {
      allocator.close();
    }
  }
}
