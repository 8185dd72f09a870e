package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.TypeMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.ExecuteIngestOptions;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** Random tables go in by ingest or as parameters, and come out unchanged in mode strict. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
final class RoundTripProperties {
  private static final FlightFixture FLIGHT = new FlightFixture(temporaryFolder(), Map.of());
  private static final FlightSqlClient CLIENT = new FlightSqlClient(FLIGHT.client());
  private static final CallOption STRICT =
      FLIGHT.headers("x-flashduck-types", TypeMode.STRICT.text());
  private static final AtomicInteger TABLES = new AtomicInteger();

  private static final List<String> SCALARS =
      List.of(
          "BOOLEAN",
          "TINYINT",
          "SMALLINT",
          "INTEGER",
          "BIGINT",
          "HUGEINT",
          "UTINYINT",
          "USMALLINT",
          "UINTEGER",
          "UBIGINT",
          "UHUGEINT",
          "FLOAT",
          "DOUBLE",
          "DECIMAL(4,1)",
          "DECIMAL(9,9)",
          "DECIMAL(18,3)",
          "DECIMAL(38,0)",
          "DECIMAL(38,38)",
          "BIGNUM",
          "VARCHAR",
          "BLOB",
          "BIT",
          "UUID",
          "JSON",
          "DATE",
          "TIME",
          "TIME_NS",
          "TIMETZ",
          "TIMESTAMP_S",
          "TIMESTAMP_MS",
          "TIMESTAMP",
          "TIMESTAMP_NS",
          "TIMESTAMPTZ",
          "TIMESTAMPTZ_NS",
          "INTERVAL",
          "GEOMETRY",
          "GEOMETRY('OGC:CRS84')",
          "VARIANT");

  private static final List<List<byte[]>> VARIANTS = variants();

