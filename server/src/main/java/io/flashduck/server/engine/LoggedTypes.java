package io.flashduck.server.engine;

import java.util.List;
import java.util.Optional;

/**
 * The types in which rows that a statement made go into the write queue: those of mode strict, but
 * without dictionaries and without Arrow's intervals, which wrap around at 292 years.
 *
 * <p>Threading: stateless.
 */
public final class LoggedTypes {
  /** How {@link EngineConnection#arrow} gives such rows. */
  public static final ResultForm FORM = new ResultForm(TypeMode.STRICT, "");

  private static final DuckType TEXT = new DuckType.Scalar("VARCHAR");

  private LoggedTypes() {}

  /** The type that a column is cast to, if it cannot stay as it is. */
  public static Optional<String> cast(String columnType) {
    DuckType type = DuckType.parse(columnType);
    DuckType logged = logged(type);
    return logged.equals(type) ? Optional.empty() : Optional.of(logged.sql());
  }

  private static DuckType logged(DuckType type) {
    if (type instanceof DuckType.Enumeration
        || (type instanceof DuckType.Scalar scalar && scalar.name().equals("INTERVAL"))) {
      return TEXT;
    }
    if (type instanceof DuckType.Listing list) {
      return new DuckType.Listing(logged(list.element()));
    }
    if (type instanceof DuckType.FixedArray array) {
      return new DuckType.FixedArray(logged(array.element()), array.size());
    }
    if (type instanceof DuckType.Struct struct) {
      return new DuckType.Struct(members(struct.members()));
    }
    if (type instanceof DuckType.Union union) {
      return new DuckType.Union(members(union.members()));
    }
    return type instanceof DuckType.Mapping map
        ? new DuckType.Mapping(logged(map.key()), logged(map.value()))
        : type;
  }

  private static List<DuckType.Member> members(List<DuckType.Member> members) {
    return members.stream()
        .map(member -> new DuckType.Member(member.name(), logged(member.type())))
        .toList();
  }
}
