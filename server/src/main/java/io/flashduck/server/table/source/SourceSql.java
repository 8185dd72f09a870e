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
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The SELECT that reads source files as rows of their table, hidden columns included: one file, or
 * several with the same columns that are read in the same way.
 *
 * <p>Threading: confined to one call.
 */
public final class SourceSql {
  /** A column of this name, if it is a date or timestamp, gives each row its version. */
  public static final String MODIFIED_TIME = "_modified_time";

  private static final String FILE_ROW_NUMBER = "file_row_number";

  /** DuckDB's virtual column of the file's place in the list of files. */
  private static final String FILE_INDEX = "file_index";

  /** Of so many files it is quicker to look values up in lists than to join with a table. */
  private static final int FEW_FILES = 16;

  private final List<Input> inputs;
  private final Reading reading;
  private final List<Column> table;
  private final Map<String, String> types = new LinkedHashMap<>();
  private final Map<String, SourceColumn> present = new LinkedHashMap<>();

  /** What differs from file to file: a value for each file, by the name of its column. */
  private final Map<List<String>, String> ofEachFile = new LinkedHashMap<>();

  private SourceSql(List<Input> inputs, List<Column> table) {
    this.inputs = List.copyOf(inputs);
    this.reading = inputs.get(0).probe().reading();
    this.table = List.copyOf(table);
    table.forEach(c -> types.put(fold(c.name()), c.type()));
    inputs.get(0).probe().columns().forEach(c -> present.put(fold(c.name()), c));
  }

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
   * Whether files like this can be read together: DuckDB tells the rows of one from those of
   * another by virtual columns, which no column of the file may hide.
   */
  public static boolean canShare(FileProbe probe) {
    boolean plain =
        probe.reading() instanceof Reading.Json json
            ? json.nulls().isEmpty()
            : !(probe.reading() instanceof Reading.Arrow);
    return plain
        && probe.columns().stream()
            .map(c -> fold(c.name()))
            .noneMatch(Set.of(FILE_ROW_NUMBER, FILE_INDEX, "filename")::contains);
  }

  /** Whether rows have to be counted as they come, because the reader does not number them. */
  public static boolean isNumberedInFlow(FileProbe probe) {
    return probe.reading() instanceof Reading.Csv || probe.reading() instanceof Reading.Json;
  }

  /**
   * The SELECT for these files.
   *
   * @param inputs one file; or several with equal probes, except for the values of their folders,
   *     for which {@link #canShare} holds
   * @param table the table's columns
   * @param floorVersion rows up to this version are left out
   */
  public static String select(List<Input> inputs, List<Column> table, long floorVersion) {
    return new SourceSql(inputs, table).select(floorVersion, true);
  }

  /** The SELECT for all rows of a file, in their order, without their numbers. */
  public static String selectUnnumbered(Input input, List<Column> table) {
    return new SourceSql(List.of(input), table).select(Long.MIN_VALUE, false);
  }

  private String select(long floorVersion, boolean numbered) {
    List<String> expressions = new ArrayList<>();
    for (Column column : table) {
      expressions.add(expression(column) + " AS " + SqlIdentifiers.quote(column.name()));
    }
    String version = version();
    expressions.add(version + " AS _fd_version");
    expressions.add(perFile(input -> String.valueOf(input.id()), "BIGINT") + " AS _fd_source");
    if (numbered) {
      expressions.add(rowNumber() + " AS _fd_row");
    }
    expressions.add("0::BIGINT AS _fd_sequence");
    String select =
        "SELECT " + String.join(", ", expressions) + " FROM " + from() + " AS src" + joinFiles();
    boolean someBelowFloor = floorVersion != Long.MIN_VALUE && !version.equals(constantVersion());
    return someBelowFloor
        ? "SELECT * FROM (" + select + ") WHERE _fd_version > " + floorVersion
        : select;
  }

  /**
   * A value that each file has, the same for all of its rows: a constant, or an element of a list,
   * which is copied for each chunk of rows; of many files a column of a table that is joined.
   */
  private String perFile(Function<Input, String> value, String type) {
    List<String> values =
        inputs.stream().map(input -> "CAST(" + value.apply(input) + " AS " + type + ")").toList();
    if (Set.copyOf(values).size() == 1) {
      return values.get(0);
    }
    if (inputs.size() <= FEW_FILES) {
      return "list_extract([" + String.join(", ", values) + "], " + fileIndex() + "::BIGINT + 1)";
    }
    return "of_file." + ofEachFile.computeIfAbsent(values, v -> "_fd_value_" + ofEachFile.size());
  }

  /** The table of files, if they differ. Rows are numbered before, so their order is of no use. */
  private String joinFiles() {
    if (ofEachFile.isEmpty()) {
      return "";
    }
    List<String> rows = new ArrayList<>();
    for (int file = 0; file < inputs.size(); file++) {
      List<String> row = new ArrayList<>(List.of("CAST(" + file + " AS UBIGINT)"));
      for (List<String> values : ofEachFile.keySet()) {
        row.add(values.get(file));
      }
      rows.add("(" + String.join(", ", row) + ")");
    }
    return " JOIN (VALUES "
        + String.join(", ", rows)
        + ") AS of_file(_fd_index, "
        + String.join(", ", ofEachFile.values())
        + ") ON of_file._fd_index = "
        + fileIndex();
  }

