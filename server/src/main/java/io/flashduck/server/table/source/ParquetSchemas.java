package io.flashduck.server.table.source;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.FlashDuckException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The columns of Parquet files. DuckDB is asked once for each schema, which is known again by its
 * bytes ({@link ParquetFooter}). Files whose columns are not all plain are not in the answer: those
 * are to be described one by one.
 *
 * <p>Threading: confined to its connection's lane.
 */
final class ParquetSchemas {
  private static final int MOST_KNOWN = 256;

  /** Types that the rest of the footer may say more about. */
  private static final Set<String> DOUBTFUL = Set.of("BLOB", "GEOMETRY", "\"NULL\"");

  private final EngineConnection connection;

  /** By schema; empty for one whose columns are not plain. */
  private final Map<ByteBuffer, Optional<List<Column>>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Optional<List<Column>>> eldest) {
          return size() > MOST_KNOWN;
        }
      };

  ParquetSchemas(EngineConnection connection) {
    this.connection = connection;
  }

  /** The columns by path, as DESCRIBE says them; files that cannot be read are missing. */
  Map<Path, List<Column>> of(List<Path> files) {
    Map<Path, List<Column>> found = new HashMap<>();
    for (Path file : files) {
      ParquetFooter.schema(file)
          .flatMap(schema -> columns(schema, file))
          .ifPresent(columns -> found.put(file, columns));
    }
    return found;
  }

  private Optional<List<Column>> columns(ByteBuffer schema, Path file) {
    Optional<List<Column>> columns = known.get(schema);
    if (columns != null) {
      return columns;
    }
    Optional<List<Element>> asked = ask(file);
    if (asked.isEmpty() || !ParquetFooter.schema(file).map(schema::equals).orElse(false)) {
      return Optional.empty(); // it cannot be read, or is another one now
    }
    Optional<List<Column>> answer = asked.flatMap(ParquetSchemas::plain);
    known.put(schema, answer);
    return answer;
  }

  /** One entry of a footer's schema. */
  private record Element(
      String name, @Nullable String type, @Nullable String repetition, boolean nests) {
    boolean plain() {
      return !nests
          && type != null
          && !DOUBTFUL.contains(type)
          && ("OPTIONAL".equals(repetition) || "REQUIRED".equals(repetition));
    }
  }

  private Optional<List<Element>> ask(Path file) {
    try {
      return Optional.of(
          connection.query(
              "SELECT name, duckdb_type, repetition_type, num_children IS NOT NULL FROM"
                  + " parquet_schema("
                  + Paths.literal(file.toString())
                  + ")",
              row ->
                  new Element(
                      row.getString(1), row.getString(2), row.getString(3), row.getBoolean(4))));
    } catch (FlashDuckException e) {
      return Optional.empty(); // whoever describes it alone says why
    }
  }

  private static Optional<List<Column>> plain(List<Element> schema) {
    if (schema.isEmpty()) {
      return Optional.empty();
    }
    List<Element> columns = schema.subList(1, schema.size()); // the first is the root
    return columns.stream().allMatch(Element::plain) && namesDiffer(columns)
        ? Optional.of(columns(columns))
        : Optional.empty();
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
