package io.flashduck.server.engine;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * The Arrow extension types of DuckDB's types that Arrow has no type for: those that DuckDB reads
 * back as the same type.
 *
 * <p>Threading: stateless.
 */
final class StrictTypes {
  static final String EXTENSION = "ARROW:extension:name";
  static final String EXTENSION_METADATA = "ARROW:extension:metadata";
  static final String UUID = "arrow.uuid";
  static final String OPAQUE = "arrow.opaque";

  /** The metadata of {@code arrow.opaque} for TIMETZ. */
  static final String TIMETZ = opaque("time_tz");

  private static final int WIDE = 16;

  private StrictTypes() {}

  /** The field of a scalar that is an extension type; empty for all others. */
  static Optional<Field> field(String name, String duckType, boolean nullable) {
    return switch (duckType) {
      case "HUGEINT" -> leaf(name, nullable, fixed(WIDE), OPAQUE, opaque("hugeint"));
      case "UHUGEINT" -> leaf(name, nullable, fixed(WIDE), OPAQUE, opaque("uhugeint"));
      case "UUID" -> leaf(name, nullable, fixed(WIDE), UUID, "");
      case "TIME WITH TIME ZONE", "TIMETZ" ->
          leaf(name, nullable, fixed(Long.BYTES), OPAQUE, TIMETZ);
      case "BIT" -> leaf(name, nullable, ArrowType.Binary.INSTANCE, OPAQUE, opaque("bit"));
      case "BIGNUM" -> leaf(name, nullable, ArrowType.Binary.INSTANCE, OPAQUE, opaque("bignum"));
      case "JSON" -> leaf(name, nullable, ArrowType.Utf8.INSTANCE, "arrow.json", "");
      case "VARIANT" -> Optional.of(variant(name, nullable));
      default ->
          duckType.equals("GEOMETRY") || duckType.startsWith("GEOMETRY(")
              ? leaf(name, nullable, ArrowType.Binary.INSTANCE, "geoarrow.wkb", geometry(duckType))
              : Optional.empty();
    };
  }

  /**
   * GeoArrow's metadata: the reference system as PROJJSON, else as a text. DuckDB 2.0 reads it, but
   * its own export ends in an internal error.
   */
  private static String geometry(String duckType) {
    int from = duckType.indexOf('\'');
    if (from < 0) {
      return "{}";
    }
    String system = duckType.substring(from + 1, duckType.lastIndexOf('\'')).replace("''", "'");
    String value =
        system.startsWith("{") ? system : JsonNodeFactory.instance.textNode(system).toString();
    return "{\"crs\":" + value + "}";
  }

  private static Field variant(String name, boolean nullable) {
    ArrowType bytes = ArrowType.Binary.INSTANCE;
    List<Field> parts =
        List.of(
            new Field("metadata", FieldType.notNullable(bytes), null),
            new Field("value", FieldType.nullable(bytes), null));
    return new Field(
        name, type(nullable, ArrowType.Struct.INSTANCE, "arrow.parquet.variant", ""), parts);
  }

  private static Optional<Field> leaf(
      String name, boolean nullable, ArrowType storage, String extension, String metadata) {
    return Optional.of(new Field(name, type(nullable, storage, extension, metadata), null));
  }

  private static FieldType type(
      boolean nullable, ArrowType storage, String extension, String metadata) {
    return new FieldType(
        nullable, storage, null, Map.of(EXTENSION, extension, EXTENSION_METADATA, metadata));
  }

  private static ArrowType fixed(int bytes) {
    return new ArrowType.FixedSizeBinary(bytes);
  }

  /** The metadata of {@code arrow.opaque} for a type of DuckDB. */
  static String opaque(String type) {
    return "{\"type_name\":\"" + type + "\",\"vendor_name\":\"DuckDB\"}";
  }
}
