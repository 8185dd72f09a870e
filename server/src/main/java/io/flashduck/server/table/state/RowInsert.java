package io.flashduck.server.table.state;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.engine.EngineConnection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inserts rows into one table of the bookkeeping with statements that stay prepared: many as one
 * JSON text, because DuckDB needs a hundred times as long to parse them as VALUES.
 *
 * <p>Threading: immutable; {@link #insert} runs on the connection's thread.
 */
public final class RowInsert {
  /** More rows than this in one text need memory for nothing. */
  private static final int MOST_ROWS = 10_000;

  private final List<String> names;
  private final String one;
  private final String many;

  /**
   * @param table with its schema
   * @param columns all of its columns in order, each a name, a space and a type
   */
  public RowInsert(String table, List<String> columns) {
    List<String> found = new ArrayList<>();
    List<String> values = new ArrayList<>();
    List<String> types = new ArrayList<>();
    for (String column : columns) {
      String name = column.substring(0, column.indexOf(' '));
      found.add(name);
      values.add("r." + name);
      types.add('"' + column.replace(" ", "\":\"") + '"');
    }
    String into = "INSERT INTO " + table;
    names = List.copyOf(found);
    one = into + " VALUES (" + String.join(", ", Collections.nCopies(names.size(), "?")) + ")";
    many =
        into
            + " SELECT "
            + String.join(", ", values)
            + " FROM (SELECT unnest(from_json(?, '[{"
            + String.join(",", types)
            + "}]')) AS r)";
  }

  /** The statement that creates such a table. */
  static String create(String table, List<String> columns) {
    return "CREATE TABLE " + table + " (" + String.join(", ", columns) + ")";
  }

  /** Inserts rows, each with a value or null for every column. */
  public void insert(EngineConnection connection, List<List<@Nullable Object>> rows) {
    if (rows.size() == 1) {
      connection.updateKept(one, rows.get(0).toArray());
      return;
    }
    for (int from = 0; from < rows.size(); from += MOST_ROWS) {
      connection.updateKept(
          many, json(rows.subList(from, Math.min(rows.size(), from + MOST_ROWS))));
    }
  }

  private String json(List<List<@Nullable Object>> rows) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode(rows.size());
    for (List<@Nullable Object> row : rows) {
      ObjectNode object = all.addObject();
      for (int i = 0; i < names.size(); i++) {
        object.putPOJO(names.get(i), row.get(i));
      }
    }
    return all.toString();
  }
}
