package io.flashduck.server.flight;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.complex.impl.UnionMapWriter;
import org.apache.arrow.vector.complex.writer.BaseWriter;

/**
 * Writes {@link SqlInfoTable} as CommandGetSqlInfo wants it: an id and a dense union.
 *
 * <p>Threading: stateless.
 */
final class SqlInfoRows {
  // The type ids of the union in Schemas.GET_SQL_INFO_SCHEMA.
  private static final byte TEXT = 0;
  private static final byte FLAG = 1;
  private static final byte LONG = 2;
  private static final byte INT = 3;
  private static final byte TEXTS = 4;
  private static final byte MAP = 5;

  private SqlInfoRows() {}

  /**
   * @param infos all that there is, by id
   * @param requested the ids to send; none: all. Unknown ones are left out, as the specification
   *     allows and clients of a newer version need
   */
  static LoadedRows of(NavigableMap<Integer, Object> infos, Collection<Integer> requested) {
    List<Integer> ids =
        (requested.isEmpty() ? infos.keySet() : requested)
            .stream().filter(infos::containsKey).distinct().toList();
    return MemoryRows.of(Schemas.GET_SQL_INFO_SCHEMA, root -> write(root, infos, ids));
  }

  private static void write(VectorSchemaRoot root, Map<Integer, Object> infos, List<Integer> ids) {
    UInt4Vector names = (UInt4Vector) root.getVector("info_name");
    DenseUnionVector values = (DenseUnionVector) root.getVector("value");
    values.setInitialCapacity(Math.max(1, ids.size()));
    values.allocateNew();
    int[] used = new int[MAP + 1];
    for (int row = 0; row < ids.size(); row++) {
      Object value = infos.get(ids.get(row));
      if (value == null) {
        throw new IllegalStateException("Filtered before");
      }
      names.setSafe(row, ids.get(row));
      byte type = type(value);
      int index = used[type]++;
      values.setTypeId(row, type);
      values.getOffsetBuffer().setInt((long) row * DenseUnionVector.OFFSET_WIDTH, index);
      set(values, type, index, value);
    }
    for (byte type = 0; type < used.length; type++) {
      values.getVectorByType(type).setValueCount(used[type]);
    }
    root.setRowCount(ids.size());
  }

  private static byte type(Object value) {
    if (value instanceof String) {
      return TEXT;
    } else if (value instanceof Boolean) {
      return FLAG;
    } else if (value instanceof Long) {
      return LONG;
    } else if (value instanceof Integer) {
      return INT;
    } else if (value instanceof List) {
      return TEXTS;
    }
    return MAP;
  }

  private static void set(DenseUnionVector values, byte type, int index, Object value) {
    switch (type) {
      case TEXT ->
          ((VarCharVector) values.getVectorByType(type))
              .setSafe(index, ((String) value).getBytes(StandardCharsets.UTF_8));
      case FLAG ->
          ((BitVector) values.getVectorByType(type)).setSafe(index, ((Boolean) value) ? 1 : 0);
      case LONG -> ((BigIntVector) values.getVectorByType(type)).setSafe(index, (Long) value);
      case INT -> ((IntVector) values.getVectorByType(type)).setSafe(index, (Integer) value);
      case TEXTS -> setTexts((ListVector) values.getVectorByType(type), index, (List<?>) value);
      default -> setMap((MapVector) values.getVectorByType(type), index, (Map<?, ?>) value);
    }
  }

  private static void setTexts(ListVector vector, int index, List<?> texts) {
    UnionListWriter writer = vector.getWriter();
    writer.setPosition(index);
    writer.startList();
    texts.forEach(text -> writer.writeVarChar((String) text));
    writer.endList();
  }

  private static void setMap(MapVector vector, int index, Map<?, ?> map) {
    UnionMapWriter writer = vector.getWriter();
    writer.setPosition(index);
    writer.startMap();
    map.forEach(
        (key, list) -> {
          writer.startEntry();
          writer.key().integer().writeInt((Integer) key);
          BaseWriter.ListWriter items = writer.value().list();
          items.startList();
          ((List<?>) list).forEach(item -> items.integer().writeInt((Integer) item));
          items.endList();
          writer.endEntry();
        });
    writer.endMap();
  }
}
