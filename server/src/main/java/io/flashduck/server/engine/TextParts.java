package io.flashduck.server.engine;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Types with text in place of some of their parts, at any depth.
 *
 * <p>Threading: stateless.
 */
public final class TextParts {
  private static final DuckType TEXT = new DuckType.Scalar("VARCHAR");

  private TextParts() {}

  /**
   * The type to cast a column to, if it has any such part.
   *
   * @param columnType as DuckDB names it
   * @param names of the types that become text; ENUM for every enumeration
   */
  public static Optional<String> cast(String columnType, Set<String> names) {
    DuckType type = DuckType.parse(columnType);
    DuckType replaced = replaced(type, names);
    return replaced.equals(type) ? Optional.empty() : Optional.of(replaced.sql());
  }

  private static DuckType replaced(DuckType type, Set<String> names) {
    if (type instanceof DuckType.Scalar scalar) {
      return names.contains(scalar.name()) ? TEXT : type;
    }
    if (type instanceof DuckType.Enumeration) {
      return names.contains("ENUM") ? TEXT : type;
    }
    if (type instanceof DuckType.Listing list) {
      return new DuckType.Listing(replaced(list.element(), names));
    }
    if (type instanceof DuckType.FixedArray array) {
      return new DuckType.FixedArray(replaced(array.element(), names), array.size());
    }
    if (type instanceof DuckType.Struct struct) {
      return new DuckType.Struct(members(struct.members(), names));
    }
    if (type instanceof DuckType.Union union) {
      return new DuckType.Union(members(union.members(), names));
    }
    return type instanceof DuckType.Mapping map
        ? new DuckType.Mapping(replaced(map.key(), names), replaced(map.value(), names))
        : type;
  }

  private static List<DuckType.Member> members(List<DuckType.Member> members, Set<String> names) {
    return members.stream()
        .map(member -> new DuckType.Member(member.name(), replaced(member.type(), names)))
        .toList();
  }
}
