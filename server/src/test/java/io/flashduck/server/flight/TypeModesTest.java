package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.engine.WireDictionaries;
import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.GetSessionOptionsRequest;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.NoOpSessionOptionValueVisitor;
import org.apache.arrow.flight.SessionOptionValue;
import org.apache.arrow.flight.SessionOptionValueFactory;
import org.apache.arrow.flight.SetSessionOptionsRequest;
import org.apache.arrow.flight.SetSessionOptionsResult;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a mode is set by, and that all that is said of a result agrees with it. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class TypeModesTest {
  private static final String QUERY = "SELECT 1::UINTEGER AS u, 2::UHUGEINT AS h";

  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  /** A client that keeps its session, as drivers do. */
  private static FlightSqlClient client() {
    return new FlightSqlClient(
        FlightClient.builder(
                flight.allocator(), Location.forGrpcInsecure("127.0.0.1", flight.server().port()))
            .intercept(new ClientCookieMiddleware.Factory())
            .build());
  }

  private static CallOption header(TypeMode mode) {
    return flight.headers("x-flashduck-types", mode.text());
  }

  private static Schema streamed(FlightSqlClient client, FlightInfo info, CallOption... options) {
    try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket(), options)) {
      assertThat(stream.next()).isTrue();
      return onWire(stream.getSchema());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Schema schema(FlightInfo info) {
    return info.getSchemaOptional().orElseThrow();
  }

  /** The reader gives dictionary-encoded fields the type of their index. */
  private static Schema onWire(Schema schema) {
    return WireDictionaries.onWire(schema);
  }

  @ParameterizedTest
  @EnumSource
  void schemas_ofEveryType_agree(TypeMode mode) throws Exception {
    String query = TypesPage.select();
    try (FlightSqlClient client = client()) {
      FlightInfo info = client.execute(query, header(mode));
      Schema planned = schema(info);
      assertThat(client.getExecuteSchema(query, header(mode)).getSchema()).isEqualTo(planned);
      assertThat(streamed(client, info, header(mode))).isEqualTo(planned);
      try (PreparedStatement prepared = client.prepare(query, header(mode))) {
        assertThat(prepared.getResultSetSchema()).isEqualTo(planned);
        assertThat(schema(prepared.execute(header(mode)))).isEqualTo(planned);
      }
      flight.sql("CREATE OR REPLACE TABLE every_type AS " + query);
      assertThat(withoutMetadata(tableSchema(client, mode)))
          .isEqualTo(withoutMetadata(schema(client.execute("FROM every_type", header(mode)))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void returning_ofEveryType_isAsSelected(TypeMode mode) throws Exception {
    String table = "returned_" + mode.text();
    flight.sql("CREATE TABLE " + table + " AS " + TypesPage.select() + " LIMIT 0");
    String insert = "INSERT INTO " + table + " " + TypesPage.select() + " RETURNING *";
    try (FlightSqlClient client = client()) {
      CallOption header = header(mode);
      Schema selected = schema(client.execute("FROM " + table, header));
      assertThat(client.getExecuteSchema(insert, header).getSchema()).isEqualTo(selected);
      FlightInfo info = client.execute(insert, header);
      assertThat(schema(info)).isEqualTo(selected);
      assertThat(streamed(client, info, header)).isEqualTo(selected);
      List<List<Object>> rows = values(client, client.execute("FROM " + table, header), header);
      try (PreparedStatement prepared = client.prepare(insert, header)) {
        assertThat(prepared.getResultSetSchema()).isEqualTo(selected);
        FlightInfo again = prepared.execute(header);
        assertThat(schema(again)).isEqualTo(selected);
        assertThat(values(client, again, header)).isEqualTo(rows);
      }
      client.executeUpdate("BEGIN");
      client.executeUpdate("SET types = '" + mode.text() + "'");
      FlightInfo open = client.execute("UPDATE " + table + " SET c0 = c0 RETURNING *");
      assertThat(schema(open)).isEqualTo(selected);
      assertThat(values(client, open)).containsExactly(rows.get(0), rows.get(0));
      client.executeUpdate("ROLLBACK");
      String none = "DELETE FROM " + table + " WHERE NOT c0 RETURNING *";
      FlightInfo empty = client.execute(none, header);
      assertThat(schema(empty)).isEqualTo(selected);
      assertThat(values(client, empty, header)).isEmpty();
    }
  }

  @Test
  void returning_ofManyExecutions_isInTheModeOfItsSession() throws Exception {
    flight.sql("CREATE TABLE executed (id INTEGER, e ENUM('a', 'b'))");
    try (FlightSqlClient client = client();
        PreparedStatement prepared =
            client.prepare("UPDATE executed SET e = 'a' WHERE id >= ? RETURNING e")) {
      flight.sql("INSERT INTO executed VALUES (1, 'a'), (2, 'b')");
      client.executeUpdate("SET types = 'strict'");
      IntVector ids = new IntVector("id", flight.allocator());
      ids.setSafe(0, 1);
      ids.setSafe(1, 2);
      ids.setValueCount(2);
      try (VectorSchemaRoot bound = new VectorSchemaRoot(List.of(ids))) {
        prepared.setParameters(bound);
        FlightInfo info = prepared.execute();
        assertThat(schema(info).getFields().get(0).getDictionary()).isNotNull();
        assertThat(values(client, info)).hasSize(3);
      }
    }
  }

  private static List<List<Object>> values(
      FlightSqlClient client, FlightInfo info, CallOption... options) throws Exception {
    List<List<Object>> rows = new ArrayList<>();
    try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket(), options)) {
      while (stream.next()) {
        for (int row = 0; row < stream.getRoot().getRowCount(); row++) {
          List<Object> values = new ArrayList<>();
          for (FieldVector vector : stream.getRoot().getFieldVectors()) {
            values.add(ArrowValues.of(vector, row));
          }
          rows.add(values);
        }
      }
    }
    return rows;
  }

  private static Schema tableSchema(FlightSqlClient client, TypeMode mode) throws Exception {
    FlightInfo info = client.getTables(null, null, "every_type", null, true, header(mode));
    try (FlightStream stream =
        client.getStream(info.getEndpoints().get(0).getTicket(), header(mode))) {
      assertThat(stream.next()).isTrue();
      byte[] message = ((VarBinaryVector) stream.getRoot().getVector("table_schema")).get(0);
      return MessageSerializer.deserializeSchema(
          new ReadChannel(Channels.newChannel(new ByteArrayInputStream(message))));
    }
  }

  /** The columns of tables carry Flight SQL's metadata besides. */
  private static Schema withoutMetadata(Schema schema) {
    List<Field> fields = new ArrayList<>();
    for (Field field : schema.getFields()) {
      fields.add(
          new Field(
              field.getName(),
              new FieldType(field.isNullable(), field.getType(), field.getDictionary()),
              field.getChildren()));
    }
    return new Schema(fields);
  }

  @Test
  void sessionOption_isKeptAndReported() throws Exception {
    try (FlightSqlClient client = client()) {
      assertThat(types(client)).isEqualTo("default");
      assertThat(set(client, "STRICT").hasErrors()).isFalse();
      assertThat(types(client)).isEqualTo("strict");
      assertThat(schema(client.execute(QUERY)).toString()).contains("FixedSizeBinary(16)");
      assertThat(set(client, "loose").getErrors().keySet()).isEqualTo(Set.of("types"));
      assertThat(types(client)).isEqualTo("strict");
      // What the session has set stands before the header.
      assertThat(schema(client.execute(QUERY, header(TypeMode.JDBC))).toString())
          .contains("FixedSizeBinary(16)");
      client.executeUpdate("RESET types");
      assertThat(types(client)).isEqualTo("default");
      client.executeUpdate("SET types = jdbc");
      assertThat(types(client)).isEqualTo("jdbc");
      assertThat(set(client, "").hasErrors()).isFalse();
      assertThat(types(client)).isEqualTo("default");
    }
  }

  private static String types(FlightSqlClient client) {
    SessionOptionValue value =
        client.getSessionOptions(new GetSessionOptionsRequest()).getSessionOptions().get("types");
    return String.valueOf(
        Objects.requireNonNull(value)
            .<Object>acceptVisitor(
                new NoOpSessionOptionValueVisitor<Object>() {
                  @Override
                  public Object visit(String text) {
                    return text;
                  }
                }));
  }

  private static SetSessionOptionsResult set(FlightSqlClient client, String value) {
    return client.setSessionOptions(
        new SetSessionOptionsRequest(
            Map.of("types", SessionOptionValueFactory.makeSessionOptionValue(value))));
  }

  @Test
  void ticket_fetchedInAnotherSession_keepsItsMode() throws Exception {
    try (FlightSqlClient strict = client();
        FlightSqlClient other = client()) {
      strict.executeUpdate("SET types = 'strict'");
      other.executeUpdate("SET types = 'jdbc'");
      FlightInfo info = strict.execute(QUERY);
      assertThat(streamed(other, info)).isEqualTo(schema(info));
    }
  }

  @Test
  void preparedStatement_executedAfterAnotherMode_isInThatMode() throws Exception {
    try (FlightSqlClient client = client();
        PreparedStatement prepared = client.prepare(QUERY)) {
      assertThat(schema(prepared.execute())).isEqualTo(prepared.getResultSetSchema());
      client.executeUpdate("SET types = 'strict'");
      FlightInfo info = prepared.execute();
      assertThat(schema(info).toString()).contains("FixedSizeBinary(16)");
      assertThat(streamed(client, info)).isEqualTo(schema(info));
    }
  }

  @Test
  void script_setsTheModeOfItsLastStatement() throws Exception {
    try (FlightSqlClient client = client()) {
      assertThat(schema(client.execute("SET types TO strict; " + QUERY)).toString())
          .contains("FixedSizeBinary(16)");
    }
  }

  @Test
  void transaction_hasTheModeOfItsSession() throws Exception {
    try (FlightSqlClient client = client()) {
      client.executeUpdate("BEGIN");
      client.executeUpdate("SET types = 'strict'");
      FlightInfo info = client.execute(QUERY);
      assertThat(schema(info).toString()).contains("FixedSizeBinary(16)");
      assertThat(streamed(client, info)).isEqualTo(schema(info));
      client.executeUpdate("ROLLBACK");
    }
  }

  @Test
  void setTypes_withoutAMode_saysWhichThereAre() {
    try (FlightSqlClient client = client()) {
      assertThatThrownBy(() -> client.executeUpdate("SET types = 'loose'"))
          .hasMessageContaining("The setting types is default, strict, jdbc; got 'loose'");
      assertThatThrownBy(() -> client.executeUpdate("SET types = 1 + 1"))
          .hasMessageContaining("SET types = 'strict'");
      assertThatThrownBy(() -> client.execute(QUERY, flight.headers("types", "loose")))
          .hasMessageContaining("The connection property types is default, strict, jdbc");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void jdbcUrl_setsTheModeOfTheConnection() throws SQLException {
    String query = "SELECT 4294967295::UINTEGER, TIMESTAMPTZ '2026-01-01 12:00:00+00'";
    try (Connection connection = DriverManager.getConnection(flight.jdbcUrl() + "&types=jdbc");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'Europe/Paris'");
      try (ResultSet rows = statement.executeQuery(query)) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getObject(1)).isEqualTo(4_294_967_295L);
        assertThat(rows.getObject(2)).hasToString("2026-01-01 13:00:00.0");
      }
    }
    String wrong = flight.jdbcUrl() + "&types=wrong";
    assertThatThrownBy(
            () -> {
              try (Connection connection = DriverManager.getConnection(wrong);
                  Statement statement = connection.createStatement()) {
                statement.executeQuery("SELECT 1");
              }
            })
        .hasStackTraceContaining("The connection property types is default, strict, jdbc");
  }
}
