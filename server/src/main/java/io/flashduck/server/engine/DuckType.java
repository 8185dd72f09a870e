package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A DuckDB type, read from the text in which DuckDB reports it.
 *
 * <p>Threading: immutable.
 */
sealed interface DuckType {
  /** The type as DuckDB reads it. */
  String sql();

  /** Reads a type such as {@code STRUCT(a INTEGER, "b c" VARCHAR[])[3]}. */
  static DuckType parse(String text) {
    return new DuckTypeParser(text).parse();
  }

  /**
   * Any type without a part that matters here, in upper case: {@code INTEGER}, {@code TIMESTAMP
   * WITH TIME ZONE}.
   */
  record Scalar(String name) implements DuckType {
    @Override
    public String sql() {
      return name;
    }
  }

  /** {@code DECIMAL(precision,scale)}. */
  record Decimal(int precision, int scale) implements DuckType {
    @Override
    public String sql() {
      return "DECIMAL(" + precision + "," + scale + ")";
    }
  }

  /**
   * An enumeration.
   *
   * @param values in parentheses, as DuckDB writes them; empty where it does not write them
   */
  record Enumeration(String values) implements DuckType {
    @Override
    public String sql() {
      return "ENUM" + values;
    }

    /** How many values there are; 0 if they are not known. */
    int count() {
      int count = 0;
      for (int at = values.indexOf('\''); at >= 0; at = values.indexOf('\'', at)) {
        count++;
        at++;
        while (values.startsWith("''", at) || values.charAt(at) != '\'') {
          at += values.charAt(at) == '\'' ? 2 : 1;
        }
        at++;
      }
      return count;
    }
  }

  /** {@code element[]}. */
  record Listing(DuckType element) implements DuckType {
    @Override
    public String sql() {
      return element.sql() + "[]";
    }
  }

  /** {@code element[size]}. */
  record FixedArray(DuckType element, int size) implements DuckType {
    @Override
    public String sql() {
      return element.sql() + "[" + size + "]";
    }
  }

  /** {@code STRUCT(name type, …)}, or {@code TUPLE(type, …)} with empty names. */
  record Struct(List<Member> members) implements DuckType {
    public Struct {
      members = List.copyOf(members);
    }

    @Override
    public String sql() {
      boolean unnamed = !members.isEmpty() && members.get(0).name().isEmpty();
      return (unnamed ? "TUPLE(" : "STRUCT(") + membersSql(members) + ")";
    }
  }

  /** {@code UNION(tag type, …)}. */
  record Union(List<Member> members) implements DuckType {
    public Union {
      members = List.copyOf(members);
    }

    @Override
    public String sql() {
      return "UNION(" + membersSql(members) + ")";
    }
  }

  /** {@code MAP(key, value)}. */
  record Mapping(DuckType key, DuckType value) implements DuckType {
    @Override
    public String sql() {
      return "MAP(" + key.sql() + ", " + value.sql() + ")";
    }
  }

  /** A named part of a struct or union. */
  record Member(String name, DuckType type) {
    String sql() {
      return name.isEmpty() ? type.sql() : SqlIdentifiers.quote(name) + " " + type.sql();
    }
  }

  private static String membersSql(List<Member> members) {
    return members.stream().map(Member::sql).collect(Collectors.joining(", "));
  }
}
