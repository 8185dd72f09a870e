package io.flashduck.server.table.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.catalog.TableRules;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.ProducerPosition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.GenerateSampleData;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.BaseRepeatedValueVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** What goes into the write queue comes out of it the same, whatever sections and types it has. */
final class ChangeCodecProperties {

  @Property(tries = 200)
  void decode_ofEncoded_isTheChange(@ForAll("changes") LoggedChange change) {
    LoggedChange decoded = ChangeCodec.decode(ChangeCodec.encode(change));
    assertThat(comparable(decoded)).isEqualTo(comparable(change));
    assertThat(ChangeCodec.encode(decoded)).isEqualTo(ChangeCodec.encode(change));
  }

  @Property(tries = 100)
  void decode_ofABufferInsideAnother_isTheChange(@ForAll("changes") LoggedChange change) {
    ByteBuffer encoded = ChangeCodec.encode(change);
    ByteBuffer larger = ByteBuffer.allocate(encoded.remaining() + 20);
    larger.position(7).put(encoded.duplicate()).limit(larger.position()).position(7);
    assertThat(comparable(ChangeCodec.decode(larger))).isEqualTo(comparable(change));
    assertThat(comparable(ChangeCodec.decode(encoded.asReadOnlyBuffer())))
        .isEqualTo(comparable(change));
  }

