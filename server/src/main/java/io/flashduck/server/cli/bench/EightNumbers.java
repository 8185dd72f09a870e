package io.flashduck.server.cli.bench;

import java.util.List;
import java.util.Locale;
import java.util.function.LongUnaryOperator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The rows that the measurements of writes send: a key, and seven numbers made of it and of a
 * round, as Arrow, as DuckDB's SQL and as the columns of a table.
 *
 * <p>Threading: stateless.
 */
public final class EightNumbers {
  /** The columns, the key first; types that DuckDB and PostgreSQL know. */
  public static final String COLUMNS =
      "id BIGINT, a BIGINT, b BIGINT, c BIGINT, d DOUBLE PRECISION, e DOUBLE PRECISION,"
          + " f DOUBLE PRECISION, g BIGINT";

  private static final List<String> NAMES = List.of("id", "a", "b", "c", "d", "e", "f", "g");
  private static final int WIDTH = NAMES.size();
  private static final int FIRST_DOUBLE = 4;
  private static final int LAST_DOUBLE = 6;

  private EightNumbers() {}

  /** The same columns in Arrow. */
  public static Schema schema() {
    return new Schema(
        NAMES.stream()
            .map(
                name ->
                    Field.nullable(
                        name,
                        isDouble(NAMES.indexOf(name))
                            ? new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)
                            : new ArrowType.Int(64, true)))
            .toList());
  }

  /** A query of DuckDB for the rows {@code first} to before {@code end}; {@code key} is of i. */
  public static String select(long first, long end, String key, long round) {
    return String.format(
        Locale.ROOT,
        "SELECT k AS id, k * 31 + %1$d AS a, k %% 1000 AS b, k // 10 AS c,"
            + " (k %% 100003) / 7.0::DOUBLE AS d, k * 2.5::DOUBLE + %1$d AS e,"
            + " (k %% 100000) / 100.0::DOUBLE AS f, %1$d::BIGINT AS g"
            + " FROM (SELECT (%2$s)::BIGINT AS k FROM range(%3$d, %4$d) t(i))",
        round,
        key,
        first,
        end);
  }

  /** The value of a column of the row with that key. */
  static Number value(int column, long key, long round) {
    return switch (column) {
      case 0 -> key;
      case 1 -> key * 31 + round;
      case 2 -> key % 1000;
      case 3 -> key / 10;
      case 4 -> (key % 100_003) / 7.0;
      case 5 -> key * 2.5 + round;
      case 6 -> (key % 100_000) / 100.0;
      default -> round;
    };
  }

  static boolean isDouble(int column) {
    return column >= FIRST_DOUBLE && column <= LAST_DOUBLE;
  }

  static int width() {
    return WIDTH;
  }

  /** Fills the root with the rows {@code first} to before {@code first + count}. */
  static void fill(
      VectorSchemaRoot root, long first, int count, LongUnaryOperator key, long round) {
    for (int column = 0; column < WIDTH; column++) {
      FieldVector vector = root.getVector(column);
      vector.setInitialCapacity(count);
      vector.allocateNew();
      for (int row = 0; row < count; row++) {
        Number value = value(column, key.applyAsLong(first + row), round);
        if (vector instanceof Float8Vector doubles) {
          doubles.set(row, value.doubleValue());
        } else if (vector instanceof BigIntVector longs) {
          longs.set(row, value.longValue());
        }
      }
    }
    root.setRowCount(count);
  }
}
