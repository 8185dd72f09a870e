package io.flashduck.server.engine;

import java.util.List;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The two forms of a dictionary-encoded field: a message on the wire names the type of the values,
 * always text here, a vector in memory has the type of the index.
 *
 * <p>Threading: stateless.
 */
public final class WireDictionaries {
  private WireDictionaries() {}

  /** The schema of the vectors. */
  public static Schema inMemory(Schema onWire) {
    return any(onWire.getFields())
        ? new Schema(onWire.getFields().stream().map(WireDictionaries::inMemory).toList())
        : onWire;
  }

  /** The schema of the messages. */
  public static Schema onWire(Schema inMemory) {
    return any(inMemory.getFields())
        ? new Schema(inMemory.getFields().stream().map(WireDictionaries::onWire).toList())
        : inMemory;
  }

  /** Whether a field, at any depth, is dictionary-encoded. */
  public static boolean any(List<Field> fields) {
    return fields.stream().anyMatch(f -> f.getDictionary() != null || any(f.getChildren()));
  }

  static Field inMemory(Field field) {
    return with(
        field,
        field.getDictionary() == null ? field.getType() : field.getDictionary().getIndexType(),
        field.getChildren().stream().map(WireDictionaries::inMemory).toList());
  }

  private static Field onWire(Field field) {
    return with(
        field,
        field.getDictionary() == null ? field.getType() : ArrowType.Utf8.INSTANCE,
        field.getChildren().stream().map(WireDictionaries::onWire).toList());
  }

  private static Field with(Field field, ArrowType type, List<Field> children) {
    return new Field(
        field.getName(),
        new FieldType(field.isNullable(), type, field.getDictionary(), field.getMetadata()),
        children);
  }
}