  @Property(tries = 100)
  void decode_ofOnePartOfAPayload_saysThatItIsCorrupt(
      @ForAll("changes") LoggedChange change, @ForAll @IntRange(max = 1000) int permille) {
    ByteBuffer encoded = ChangeCodec.encode(change);
    ByteBuffer part = encoded.slice(0, (int) ((long) (encoded.remaining() - 1) * permille / 1000));
    assertThatThrownBy(() -> ChangeCodec.decode(part))
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STATE));
  }

  /** Rows have no equality of their own: their bytes, count and schema stand in for them. */
  private static List<Object> comparable(LoggedChange change) {
    List<Object> parts = new ArrayList<>(List.of(change.recordCount(), change.producer()));
    for (ChangeSection section : change.sections()) {
      if (section instanceof ChangeSection.Rows rows) {
        parts.addAll(List.of(rows.table(), rows.kind(), rows.key(), rows.columns()));
        parts.addAll(List.of(rows.rows().rowCount(), rows.rows().encoded(), schema(rows.rows())));
      } else {
        parts.add(section);
      }
    }
    return parts;
  }

  private static Schema schema(ArrowRows rows) {
    try (BufferAllocator allocator = new RootAllocator()) {
      return rows.schema(allocator);
    }
  }

  @Provide
  Arbitrary<LoggedChange> changes() {
    Arbitrary<Optional<ProducerPosition>> producers =
        Combinators.combine(names(), Arbitraries.longs().greaterOrEqual(0))
            .as(ProducerPosition::new)
            .optional();
    return Combinators.combine(
            sections().list().ofMaxSize(4), Arbitraries.longs().greaterOrEqual(0), producers)
        .as(LoggedChange::new);
  }

  private static Arbitrary<ChangeSection> sections() {
    Arbitrary<List<String>> keys = names().list().uniqueElements().ofMaxSize(3);
    Arbitrary<List<Column>> columns =
        Combinators.combine(names(), Arbitraries.of("BIGINT", "STRUCT(\"a b\" DECIMAL(3,1))[]"))
            .as(Column::new)
            .list()
            .ofMaxSize(4);
    return Arbitraries.oneOf(
        Combinators.combine(tables(), Arbitraries.of(RowsKind.class), keys, columns, rows())
            .as(ChangeSection.Rows::new),
        Combinators.combine(tables(), columns, keys, Arbitraries.of(true, false), rules())
            .as(ChangeSection.Create::new),
        Combinators.combine(tables(), keys, alterations()).as(ChangeSection.Alter::new),
        tables().map(ChangeSection.Drop::new),
        Combinators.combine(tables(), Arbitraries.strings(), names().list().ofMaxSize(3))
            .as(ChangeSection.CreateView::new),
        tables().map(ChangeSection.DropView::new),
        names().map(ChangeSection.CreateSchema::new),
        names().map(ChangeSection.DropSchema::new));
  }

  private static Arbitrary<TableAlteration> alterations() {
    return Arbitraries.oneOf(
        Combinators.combine(names().map(n -> new Column(n, "BIGINT")), names().optional())
            .as(TableAlteration.AddColumn::new),
        names().map(TableAlteration.DropColumn::new),
        Combinators.combine(names(), names()).as(TableAlteration.RenameColumn::new),
        Combinators.combine(names(), Arbitraries.of("BIGINT", "STRUCT(\"a b\" DECIMAL(3,1))[]"))
            .as(TableAlteration.ChangeType::new),
        rules().map(TableAlteration.ChangeRules::new));
  }

  private static Arbitrary<TableRules> rules() {
    return Combinators.combine(
            names().list().uniqueElements().ofMaxSize(2),
            Arbitraries.maps(names(), Arbitraries.strings()).ofMaxSize(2),
            Arbitraries.strings().list().ofMaxSize(2))
        .as(TableRules::new);
  }

  private static Arbitrary<TableName> tables() {
    return Combinators.combine(names(), names()).as(TableName::new);
  }

  private static Arbitrary<String> names() {
    return Arbitraries.oneOf(
        Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(8),
        Arbitraries.of("a b", "\"", "'", "ä🦆", "{\"op\":1}", "\\", "a\nb", "."));
  }

  private static Arbitrary<ArrowRows> rows() {
    return Combinators.combine(
            Arbitraries.oneOf(fields(2), unions()).list().ofMinSize(1).ofMaxSize(5),
            Arbitraries.integers().between(0, 9))
        .as(ChangeCodecProperties::sample);
  }

  private static ArrowRows sample(List<Field> fields, int count) {
    List<Field> numbered = new ArrayList<>();
    for (Field field : fields) {
      String name = field.getName() + numbered.size();
      numbered.add(new Field(name, field.getFieldType(), field.getChildren()));
    }
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(numbered), allocator)) {
      for (FieldVector vector : root.getFieldVectors()) {
        fill(vector, count);
      }
      root.setRowCount(count);
      return ArrowRows.copyOf(root, Integer.MAX_VALUE);
    }
  }

  /** Values of every kind that Arrow's own generator knows; nulls for the others. */
  private static void fill(FieldVector vector, int count) {
    vector.allocateNew();
    if (vector.getChildrenFromFields().isEmpty() || vector instanceof BaseRepeatedValueVector) {
      try {
        GenerateSampleData.generateTestData(vector, count);
      } catch (UnsupportedOperationException e) {
        vector.setValueCount(count);
      }
      return;
    }
    vector.setValueCount(count);
  }

  /** A field of any type, with children down to a depth. */
  private static Arbitrary<Field> fields(int depth) {
    Arbitrary<Field> leaves =
        Combinators.combine(names(), leafTypes(), Arbitraries.of(true, false))
            .as((name, type, nullable) -> field(name, nullable, type, List.of()));
    if (depth == 0) {
      return leaves;
    }
    Arbitrary<List<Field>> one = fields(depth - 1).list().ofSize(1);
    Arbitrary<List<Field>> some =
        fields(depth - 1).list().ofMinSize(1).ofMaxSize(3).map(ChangeCodecProperties::distinct);
    return Arbitraries.oneOf(
        leaves,
        one.map(child -> field("list", true, new ArrowType.List(), child)),
        one.map(child -> field("large", true, new ArrowType.LargeList(), child)),
        one.map(child -> field("fixed", true, new ArrowType.FixedSizeList(3), child)),
        some.map(children -> field("struct", true, new ArrowType.Struct(), children)),
        one.map(
            value ->
                field(
                    "map",
                    true,
                    new ArrowType.Map(false),
                    List.of(
                        field(
                            "entries",
                            false,
                            new ArrowType.Struct(),
                            List.of(
                                field("key", false, new ArrowType.Utf8(), List.of()),
                                field(
                                    "value",
                                    true,
                                    value.get(0).getType(),
                                    value.get(0).getChildren())))))));
  }

  /** At the top only: Arrow's lists cannot be made with unions in them. */
  private static Arbitrary<Field> unions() {
    return fields(0)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3)
        .map(ChangeCodecProperties::distinct)
        .map(
            children ->
                field(
                    "union",
                    true,
                    new ArrowType.Union(UnionMode.Sparse, ids(children.size())),
                    children));
  }

  private static List<Field> distinct(List<Field> fields) {
    List<Field> distinct = new ArrayList<>();
    for (Field field : fields) {
      distinct.add(new Field("f" + distinct.size(), field.getFieldType(), field.getChildren()));
    }
    return distinct;
  }

  private static int[] ids(int count) {
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = i;
    }
    return ids;
  }

  private static Field field(String name, boolean nullable, ArrowType type, List<Field> children) {
    return new Field(name, new FieldType(nullable, type, null), children);
  }

  private static Arbitrary<ArrowType> leafTypes() {
    List<ArrowType> types = new ArrayList<>();
    for (int bits : new int[] {8, 16, 32, 64}) {
      types.add(new ArrowType.Int(bits, true));
      types.add(new ArrowType.Int(bits, false));
    }
    for (FloatingPointPrecision precision : FloatingPointPrecision.values()) {
      types.add(new ArrowType.FloatingPoint(precision));
    }
    for (TimeUnit unit : TimeUnit.values()) {
      boolean coarse = unit == TimeUnit.SECOND || unit == TimeUnit.MILLISECOND;
      types.add(new ArrowType.Timestamp(unit, null));
      types.add(new ArrowType.Timestamp(unit, "Europe/Berlin"));
      types.add(new ArrowType.Time(unit, coarse ? 32 : 64));
      types.add(new ArrowType.Duration(unit));
    }
    for (IntervalUnit unit : IntervalUnit.values()) {
      types.add(new ArrowType.Interval(unit));
    }
    for (DateUnit unit : DateUnit.values()) {
      types.add(new ArrowType.Date(unit));
    }
    types.add(new ArrowType.Decimal(20, 4, 128));
    types.add(new ArrowType.Decimal(60, 4, 256));
    types.add(new ArrowType.FixedSizeBinary(5));
    types.add(ArrowType.Bool.INSTANCE);
    types.add(ArrowType.Utf8.INSTANCE);
    types.add(ArrowType.LargeUtf8.INSTANCE);
    types.add(ArrowType.Utf8View.INSTANCE);
    types.add(ArrowType.Binary.INSTANCE);
    types.add(ArrowType.LargeBinary.INSTANCE);
    types.add(ArrowType.BinaryView.INSTANCE);
    types.add(ArrowType.Null.INSTANCE);
    return Arbitraries.of(types);
  }
}
