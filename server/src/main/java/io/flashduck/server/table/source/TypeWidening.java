package io.flashduck.server.table.source;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BinaryOperator;

/**
 * The narrowest type that holds the values of two types, as DuckDB's union finds it, or none where
 * that would change what a value means: numbers and text, for one.
 *
 * <p>Threading: thread-safe; asks DuckDB once for each pair.
 */
public final class TypeWidening {
  private final BinaryOperator<String> union;
  private final Map<String, Optional<String>> known = new ConcurrentHashMap<>();

  /**
   * @param union DuckDB's type of a union of two types; may throw if there is none
   */
  public TypeWidening(BinaryOperator<String> union) {
    this.union = union;
  }

  /** The common type, or empty if the types do not go together. */
  public Optional<String> widen(String left, String right) {
    if (left.equals(right)) {
      return Optional.of(left);
    }
    // A separator that no type contains
    return known.computeIfAbsent(left + '\n' + right, pair -> ask(left, right));
  }

  /** The common type; text if the types do not go together otherwise. */
  public String widenOrText(String left, String right) {
    return widen(left, right).orElse("VARCHAR");
  }

  private Optional<String> ask(String left, String right) {
    TypeFamily a = TypeFamily.of(left);
    TypeFamily b = TypeFamily.of(right);
    if (isText(a) && isText(b)) {
      return Optional.of("VARCHAR");
    }
    if (a != b || a == TypeFamily.OTHER) {
      return Optional.empty();
    }
    try {
      return Optional.of(union.apply(left, right));
    } catch (RuntimeException e) {
      return Optional.empty(); // DuckDB has no common type
    }
  }

  private static boolean isText(TypeFamily family) {
    return family == TypeFamily.TEXT || family == TypeFamily.JSON;
  }
}
