package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.TypeMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be stored is refused before it is accepted, in words. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class PutTypesTest {
  private static final ArrowType INT = new ArrowType.Int(32, true);

  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    flight = new FlightFixture(folder, Map.of());
  }

  @AfterAll
  static void stop() {
    assertThat(flight.database().status().toString()).doesNotContain("could not be applied");
    flight.close();
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

  private static Field field(ArrowType type, Field... children) {
    return new Field("c", FieldType.nullable(type), List.of(children));
  }

  private static void put(FieldVector vector, int rows) throws InterruptedException {
    try (VectorSchemaRoot root = new VectorSchemaRoot(new ArrayList<>(List.of(vector)))) {
      vector.setValueCount(rows);
      root.setRowCount(rows);
      flight.put(into("refused"), root, new MapDictionaryProvider());
    }
  }

  private static void refused(Field field, String words) {
    assertThatThrownBy(() -> put(field.createVector(flight.allocator()), 0))
        .hasMessageContaining("Column c ")
        .hasMessageContaining(words);
  }

  @Test
  void ingest_ofATypeThatCannotBeStored_saysWhatToSend() {
    refused(field(ArrowType.LargeList.INSTANCE, field(INT)), "send a List");
    refused(field(ArrowType.ListView.INSTANCE, field(INT)), "send a List");
    refused(field(ArrowType.Struct.INSTANCE), "Struct without members");
    refused(field(new ArrowType.FixedSizeList(0), field(INT)), "FixedSizeList of size 0");
    refused(field(new ArrowType.FloatingPoint(FloatingPointPrecision.HALF)), "send a Float32");
    refused(field(new ArrowType.Decimal(50, 2, 256)), "Decimal128 of at most 38 digits");
    refused(
        field(ArrowType.List.INSTANCE, field(new ArrowType.Decimal(50, 2, 256))),
        "Decimal128 of at most 38 digits");
  }

  private static Field union(int[] typeIds, Field... members) {
    return field(new ArrowType.Union(UnionMode.Sparse, typeIds), members);
  }

  private static Field member(String name) {
    return new Field(name, FieldType.nullable(INT), null);
  }

  @Test
  void union_thatCannotBeTold_isRefused() {
    // Without the schema of its field, a vector of Java says the numbers of its members' types.
    refused(union(new int[] {0, 1}, member("a"), member("b")), "give each an id of its own");
    refused(field(ArrowType.Struct.INSTANCE, member("a"), member("A")), "the name A");
  }

  @Test
  void union_withTwoMembersOfOneType_andIdsOfItsOwn_goesIn() throws Exception {
    Field field = union(new int[] {7, 5, 3}, member("a"), member("b"), member("c"));
    Field nested =
        new Field("c", FieldType.nullable(ArrowType.Struct.INSTANCE), List.of(member("n"), field));
    try (VectorSchemaRoot root =
        VectorSchemaRoot.create(new Schema(List.of(nested)), flight.allocator())) {
      StructVector struct = (StructVector) root.getVector(0);
      struct.allocateNew();
      UnionVector union = (UnionVector) struct.getChildrenFromFields().get(1);
      byte[] ids = {5, 7, 3};
      for (int row = 0; row < ids.length; row++) {
        struct.setIndexDefined(row);
        union.getTypeBuffer().setByte(row, ids[row]);
        for (int member = 0; member < ids.length; member++) {
          ((IntVector) union.getChildrenFromFields().get(member)).setSafe(row, 10 * row + member);
        }
      }
      root.setRowCount(ids.length);
      flight.put(into("unions"), root, new MapDictionaryProvider());
    }
    assertThat(flight.rows("SELECT CAST(c.c AS VARCHAR), union_tag(c.c)::VARCHAR FROM unions"))
        .containsExactly(List.of("1", "b"), List.of("10", "a"), List.of("22", "c"));
    flight.sql("INSERT INTO unions SELECT {'n': 4, 'c': union_value(b := 6)}");
    flight.sql("UPDATE unions SET c = {'n': 5, 'c': c.c} WHERE union_tag(c.c) = 'c'");
    assertThat(flight.rows("SELECT c.n, c.c.b, c.c.c FROM unions ORDER BY c.n NULLS FIRST"))
        .endsWith(List.of("4", "6", "null"), List.of("5", "null", "22"));
  }

  @Test
  void map_withAKeyTwice_isRefused() {
    Field key = new Field("key", FieldType.notNullable(ArrowType.Utf8.INSTANCE), null);
    Field value = new Field("value", FieldType.nullable(INT), null);
    Field entries =
        new Field("entries", FieldType.notNullable(ArrowType.Struct.INSTANCE), List.of(key, value));
    MapVector map =
        (MapVector) field(new ArrowType.Map(false), entries).createVector(flight.allocator());
    map.allocateNew();
    map.startNewValue(0);
    StructVector pairs = (StructVector) map.getDataVector();
    for (int i = 0; i < 2; i++) {
      pairs.setIndexDefined(i);
      ((VarCharVector) pairs.getChild("key")).setSafe(i, new byte[] {'k'});
    }
    map.endValue(0, 2);
    assertThatThrownBy(() -> put(map, 1))
        .hasMessageContaining("the map of row 1 has the key k twice");
  }

  @Test
  void valuesOfAnExtensionType_thatDuckDbCannotRead_areRefused() {
    assertThatThrownBy(() -> put(extension("geoarrow.wkb", "{}"), 1))
        .hasMessageContaining("Column c has a value that is no GEOMETRY")
        .hasMessageContaining("end of binary data")
        .extracting(e -> ((FlightRuntimeException) e).status().code())
        .isEqualTo(FlightStatusCode.INVALID_ARGUMENT);
    Field json =
        new Field("c", new FieldType(true, ArrowType.Utf8.INSTANCE, null, json()), List.of());
    VarCharVector text = (VarCharVector) json.createVector(flight.allocator());
    text.setSafe(0, "{}".getBytes(StandardCharsets.UTF_8));
    text.setSafe(1, "{'a'}".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> put(text, 2)).hasMessageContaining("row 2 is no JSON: {'a'}");
    ListVector list =
        (ListVector) field(ArrowType.List.INSTANCE, json).createVector(flight.allocator());
    list.startNewValue(0);
    ((VarCharVector) list.getDataVector()).setSafe(0, "x".getBytes(StandardCharsets.UTF_8));
    list.endValue(0, 1);
    assertThatThrownBy(() -> put(list, 1)).hasMessageContaining("JSON");
    StructVector variant = (StructVector) variant().createVector(flight.allocator());
    variant.setIndexDefined(0);
    for (FieldVector part : variant.getChildrenFromFields()) {
      ((VarBinaryVector) part).setSafe(0, new byte[] {9, 9});
    }
    assertThatThrownBy(() -> put(variant, 1)).hasMessageContaining("that is no VARIANT");
  }

  private static Map<String, String> json() {
    return Map.of("ARROW:extension:name", "arrow.json", "ARROW:extension:metadata", "");
  }

  private static Field variant() {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      return client
          .getExecuteSchema(
              "SELECT 1::VARIANT AS c", flight.headers("x-flashduck-types", TypeMode.STRICT.text()))
          .getSchema()
          .getFields()
          .get(0);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** One value of two bytes. */
  private static FieldVector extension(String name, String metadata) {
    Map<String, String> extension =
        Map.of("ARROW:extension:name", name, "ARROW:extension:metadata", metadata);
    VarBinaryVector vector =
        (VarBinaryVector)
            new Field("c", new FieldType(true, ArrowType.Binary.INSTANCE, null, extension), null)
                .createVector(flight.allocator());
    vector.setSafe(0, new byte[] {1, 2});
    return vector;
  }

  @Test
  void bytesOfAnExtensionType_thatDuckDbDoesNotHave_areRefused() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      List<Field> fields =
          client
              .getExecuteSchema(
                  "SELECT '1'::BIT AS c, 1::BIGNUM AS c, '12:00:00+00'::TIMETZ AS c",
                  flight.headers("x-flashduck-types", TypeMode.STRICT.text()))
              .getSchema()
              .getFields();
      for (int i = 0; i < 2; i++) {
        VarBinaryVector bytes = (VarBinaryVector) fields.get(i).createVector(flight.allocator());
        bytes.setSafe(0, new byte[] {9});
        assertThatThrownBy(() -> put(bytes, 1)).hasMessageContaining("the bytes of row 1 are no");
      }
      FixedSizeBinaryVector time =
          (FixedSizeBinaryVector) fields.get(2).createVector(flight.allocator());
      time.allocateNew(1);
      time.set(0, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1});
      assertThatThrownBy(() -> put(time, 1)).hasMessageContaining("are no time_tz of DuckDB");
    }
  }
}
