package io.flashduck.server.engine;

import java.util.List;
import java.util.Optional;

/**
 * Which columns DuckDB casts before it exports them.
 *
 * <p>Threading: stateless.
 */
final class WireCasts {
  private static final DuckType TEXT = new DuckType.Scalar("VARCHAR");

  private WireCasts() {}

  /** The type to cast to before export, or empty if the type is exported as it is. */
  static Optional<String> target(DuckType type, TypeMode mode) {
    DuckType exported = exported(type, mode);
    return exported.equals(type) ? Optional.empty() : Optional.of(exported.sql());
  }

  /** The type that is exported. Arrow's Java has no lists of fixed size of unions. */
  static DuckType exported(DuckType type, TypeMode mode) {
    if (type instanceof DuckType.Scalar scalar) {
      return switch (mode) {
        case DEFAULT -> plain(scalar);
        case STRICT -> exact(scalar);
        case JDBC -> readable(scalar);
      };
    }
    if (type instanceof DuckType.Enumeration) {
      return mode == TypeMode.STRICT ? type : TEXT;
    }
    if (type instanceof DuckType.Listing list) {
      return new DuckType.Listing(exported(list.element(), mode));
    }
    if (type instanceof DuckType.FixedArray array) {
      DuckType element = exported(array.element(), mode);
      return element instanceof DuckType.Union
          ? new DuckType.Listing(element)
          : new DuckType.FixedArray(element, array.size());
    }
    if (type instanceof DuckType.Struct struct) {
      return new DuckType.Struct(members(struct.members(), mode));
    }
    if (type instanceof DuckType.Union union) {
      return mode == TypeMode.JDBC ? TEXT : new DuckType.Union(members(union.members(), mode));
    }
    if (type instanceof DuckType.Mapping map) {
      return new DuckType.Mapping(exported(map.key(), mode), exported(map.value(), mode));
    }
    return type;
  }

  private static List<DuckType.Member> members(List<DuckType.Member> members, TypeMode mode) {
    return members.stream()
        .map(member -> new DuckType.Member(member.name(), exported(member.type(), mode)))
        .toList();
  }

  /**
   * Arrow has no place for the values of BIT, BIGNUM, VARIANT, TIMETZ and the upper half of
   * UHUGEINT.
   */
  private static DuckType plain(DuckType.Scalar type) {
    return switch (type.name()) {
      case "BIT", "BIGNUM", "VARIANT", "TIME WITH TIME ZONE", "TIMETZ", "UHUGEINT" -> TEXT;
      default -> withoutReferenceSystem(type);
    };
  }

  /** DuckDB exports all but TIMETZ without loss; {@link StrictColumn} reads its text. */
  private static DuckType exact(DuckType.Scalar type) {
    return switch (type.name()) {
      case "TIME WITH TIME ZONE", "TIMETZ" -> TEXT;
      default -> withoutReferenceSystem(type);
    };
  }

  /** The export of a reference system ends in an internal error of DuckDB 2.0. */
  private static DuckType withoutReferenceSystem(DuckType.Scalar type) {
    return type.name().startsWith("GEOMETRY(") ? new DuckType.Scalar("GEOMETRY") : type;
  }

  /**
   * Driver 18.3.0 reads unsigned integers as signed, has no object for TIMESTAMPTZ, and gives
   * INTERVAL and UNION as classes of its own.
   */
  private static DuckType readable(DuckType.Scalar type) {
    return switch (type.name()) {
      case "UTINYINT" -> new DuckType.Scalar("SMALLINT");
      case "USMALLINT" -> new DuckType.Scalar("INTEGER");
      case "UINTEGER" -> new DuckType.Scalar("BIGINT");
      case "UBIGINT" -> new DuckType.Decimal(20, 0);
      case "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ" -> new DuckType.Scalar("TIMESTAMP");
      case "TIMESTAMPTZ_NS" -> new DuckType.Scalar("TIMESTAMP_NS");
      case "INTERVAL" -> TEXT;
      default -> type.name().startsWith("GEOMETRY") ? TEXT : plain(type);
    };
  }
}
