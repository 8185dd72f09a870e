package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The columns of a statement's result as DuckDB describes them.
 *
 * <p>Threading: immutable.
 */
record ResultColumns(List<String> names, List<DuckType> types) {
  ResultColumns {
    names = List.copyOf(names);
    types = List.copyOf(types);
  }

  /** Reads them from a prepared or executed statement. */
  static ResultColumns of(ResultSetMetaData metadata) throws SQLException {
    int count = metadata.getColumnCount();
    List<String> names = new ArrayList<>(count);
    List<DuckType> types = new ArrayList<>(count);
    for (int i = 1; i <= count; i++) {
      names.add(metadata.getColumnName(i));
      types.add(DuckType.parse(metadata.getColumnTypeName(i)));
    }
    return new ResultColumns(names, types);
  }

  /** Whether DuckDB cannot know the columns before the parameters are bound. */
  boolean unresolved() {
    return types.stream()
        .anyMatch(t -> t instanceof DuckType.Scalar s && s.name().equals("UNKNOWN"));
  }

  /**
   * The query, wrapped into casts of the columns that Arrow cannot carry, or as it is if there are
   * none.
   */
  String wireSql(String sql) {
    List<Optional<String>> casts = types.stream().map(WireTypes::castTarget).toList();
    if (casts.stream().allMatch(Optional::isEmpty)) {
      return sql;
    }
    StringBuilder select = new StringBuilder("SELECT ");
    StringBuilder inner = new StringBuilder();
    for (int i = 0; i < casts.size(); i++) {
      String separator = i == 0 ? "" : ", ";
      String column = "c" + i;
      Optional<String> cast = casts.get(i);
      select
          .append(separator)
          .append(cast.isPresent() ? "CAST(" + column + " AS " + cast.get() + ")" : column)
          .append(" AS ")
          .append(SqlIdentifiers.quote(names.get(i)));
      inner.append(separator).append(column);
    }
    // The line break ends a comment that the statement may end with.
    return select + " FROM (" + sql + "\n) AS result(" + inner + ")";
  }

  /** The schema of the result on the wire. */
  Schema wireSchema(String timeZone) {
    List<Field> fields = new ArrayList<>(names.size());
    for (int i = 0; i < names.size(); i++) {
      fields.add(WireTypes.field(names.get(i), types.get(i), timeZone));
    }
    return new Schema(fields);
  }
}
