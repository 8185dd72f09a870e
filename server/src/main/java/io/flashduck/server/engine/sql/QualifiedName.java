package io.flashduck.server.engine.sql;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A name as a statement writes it: {@code name}, {@code schema.name} or {@code
 * catalog.schema.name}, quotes undone.
 *
 * <p>Threading: immutable.
 *
 * @param parts one to three parts, the last one is the object's own name
 */
public record QualifiedName(List<String> parts) {
  public QualifiedName {
    parts = List.copyOf(parts);
    if (parts.isEmpty() || parts.size() > 3) {
      throw new IllegalArgumentException("one to three parts, got " + parts);
    }
  }

  /** The object's own name. */
  public String name() {
    return parts.get(parts.size() - 1);
  }

  /** The part before the name: a schema, or a catalog if no such schema exists. */
  public Optional<String> schema() {
    return parts.size() > 1 ? Optional.of(parts.get(parts.size() - 2)) : Optional.empty();
  }

  /** The first of three parts. */
  public Optional<String> catalog() {
    return parts.size() == 3 ? Optional.of(parts.get(0)) : Optional.empty();
  }

  @Override
  public String toString() {
    return parts.stream().map(SqlIdentifiers::quote).collect(Collectors.joining("."));
  }
}