  /** The file's place among the inputs. */
  private String fileIndex() {
    return "src." + (inOneFlow() ? "_fd_file" : FILE_INDEX);
  }

  private String expression(Column column) {
    SourceColumn source = present.get(fold(column.name()));
    if (source == null) {
      return "CAST(NULL AS " + column.type() + ")";
    }
    if (isPartition(column.name())) {
      String text = perFile(input -> partition(input, column.name()), "VARCHAR");
      return "CAST(" + text + " AS " + column.type() + ")";
    }
    String value = "src." + SqlIdentifiers.quote(source.name());
    boolean exact = source.type().equals(column.type()) || readsWithTableTypes();
    return exact ? value : "CAST(" + value + " AS " + column.type() + ")";
  }

  /**
   * Text readers are told the table's types, so that text is never read as something else first.
   */
  private boolean readsWithTableTypes() {
    return reading instanceof Reading.Csv || reading instanceof Reading.Json;
  }

  private boolean isPartition(String column) {
    return inputs.get(0).partitions().keySet().stream().anyMatch(column::equalsIgnoreCase);
  }

  /** The value of the folder's name, as SQL. */
  private static String partition(Input input, String column) {
    return input.partitions().entrySet().stream()
        .filter(p -> p.getKey().equalsIgnoreCase(column))
        .map(Map.Entry::getValue)
        .filter(value -> !value.equals(SourceFile.HIVE_NULL))
        .findFirst()
        .map(SqlIdentifiers::literal)
        .orElse("NULL");
  }

  private String from() {
    String paths = paths(inputs.stream().map(Input::path).toList());
    if (reading instanceof Reading.Parquet) {
      String row = present.containsKey(FILE_ROW_NUMBER) ? "" : ", file_row_number=true";
      return "read_parquet(" + paths + row + ", hive_partitioning=false)";
    }
    if (reading instanceof Reading.Csv csv) {
      return inOneFlow(readCsv(paths, csv, types));
    }
    if (reading instanceof Reading.Json json) {
      List<String> names =
          inputs.get(0).probe().columns().stream()
              .map(SourceColumn::name)
              .filter(name -> !isPartition(name))
              .toList();
      String read = "read_json(" + paths + ", hive_partitioning=false, columns=";
      return json.nulls()
          .map(nulls -> nulls.select(read, names, types, json.options()))
          .orElseGet(() -> inOneFlow(read + columns(names, types) + json.options() + ")"));
    }
    return SqlIdentifiers.quote(inputs.get(0).path()); // a registered stream
  }

  /** Whether the rows of several text files are numbered as they come, one file after the other. */
  private boolean inOneFlow() {
    return inputs.size() > 1 && !(reading instanceof Reading.Parquet);
  }

  /**
   * Text readers do not number the rows of a file, but keep the order of files and rows. Frames
   * that end with the current row are computed as rows flow, without collecting them.
   */
  private String inOneFlow(String call) {
    return inOneFlow()
        ? "(SELECT *, _fd_number - max(CASE WHEN _fd_file_before IS DISTINCT FROM _fd_file THEN"
            + " _fd_number END) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS"
            + " _fd_number_in_file FROM (SELECT *, file_index AS _fd_file, row_number() OVER () AS"
            + " _fd_number, lag(file_index) OVER () AS _fd_file_before FROM "
            + call
            + "))"
        : call;
  }

  private static String paths(List<String> paths) {
    return paths.size() == 1
        ? Paths.literal(paths.get(0))
        : paths.stream().map(Paths::literal).collect(Collectors.joining(", ", "[", "]"));
  }

  /**
   * The call that reads CSV files; columns without a type are text.
   *
   * @param paths a literal or a list of literals
   */
  static String readCsv(String paths, Reading.Csv csv, Map<String, String> types) {
    return "read_csv("
        + paths
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

  /** From 0 in each file. */
  private String rowNumber() {
    if (reading instanceof Reading.Parquet && !present.containsKey(FILE_ROW_NUMBER)) {
      return "src." + FILE_ROW_NUMBER;
    }
    return inOneFlow() ? "src._fd_number_in_file" : "row_number() OVER () - 1";
  }

  private String constantVersion() {
    return perFile(input -> String.valueOf(input.modifiedNanos()), "BIGINT");
  }

  /** The row's own modified time where it has one, in nanoseconds and kept within their range. */
  private String version() {
    Optional<Column> own =
        table.stream().filter(c -> c.name().equalsIgnoreCase(MODIFIED_TIME)).findFirst();
    if (own.isEmpty()
        || !present.containsKey(MODIFIED_TIME)
        || TypeFamily.of(own.get().type()) != TypeFamily.DATE_AND_TIME) {
      return constantVersion();
    }
    String value = expression(own.get());
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
        + constantVersion()
        + ")";
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
