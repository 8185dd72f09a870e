package io.flashduck.server.table.source;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.source.FileProbe.Reading;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The SELECT that reads one source file as rows of its table, hidden columns included.
 *
 * <p>Threading: stateless.
 */
public final class SourceSql {
  /** A column of this name, if it is a date or timestamp, gives each row its version. */
  public static final String MODIFIED_TIME = "_modified_time";

  private static final String FILE_ROW_NUMBER = "file_row_number";

  private SourceSql() {}

  /**
   * One file to read.
   *
   * @param path absolute, or the name of the registered stream of an Arrow file
   * @param id its id in {@code _flashduck.files}
   * @param modifiedNanos its modified time
   * @param probe what is in it
   * @param partitions values of its folder's name, by column
   */
  public record Input(
      String path, long id, long modifiedNanos, FileProbe probe, Map<String, String> partitions) {
    public Input {
      partitions = Map.copyOf(partitions);
    }
  }

  /**
   * The SELECT for one file.
   *
   * @param table the table's columns
   * @param floorVersion rows up to this version are left out
   */
  public static String select(Input input, List<Column> table, long floorVersion) {
    Map<String, String> types = new LinkedHashMap<>();
    table.forEach(c -> types.put(fold(c.name()), c.type()));
    Map<String, SourceColumn> present = new LinkedHashMap<>();
    input.probe().columns().forEach(c -> present.put(fold(c.name()), c));
    List<String> expressions = new ArrayList<>();
    for (Column column : table) {
      expressions.add(
          expression(input, column, present.get(fold(column.name())))
              + " AS "
              + SqlIdentifiers.quote(column.name()));
    }
    String version = version(input, table, present);
    expressions.add(version + " AS _fd_version");
    expressions.add(input.id() + "::BIGINT AS _fd_source");
    expressions.add(rowNumber(input, present) + " AS _fd_row");
    expressions.add("0::BIGINT AS _fd_sequence");
    String select =
        "SELECT "
            + String.join(", ", expressions)
            + " FROM "
            + from(input, types, present)
            + " AS src";
    boolean someBelowFloor =
        floorVersion != Long.MIN_VALUE && !version.equals(constantVersion(input));
    return someBelowFloor
        ? "SELECT * FROM (" + select + ") WHERE _fd_version > " + floorVersion
        : select;
  }

  private static String expression(
      Input input, Column column, @org.jspecify.annotations.Nullable SourceColumn source) {
    if (source == null) {
      return "CAST(NULL AS " + column.type() + ")";
    }
    Optional<String> partition = partition(input, column.name());
    if (partition.isPresent() && partition.get().equals(SourceFile.HIVE_NULL)) {
      return "CAST(NULL AS " + column.type() + ")";
    }
    if (partition.isPresent()) {
      return "CAST(" + SqlIdentifiers.literal(partition.get()) + " AS " + column.type() + ")";
    }
    String value = "src." + SqlIdentifiers.quote(source.name());
    boolean exact = source.type().equals(column.type()) || readsWithTableTypes(input);
    return exact ? value : "CAST(" + value + " AS " + column.type() + ")";
  }

  /**
   * Text readers are told the table's types, so that text is never read as something else first.
   */
  private static boolean readsWithTableTypes(Input input) {
    return input.probe().reading() instanceof Reading.Csv
        || input.probe().reading() instanceof Reading.Json;
  }

  private static Optional<String> partition(Input input, String column) {
    return input.partitions().entrySet().stream()
        .filter(p -> p.getKey().equalsIgnoreCase(column))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static String from(
      Input input, Map<String, String> types, Map<String, SourceColumn> present) {
    Reading reading = input.probe().reading();
    String path = Paths.literal(input.path());
    if (reading instanceof Reading.Parquet) {
      String row = present.containsKey(FILE_ROW_NUMBER) ? "" : ", file_row_number=true";
      return "read_parquet(" + path + row + ", hive_partitioning=false)";
    }
    if (reading instanceof Reading.Csv csv) {
      return readCsv(input.path(), csv, types);
    }
    if (reading instanceof Reading.Json json) {
      List<String> names =
          input.probe().columns().stream()
              .map(SourceColumn::name)
              .filter(name -> partition(input, name).isEmpty())
              .toList();
      String read = "read_json(" + path + ", hive_partitioning=false, columns=";
      return json.nulls()
          .map(nulls -> nulls.select(read, names, types, json.options()))
          .orElseGet(() -> read + columns(names, types) + json.options() + ")");
    }
    return SqlIdentifiers.quote(input.path()); // a registered stream
  }

  /** The call that reads a CSV file; columns without a type are text. */
  static String readCsv(String path, Reading.Csv csv, Map<String, String> types) {
    return "read_csv("
        + Paths.literal(path)
        + ", auto_detect=false, hive_partitioning=false, columns="
        + columns(csv.columns(), types)
        + csv.options()
        + ")";
  }

  /** The columns of a text file with the types that they are read as. */
  static String columns(List<String> names, Map<String, String> types) {
    return names.stream()
        .map(
            name ->
                SqlIdentifiers.literal(name)
                    + ": "
                    + SqlIdentifiers.literal(types.getOrDefault(fold(name), "VARCHAR")))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String rowNumber(Input input, Map<String, SourceColumn> present) {
    return input.probe().reading() instanceof Reading.Parquet
            && !present.containsKey(FILE_ROW_NUMBER)
        ? "src." + FILE_ROW_NUMBER
        : "row_number() OVER () - 1";
  }

  private static String constantVersion(Input input) {
    return input.modifiedNanos() + "::BIGINT";
  }

  /** The row's own modified time where it has one, in nanoseconds and kept within their range. */
  private static String version(
      Input input, List<Column> table, Map<String, SourceColumn> present) {
    Optional<Column> own =
        table.stream().filter(c -> c.name().equalsIgnoreCase(MODIFIED_TIME)).findFirst();
    SourceColumn source = present.get(MODIFIED_TIME);
    if (own.isEmpty()
        || source == null
        || TypeFamily.of(own.get().type()) != TypeFamily.DATE_AND_TIME) {
      return constantVersion(input);
    }
    String value = expression(input, own.get(), source);
    String nanos =
        own.get().type().equals("TIMESTAMP_NS")
            ? "epoch_ns(" + value + ")"
            : "least(greatest(epoch_us("
                + value
                + "::TIMESTAMP), -9223372036854775), 9223372036854775) * 1000";
    return "coalesce(CASE WHEN isfinite("
        + value
        + ") THEN "
        + nanos
        + " END, "
        + constantVersion(input)
        + ")";
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
