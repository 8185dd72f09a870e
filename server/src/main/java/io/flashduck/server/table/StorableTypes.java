package io.flashduck.server.table;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Refuses columns that could be accepted but not be read back: DuckDB's import or Arrow's vectors
 * of Java have no place for them. docs/types.md lists them.
 *
 * <p>Threading: stateless.
 */
final class StorableTypes {
  private StorableTypes() {}

  /**
   * @throws FlashDuckException INVALID_REQUEST with the column and what to send instead
   */
  static void check(Schema schema) {
    for (Field field : schema.getFields()) {
      reason(field)
          .ifPresent(
              why -> {
                throw new FlashDuckException(
                    ErrorCode.INVALID_REQUEST, "Column " + field.getName() + " " + why);
              });
    }
  }

  private static Optional<String> reason(Field field) {
    if (field.getDictionary() != null) {
      return Optional.of("is dictionary-encoded; send its values instead");
    }
    Optional<String> here = reason(field.getType(), field.getChildren());
    return here.isPresent()
        ? here
        : field.getChildren().stream().flatMap(child -> reason(child).stream()).findFirst();
  }

  private static Optional<String> reason(ArrowType type, List<Field> children) {
    @Nullable String why = null;
    if (type instanceof ArrowType.LargeList
        || type instanceof ArrowType.ListView
        || type instanceof ArrowType.LargeListView) {
      why = "is a " + type + ", which cannot be stored; send a List";
    } else if (type instanceof ArrowType.Struct && children.isEmpty()) {
      why = "is a Struct without members, which DuckDB does not have";
    } else if (type instanceof ArrowType.FixedSizeList list && list.getListSize() == 0) {
      why = "is a FixedSizeList of size 0, which DuckDB does not have; send a List";
    } else if (type instanceof ArrowType.FloatingPoint real
        && real.getPrecision() == FloatingPointPrecision.HALF) {
      why = "is a Float16, which DuckDB does not have; send a Float32";
    } else if (type instanceof ArrowType.Decimal decimal && decimal.getBitWidth() != 128) {
      why = "is a Decimal" + decimal.getBitWidth() + "; send a Decimal128 of at most 38 digits";
    } else if (type instanceof ArrowType.RunEndEncoded) {
      why = "is run-end encoded; send its values";
    } else if (type instanceof ArrowType.Union union) {
      why = union(union, children);
    }
    if (why == null && (type instanceof ArrowType.Struct || type instanceof ArrowType.Union)) {
      why =
          nameTwice(children)
              .map(name -> "has two members of the name " + name + "; give each its own")
              .orElse(null);
    }
    return Optional.ofNullable(why);
  }

  private static @Nullable String union(ArrowType.Union union, List<Field> members) {
    if (union.getMode() == UnionMode.Dense) {
      return "is a dense Union, which DuckDB does not read; send a sparse one";
    }
    for (int i = 0; i < members.size(); i++) {
      if (union.getTypeIds() != null && union.getTypeIds()[i] != i) {
        return "is a Union with the type ids "
            + Arrays.toString(union.getTypeIds())
            + "; number the members from 0";
      }
    }
    return null;
  }

  private static Optional<String> nameTwice(List<Field> members) {
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    return members.stream().map(Field::getName).filter(name -> !names.add(name)).findFirst();
  }
}
