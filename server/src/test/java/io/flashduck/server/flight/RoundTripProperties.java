package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.engine.WireDictionaries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
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

  private static final String ENUM =
      RandomValues.ENUM.stream().collect(Collectors.joining("', '", "ENUM('", "')"));

  private static Arbitrary<String> types() {
    Arbitrary<String> scalars =
        Arbitraries.frequencyOf(
            Tuple.of(SCALARS.size() / 3, Arbitraries.of(SCALARS)),
            Tuple.of(1, Arbitraries.just(ENUM)));
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
    int rows = random.nextInt(40);
    // The type of an ENUM is told by a table, not by Arrow.
    boolean exists = types.toString().contains("ENUM") || random.nextBoolean();
    withTable(
        types,
        random,
        rows,
        exists,
        (query, schema, values) -> {
          assertThat(CLIENT.getExecuteSchema(query, STRICT).getSchema()).isEqualTo(schema);
          assertThat(values(query, STRICT)).isEqualTo(values);
        });
  }

  @Property(tries = 8)
  void otherModes_ofARandomTable_showTheDocumentedConversions(
      @ForAll("tables") List<String> types, @ForAll Random random) throws Exception {
    withTable(
        types,
        random,
        random.nextInt(20),
        true,
        (query, schema, values) -> {
          for (TypeMode mode : List.of(TypeMode.DEFAULT, TypeMode.JDBC)) {
            StringBuilder casts = new StringBuilder("SELECT n");
            for (int i = 0; i < types.size(); i++) {
              casts.append(", CAST(c").append(i).append(" AS ");
              casts.append(DocumentedTypes.of(types.get(i), mode)).append(')');
            }
            String cast = casts + " FROM (" + query + ") ORDER BY n";
            assertThat(values(query, FLIGHT.headers("x-flashduck-types", mode.text())))
                .as("%s of %s", mode, types)
                .isEqualTo(values(cast, STRICT));
          }
        });
  }

  /** What is looked at in a table. */
  private interface Look {
    void at(String query, Schema schema, List<List<Object>> values) throws Exception;
  }

  /** Ingests random rows into a table. */
  private static void withTable(
      List<String> types, Random random, int rows, boolean exists, Look look) throws Exception {
    String table = "t" + TABLES.incrementAndGet();
    if (exists) {
      CLIENT.executeUpdate("CREATE TABLE " + table + " (" + columns(types) + ")");
    }
    try (VectorSchemaRoot root = random(types, random, rows);
        Dictionaries dictionaries = new Dictionaries(root.getSchema())) {
      List<List<Object>> values = values(root);
      FLIGHT.put(into(table), root, dictionaries.provider());
      look.at(
          "SELECT * FROM " + table + " ORDER BY n",
          WireDictionaries.onWire(root.getSchema()),
          values);
    }
    CLIENT.executeUpdate("DROP TABLE " + table);
  }

  private static String columns(List<String> types) {
    StringBuilder columns = new StringBuilder("n BIGINT");
    for (int i = 0; i < types.size(); i++) {
      columns.append(", c").append(i).append(' ').append(types.get(i));
    }
    return columns.toString();
  }

  /** The dictionary of the ENUM for each field that has one. */
  private record Dictionaries(MapDictionaryProvider provider) implements AutoCloseable {
    Dictionaries(Schema schema) {
      this(new MapDictionaryProvider());
      schema.getFields().forEach(this::add);
    }

    private void add(Field field) {
      if (field.getDictionary() != null) {
        VarCharVector texts = new VarCharVector("", FLIGHT.allocator());
        for (int i = 0; i < RandomValues.ENUM.size(); i++) {
          texts.setSafe(i, RandomValues.ENUM.get(i).getBytes(StandardCharsets.UTF_8));
        }
        texts.setValueCount(RandomValues.ENUM.size());
        provider.put(new Dictionary(texts, field.getDictionary()));
      }
      field.getChildren().forEach(this::add);
    }

    @Override
    public void close() {
      provider.close();
    }
  }

  @Property(tries = 8)
  void parameters_atRandom_areStoredUnchanged(
      @ForAll("scalarTables") List<String> types, @ForAll Random random) throws Exception {
    String table = "p" + TABLES.incrementAndGet();
    try (VectorSchemaRoot root = random(types, random, 1)) {
      String marks = "?" + ", ?".repeat(types.size());
      List<List<Object>> bound = values(root); // executing empties the rows
      CLIENT.executeUpdate("CREATE TABLE " + table + " (" + columns(types) + ")");
      try (PreparedStatement insert =
          CLIENT.prepare("INSERT INTO " + table + " VALUES (" + marks + ")")) {
        insert.setParameters(root);
        insert.executeUpdate();
      }
      assertThat(values("FROM " + table, STRICT)).as("%s", types).isEqualTo(bound);
      CLIENT.executeUpdate("DROP TABLE " + table);
    }
  }

  /** Rows with a column n that numbers them. */
  private static VectorSchemaRoot random(List<String> types, Random random, int rows) {
    StringBuilder select = new StringBuilder("SELECT 0::BIGINT AS n");
    for (int i = 0; i < types.size(); i++) {
      select.append(", NULL::").append(types.get(i)).append(" AS c").append(i);
    }
    Schema schema =
        WireDictionaries.inMemory(CLIENT.getExecuteSchema(select.toString(), STRICT).getSchema());
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

  private static CommandStatementIngest into(String table) {
    return CommandStatementIngest.newBuilder()
        .setTable(table)
        .setTableDefinitionOptions(
            TableDefinitionOptions.newBuilder()
                .setIfNotExist(TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE)
                .setIfExists(TableExistsOption.TABLE_EXISTS_OPTION_APPEND))
        .build();
  }

  private static List<List<Object>> values(String query, CallOption mode) throws Exception {
    FlightInfo info = CLIENT.execute(query, mode);
    List<List<Object>> rows = new ArrayList<>();
    try (FlightStream stream = CLIENT.getStream(info.getEndpoints().get(0).getTicket(), mode)) {
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
