package io.flashduck.server.table.source;

import io.flashduck.server.config.ReadOptions.TextOptions;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Texts that mean null in JSON files. DuckDB's reader has no option for them, so columns of text
 * are read as text, and get the table's type when these texts are gone.
 *
 * <p>Threading: immutable.
 *
 * @param options what {@code tables.yaml} gives, null strings among it
 * @param texts the columns that have text in the file, in lower case
 */
record JsonNulls(TextOptions options, List<String> texts) {
  JsonNulls {
    texts = List.copyOf(texts);
  }

  /** Empty if there is nothing to be done about the null strings. */
  static Optional<JsonNulls> of(TextOptions options, List<SourceColumn> columns) {
    List<String> texts =
        columns.stream()
            .filter(column -> TypeFamilies.isText(column.type()))
            .map(column -> column.name().toLowerCase(Locale.ROOT))
            .toList();
    return options.nullStrings().isEmpty() || texts.isEmpty()
        ? Optional.empty()
        : Optional.of(new JsonNulls(options, texts));
  }

  /**
   * The rows of a file with the table's types, as a table of a FROM clause.
   *
   * @param read the reader's call, up to the columns
   * @param names the file's columns
   * @param types the table's types by column in lower case
   * @param more further options of the reader, each with a comma in front
   */
  String select(String read, List<String> names, Map<String, String> types, String more) {
    Map<String, String> readAs = new HashMap<>(types);
    texts.forEach(column -> readAs.put(column, "VARCHAR"));
    String values =
        names.stream()
            .map(
                name -> {
                  String folded = name.toLowerCase(Locale.ROOT);
                  return texts.contains(folded)
                      ? value(name, types.getOrDefault(folded, "VARCHAR"))
                      : SqlIdentifiers.quote(name);
                })
            .collect(Collectors.joining(", "));
    return "(SELECT " + values + " FROM " + read + SourceSql.columns(names, readAs) + more + "))";
  }

  private String value(String name, String type) {
    String column = SqlIdentifiers.quote(name);
    String nulls =
        options.nullStrings().stream()
            .map(SqlIdentifiers::literal)
            .collect(Collectors.joining(", "));
    String text = "CASE WHEN " + column + " NOT IN (" + nulls + ") THEN " + column + " END";
    Optional<String> pattern =
        type.equals("DATE")
            ? options.dateFormat()
            : type.startsWith("TIMESTAMP") ? options.timestampFormat() : Optional.empty();
    String parsed =
        pattern
            .map(format -> "strptime(" + text + ", " + SqlIdentifiers.literal(format) + ")")
            .orElse(text);
    return "CAST(" + parsed + " AS " + type + ") AS " + column;
  }
}
