package io.flashduck.server.table.source;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The columns of many Parquet files, read by one statement for a hundred of them. Files whose
 * columns are not all plain are not in the answer: those are to be described one by one.
 *
 * <p>Threading: confined to its connection's lane.
 */
final class ParquetSchemas {
  private static final int FILES_AT_ONCE = 100;

  /** Types that the rest of the footer may say more about. */
  private static final Set<String> DOUBTFUL = Set.of("BLOB", "GEOMETRY", "\"NULL\"");

  private final EngineConnection connection;
  private final Map<Path, List<Column>> found = new HashMap<>();

  private ParquetSchemas(EngineConnection connection) {
    this.connection = connection;
  }

  /** The columns by path, as DESCRIBE says them; files that cannot be read are missing. */
  static Map<Path, List<Column>> of(EngineConnection connection, List<Path> files) {
    ParquetSchemas schemas = new ParquetSchemas(connection);
    for (int from = 0; from < files.size(); from += FILES_AT_ONCE) {
      schemas.read(files.subList(from, Math.min(files.size(), from + FILES_AT_ONCE)));
    }
    return schemas.found;
  }

  /** One entry of a footer's schema. */
  private record Element(
      String file, String name, @Nullable String type, @Nullable String repetition, boolean nests) {
    boolean plain() {
      return !nests
          && type != null
          && !DOUBTFUL.contains(type)
          && ("OPTIONAL".equals(repetition) || "REQUIRED".equals(repetition));
    }
  }

  private void read(List<Path> files) {
    if (files.size() < 2) {
      return;
    }
    List<Element> elements;
    try {
      elements = elements(files);
    } catch (FlashDuckException e) {
      int half = files.size() / 2; // one of them cannot be read
      read(files.subList(0, half));
      read(files.subList(half, files.size()));
      return;
    }
    Map<String, List<Element>> byFile =
        elements.stream().collect(Collectors.groupingBy(Element::file));
    for (Path file : files) {
      List<Element> schema = byFile.getOrDefault(file.toString(), List.of());
      if (!schema.isEmpty()) {
        List<Element> columns = schema.subList(1, schema.size()); // the first is the root
        if (columns.stream().allMatch(Element::plain) && namesDiffer(columns)) {
          found.put(file, columns(columns));
        }
      }
    }
  }

  private List<Element> elements(List<Path> files) {
    return connection.query(
        "SELECT file_name, name, duckdb_type, repetition_type, num_children IS NOT NULL FROM"
            + " parquet_schema("
            + files.stream()
                .map(file -> Paths.literal(file.toString()))
                .collect(Collectors.joining(", ", "[", "]"))
            + ")",
        row ->
            new Element(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getBoolean(5)));
  }

  private static boolean namesDiffer(List<Element> columns) {
    Set<String> names = new HashSet<>();
    return columns.stream().allMatch(c -> names.add(c.name().toLowerCase(Locale.ROOT)));
  }

  private static List<Column> columns(List<Element> elements) {
    List<Column> columns = new ArrayList<>();
    elements.forEach(e -> columns.add(new Column(e.name(), String.valueOf(e.type()))));
    return columns;
  }
}
