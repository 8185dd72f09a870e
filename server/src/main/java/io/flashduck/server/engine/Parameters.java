package io.flashduck.server.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values bound to one execution of a statement, by position.
 *
 * <p>Values are Java's: Boolean, integers, BigInteger, Float, Double, BigDecimal, String, byte[],
 * UUID, LocalDate, LocalTime, LocalDateTime, OffsetDateTime, {@code java.sql.Array}, {@code
 * java.sql.Struct}, Map, or null.
 *
 * <p>Threading: immutable.
 */
public final class Parameters {
  /** No parameters. */
  public static final Parameters NONE = new Parameters(List.of());

  private final List<@Nullable Object> values;

  private Parameters(List<@Nullable Object> values) {
    this.values = values;
  }

  /** The values in order; a null array element binds SQL NULL. */
  public static Parameters of(@Nullable Object... values) {
    return values.length == 0
        ? NONE
        : new Parameters(Collections.unmodifiableList(new ArrayList<>(Arrays.asList(values))));
  }

  /** The values in order. */
  public static Parameters ofList(List<? extends @Nullable Object> values) {
    return values.isEmpty()
        ? NONE
        : new Parameters(Collections.unmodifiableList(new ArrayList<>(values)));
  }

  /** The values in order, unmodifiable. */
  public List<@Nullable Object> values() {
    return values;
  }

  /** How many values there are. */
  public int size() {
    return values.size();
  }

  /** A list; its elements are values as above, or lists. */
  public record ListValue(List<? extends @Nullable Object> elements) {
    public ListValue {
      elements = Collections.unmodifiableList(new ArrayList<@Nullable Object>(elements));
    }
  }
}