  /** Variants as DuckDB writes them. */
  private static List<List<byte[]>> variants() {
    String query =
        "FROM (VALUES (1::VARIANT), (-1.5::VARIANT), ('aé'::VARIANT), (true::VARIANT),"
            + " ([1, NULL]::VARIANT), ({'a': ['x', 'y']}::VARIANT),"
            + " (TIMESTAMP '2026-01-01 00:00:00'::VARIANT), (repeat('x', 100)::VARIANT)) AS t(v)";
    List<List<byte[]>> variants = new ArrayList<>();
    FlightInfo info = CLIENT.execute(query, STRICT);
    try (FlightStream stream = CLIENT.getStream(info.getEndpoints().get(0).getTicket(), STRICT)) {
      while (stream.next()) {
        for (int row = 0; row < stream.getRoot().getRowCount(); row++) {
          List<byte[]> parts = new ArrayList<>();
          for (FieldVector part : stream.getRoot().getVector(0).getChildrenFromFields()) {
            parts.add((byte[]) part.getObject(row));
          }
          variants.add(parts);
        }
      }
      return variants;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("flashduck-round-trip");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterContainer
  static void close() throws Exception {
    CLIENT.close();
    FLIGHT.close();
  }

  private static Arbitrary<String> types() {
    Arbitrary<String> scalars = Arbitraries.of(SCALARS);
    Arbitrary<String> keys = Arbitraries.of("VARCHAR", "BIGINT", "UHUGEINT", "UUID", "DATE");
    return Arbitraries.lazyOf(
        () -> scalars,
        () -> scalars,
        () -> scalars,
        () -> scalars,
        () -> types().map(type -> type + "[]"),
        () -> types().map(type -> type + (type.startsWith("UNION") ? "[]" : "[2]")),
        () ->
            Combinators.combine(types(), types())
                .as((a, b) -> "STRUCT(x " + a + ", \"y z\" " + b + ")"),
        () -> Combinators.combine(keys, types()).as((k, v) -> "MAP(" + k + ", " + v + ")"),
        () ->
            Combinators.combine(types(), types(), scalars)
                .as((a, b, c) -> "UNION(a " + a + ", \"b c\" " + b + ", d " + c + ")"));
  }

  @Provide
  Arbitrary<List<String>> tables() {
    return types().list().ofMinSize(1).ofMaxSize(6);
  }

  @Provide
  Arbitrary<List<String>> scalarTables() {
    return Arbitraries.of(SCALARS).list().ofMinSize(1).ofMaxSize(8);
  }

  @Property(tries = 12)
  void ingest_ofARandomTable_comesOutUnchanged(
      @ForAll("tables") List<String> types, @ForAll Random random) throws Exception {
    String table = "t" + TABLES.incrementAndGet();
    int rows = random.nextInt(40);
    try (VectorSchemaRoot root = random(types, random, rows)) {
      CLIENT.executeIngest(root, create(table));
      String query = "SELECT * FROM " + table + " ORDER BY n";
      assertThat(CLIENT.getExecuteSchema(query, STRICT).getSchema()).isEqualTo(root.getSchema());
      assertThat(values(query)).isEqualTo(values(root));
      CLIENT.executeUpdate("DROP TABLE " + table);
    }
  }

  @Property(tries = 8)
  void parameters_atRandom_areStoredUnchanged(
      @ForAll("scalarTables") List<String> types, @ForAll Random random) throws Exception {
    String table = "p" + TABLES.incrementAndGet();
    try (VectorSchemaRoot root = random(types, random, 1)) {
      StringBuilder columns = new StringBuilder("n BIGINT");
      StringBuilder marks = new StringBuilder("?");
      for (int i = 0; i < types.size(); i++) {
        columns.append(", c").append(i).append(' ').append(types.get(i));
        marks.append(", ?");
      }
      List<List<Object>> bound = values(root); // executing empties the rows
      CLIENT.executeUpdate("CREATE TABLE " + table + " (" + columns + ")");
      try (PreparedStatement insert =
          CLIENT.prepare("INSERT INTO " + table + " VALUES (" + marks + ")")) {
        insert.setParameters(root);
        insert.executeUpdate();
      }
      assertThat(values("FROM " + table)).as("%s", types).isEqualTo(bound);
      CLIENT.executeUpdate("DROP TABLE " + table);
    }
  }

  /** Rows with a column n that numbers them. */
  private static VectorSchemaRoot random(List<String> types, Random random, int rows) {
    StringBuilder select = new StringBuilder("SELECT 0::BIGINT AS n");
    for (int i = 0; i < types.size(); i++) {
      select.append(", NULL::").append(types.get(i)).append(" AS c").append(i);
    }
    Schema schema = CLIENT.getExecuteSchema(select.toString(), STRICT).getSchema();
    RandomValues values = new RandomValues(random, rows < 10, VARIANTS);
    List<FieldVector> vectors = new ArrayList<>();
    for (Field field : schema.getFields()) {
      FieldVector vector = field.createVector(FLIGHT.allocator());
      vectors.add(vector);
      if (vectors.size() > 1) {
        values.fill(vector, rows);
        continue;
      }
      for (int row = 0; row < rows; row++) {
        ((BigIntVector) vector).setSafe(row, row);
      }
      vector.setValueCount(rows);
    }
    return new VectorSchemaRoot(schema, vectors, rows);
  }

  private static ExecuteIngestOptions create(String table) {
    return new ExecuteIngestOptions(
        table,
        TableDefinitionOptions.newBuilder()
            .setIfNotExist(TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE)
            .setIfExists(TableExistsOption.TABLE_EXISTS_OPTION_FAIL)
            .build(),
        false,
        null,
        null,
        Map.of());
  }

  private static List<List<Object>> values(String query) throws Exception {
    FlightInfo info = CLIENT.execute(query, STRICT);
    List<List<Object>> rows = new ArrayList<>();
    try (FlightStream stream = CLIENT.getStream(info.getEndpoints().get(0).getTicket(), STRICT)) {
      while (stream.next()) {
        rows.addAll(values(stream.getRoot()));
      }
    }
    return rows;
  }

  private static List<List<Object>> values(VectorSchemaRoot root) {
    List<List<Object>> rows = new ArrayList<>();
    for (int row = 0; row < root.getRowCount(); row++) {
      List<Object> values = new ArrayList<>();
      for (FieldVector vector : root.getFieldVectors()) {
        values.add(ArrowValues.of(vector, row));
      }
      rows.add(values);
    }
    return rows;
  }
}
