package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The columns of a statement's result as DuckDB describes them.
 *
 * <p>Threading: immutable.
 */
record ResultColumns(List<String> names, List<DuckType> types) {
  /** Far above what anybody names a column; Arrow's reader fails at names of megabytes. */
  private static final int MAX_NAME = 65_536;

  ResultColumns {
    names = List.copyOf(names);
    types = List.copyOf(types);
  }

  /**
   * Reads them from a prepared or executed statement.
   *
   * @throws FlashDuckException INVALID_REQUEST for a name that is a very long text: DuckDB names an
   *     expression by its text
   */
  static ResultColumns of(ResultSetMetaData metadata) throws SQLException {
    int count = metadata.getColumnCount();
    List<String> names = new ArrayList<>(count);
    List<DuckType> types = new ArrayList<>(count);
    for (int i = 1; i <= count; i++) {
      String name = metadata.getColumnName(i);
      if (name.length() > MAX_NAME) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "Column "
                + i
                + " has a name of "
                + name.length()
                + " characters, because an expression without a name is named by its text; give it"
                + " one with AS, of at most "
                + MAX_NAME
                + " characters, or bind the text as a parameter");
      }
      names.add(name);
      types.add(DuckType.parse(metadata.getColumnTypeName(i)));
    }
    return new ResultColumns(names, types);
  }

  /** Whether DuckDB cannot know the columns before the parameters are bound. */
  boolean unresolved() {
    return types.stream()
        .anyMatch(t -> t instanceof DuckType.Scalar s && s.name().equals("UNKNOWN"));
  }

  /** Whether DuckDB left out the values of an ENUM that must be known. */
  boolean lackValues(TypeMode mode) {
    return mode == TypeMode.STRICT
        && types.stream().anyMatch(t -> t instanceof DuckType.Enumeration e && e.count() == 0);
  }

  /** Whether a field may have a time zone in it. */
  boolean zoned() {
    return types.stream()
        .anyMatch(t -> t.sql().contains("TIMESTAMP WITH") || t.sql().contains("TIMESTAMPTZ"));
  }

  /** The query with each column in a list: inside of one, DuckDB writes the values of an ENUM. */
  String listsSql(String sql) {
    return select(sql, types.stream().map(t -> Optional.of(new Around("[", "]"))).toList());
  }

  /** The columns, given those of {@link #listsSql}. */
  ResultColumns elementsOf(ResultColumns lists) {
    return new ResultColumns(
        names,
        lists.types().stream()
            .map(t -> t instanceof DuckType.Listing l ? l.element() : t)
            .toList());
  }

  /**
   * The query, wrapped into casts of the columns that are not exported as they are, or as it is if
   * there are none.
   */
  String wireSql(String sql, TypeMode mode) {
    List<Optional<Around>> casts =
        types.stream()
            .map(
                type ->
                    WireCasts.target(type, mode).map(t -> new Around("CAST(", " AS " + t + ")")))
            .toList();
    return casts.stream().allMatch(Optional::isEmpty) ? sql : select(sql, casts);
  }

  /** What is written before and after a column. */
  private record Around(String before, String after) {}

  /** The query with an expression over some of its columns. */
  private String select(String sql, List<Optional<Around>> expressions) {
    StringBuilder select = new StringBuilder("SELECT ");
    StringBuilder inner = new StringBuilder();
    for (int i = 0; i < expressions.size(); i++) {
      String separator = i == 0 ? "" : ", ";
      String column = "c" + i;
      select
          .append(separator)
          .append(expressions.get(i).map(e -> e.before() + column + e.after()).orElse(column))
          .append(" AS ")
          .append(SqlIdentifiers.quote(names.get(i)));
      inner.append(separator).append(column);
    }
    // The line break ends a comment that the statement may end with.
    return select + " FROM (" + sql + "\n) AS result(" + inner + ")";
  }

  /** The schema of the result on the wire. */
  Schema wireSchema(ResultForm form) {
    return WireTypes.schema(names, types, form.types(), form.timeZone());
  }
}
