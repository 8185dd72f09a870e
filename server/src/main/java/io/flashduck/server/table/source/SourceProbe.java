package io.flashduck.server.table.source;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.config.DataFormat;
import io.flashduck.server.config.ReadOptions;
import io.flashduck.server.config.ReadOptions.TextOptions;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.RegisteredStream;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.merge.Hidden;
import io.flashduck.server.table.source.FileProbe.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Struct;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;

/**
 * Looks into source files: which columns they have and how they are to be read.
 *
 * <p>Threading: confined to the apply lane, whose connection it uses.
 */
public final class SourceProbe {
  private static final String STREAM = "_fd_probe";
  private static final long SMALL_FILE_BYTES = 16L << 20;

  private final EngineConnection connection;
  private final BufferAllocator allocator;
  private final ParquetSchemas parquetSchemas;

  public SourceProbe(EngineConnection connection, BufferAllocator allocator) {
    this.connection = connection;
    this.allocator = allocator;
    this.parquetSchemas = new ParquetSchemas(connection);
  }

  /**
   * A file to look into.
   *
   * @param path absolute
   * @param format what it holds
   * @param options how its table's files are read
   * @param partitions columns of its folder's name
   */
  public record Target(
      Path path, DataFormat format, ReadOptions options, Map<String, String> partitions) {
    public Target {
      partitions = Map.copyOf(partitions);
    }
  }

  /**
   * Looks into a file.
   *
   * @param thorough whether to read all of a text file for the types of its columns, not only its
   *     beginning
   * @throws FlashDuckException the file is broken, with the reason
   */
  public FileProbe probe(Target target, boolean thorough) {
    refuseEmpty(target.path());
    FileProbe found =
        switch (target.format()) {
          case PARQUET -> parquet(target.path());
          case CSV, TSV -> csv(target, thorough);
          case JSON, NDJSON -> json(target);
          case ARROW -> arrow(target.path());
        };
    return complete(found, target);
  }

  /**
   * Looks into many files with few statements.
   *
   * @return by target what was found; the others are to be looked into one by one
   */
  public Map<Target, FileProbe> probeTogether(List<Target> targets) {
    List<Target> parquet = targets.stream().filter(t -> t.format() == DataFormat.PARQUET).toList();
    Map<Path, List<Column>> schemas =
        parquetSchemas.of(parquet.stream().map(Target::path).toList());
    Map<Target, FileProbe> found = new HashMap<>();
    for (Target target : parquet) {
      List<Column> columns = schemas.get(target.path());
      if (columns != null
          && !columns.isEmpty()
          && columns.stream().noneMatch(c -> Hidden.isReserved(c.name()))) {
        found.put(
            target, complete(new FileProbe(typed(columns, true), new Reading.Parquet()), target));
      }
    }
    return found;
  }

  private static FileProbe complete(FileProbe found, Target target) {
    List<SourceColumn> columns = new ArrayList<>(found.columns());
    if (columns.isEmpty()) {
      throw broken("has no columns");
    }
    for (SourceColumn column : columns) {
      if (Hidden.isReserved(column.name())) {
        throw broken(
            "column "
                + column.name()
                + ": names that begin with "
                + Hidden.PREFIX
                + " are FlashDuck's own; rename it");
      }
    }
    target
        .partitions()
        .forEach(
            (name, value) -> {
              columns.removeIf(c -> c.name().equalsIgnoreCase(name));
              columns.add(new SourceColumn(name, Partitions.typeOf(value), false));
            });
    return new FileProbe(columns, found.reading());
  }

  private static void refuseEmpty(Path path) {
    try {
      if (Files.size(path) == 0) {
        throw broken("is empty (0 bytes)");
      }
    } catch (IOException e) {
      throw new FlashDuckException(ErrorCode.IO_ERROR, "cannot be read: " + e.getMessage(), e);
    }
  }

  static FlashDuckException broken(String reason) {
    return new FlashDuckException(ErrorCode.INVALID_REQUEST, reason);
  }

  private FileProbe parquet(Path path) {
    String from = "read_parquet(" + Paths.literal(path.toString()) + ", hive_partitioning=false)";
    return new FileProbe(typed(describe(from), true), new Reading.Parquet());
  }

  private FileProbe json(Target target) {
    String format =
        target.format() == DataFormat.NDJSON ? ", format='newline_delimited'" : ", format='auto'";
    String options = format + ReaderOptions.dates(target.options().text());
    String from =
        "read_json("
            + Paths.literal(target.path().toString())
            + ", hive_partitioning=false, sample_size=-1"
            + options
            + ")";
    List<Column> described = describe(from);
    List<String> texts =
        described.stream().filter(c -> c.type().equals("VARCHAR")).map(Column::name).toList();
    Set<String> filled = JsonGlance.withText(target.path(), texts);
    List<SourceColumn> columns = withoutGuesses(target, described, filled, from);
    return new FileProbe(
        columns, new Reading.Json(options, JsonNulls.of(target.options().text(), columns)));
  }

  private FileProbe arrow(Path path) {
    try (ArrowReader reader = ArrowFiles.open(path, allocator);
        RegisteredStream stream = connection.register(STREAM, reader, allocator)) {
      return new FileProbe(
          typed(describe(SqlIdentifiers.quote(stream.name())), true), new Reading.Arrow());
    } catch (IOException e) {
      throw new FlashDuckException(ErrorCode.IO_ERROR, "cannot be read: " + e.getMessage(), e);
    }
  }

  private FileProbe csv(Target target, boolean thorough) {
    Optional<CsvGlance> plain = glance(target);
    Sniffed sniffed = sniff(target, plain, thorough);
    if (sniffed.columns().size() == 1) {
      String header = sniffed.columns().get(0).name();
      CsvHeader.delimiter(header)
          .ifPresent(
              delimiter -> {
                throw unsplit(target.path(), CsvHeader.names(header, delimiter), delimiter);
              });
    }
    refuseLostLines(target.path(), sniffed.dialect());
    String options = ReaderOptions.csv(target.options().text(), sniffed.dialect(), target.path());
    List<String> names = sniffed.columns().stream().map(Column::name).toList();
    Reading.Csv reading = new Reading.Csv(options, names, !thorough);
    Set<String> filled =
        plain
            .filter(p -> sniffed.dialect().header() && sniffed.dialect().skip() == 0)
            .map(p -> filled(p, names, target.options().text().nullStrings()))
            .orElse(Set.of());
    return new FileProbe(
        withoutGuesses(
            target,
            sniffed.columns(),
            filled,
            SourceSql.readCsv(Paths.literal(target.path().toString()), reading, Map.of())),
        reading);
  }

  private static Optional<CsvGlance> glance(Target target) {
    return CsvGlance.of(target.path())
        .filter(p -> ReaderOptions.leavesDialect(target.options().text(), p.delimiter()))
        .filter(p -> target.format() != DataFormat.TSV || p.delimiter() == '\t');
  }

  private static Set<String> filled(CsvGlance plain, List<String> names, List<String> nulls) {
    Set<String> filled = new HashSet<>();
    for (int i = 0; i < names.size(); i++) {
      if (plain.hasValue(i, nulls)) {
        filled.add(names.get(i));
      }
    }
    return filled;
  }

  /**
   * A column without any value says nothing about its type, although the readers call it text. In a
   * large file it is not looked for.
   *
   * @param filled columns that are known to have values
   */
  private List<SourceColumn> withoutGuesses(
      Target target, List<Column> columns, Set<String> filled, String from) {
    List<String> doubtful =
        columns.stream()
            .filter(c -> c.type().equals("VARCHAR") || c.type().equals("JSON"))
            .map(Column::name)
            .filter(name -> !filled.contains(name))
            .toList();
    Set<String> empty = new HashSet<>();
    if (!doubtful.isEmpty() && isSmall(target.path())) {
      String counts =
          doubtful.stream()
              .map(name -> "count(" + SqlIdentifiers.quote(name) + ")")
              .collect(Collectors.joining(", "));
      connection.query(
          "SELECT " + counts + " FROM " + from,
          row -> {
            for (int i = 0; i < doubtful.size(); i++) {
              if (row.getLong(i + 1) == 0) {
                empty.add(doubtful.get(i));
              }
            }
            return true;
          });
    }
    return columns.stream()
        .map(
            c ->
                new SourceColumn(
                    c.name(), empty.contains(c.name()) ? SourceColumn.UNKNOWN : c.type(), false))
        .toList();
  }

  private static boolean isSmall(Path path) {
    try {
      return Files.size(path) <= SMALL_FILE_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  /** What DuckDB's sniffer found. */
  private record Sniffed(CsvDialect dialect, List<Column> columns) {}

  /** The sniffer skips lines that do not agree with later ones, also if rows are among them. */
  private void refuseLostLines(Path path, CsvDialect dialect) {
    if (dialect.skip() == 0) {
      return;
    }
    List<String> skipped =
        connection.query(
            "SELECT line FROM read_csv("
                + Paths.literal(path.toString())
                + ", auto_detect=false, header=false, delim=chr(1), quote='', escape='',"
                + " columns={'line': 'VARCHAR'}) LIMIT "
                + dialect.skip(),
            row -> Objects.requireNonNullElse(row.getString(1), ""));
    if (CsvHeader.isLost(skipped, dialect.delimiter(), dialect.header())) {
      String first = skipped.get(0);
      throw unsplit(path, CsvHeader.names(first, dialect.delimiter()), dialect.delimiter());
    }
  }

  /** Reads the file as its first line wants it, to learn which line does not agree. */
  private FlashDuckException unsplit(Path path, List<String> names, String delimiter) {
    String options = ", header=true, quote='\"', delim=" + SqlIdentifiers.literal(delimiter);
    Reading.Csv strict = new Reading.Csv(options, names, false);
    String where = "one of its lines has another number of values than the first";
    try {
      connection.query(
          "SELECT count(COLUMNS(*)) FROM "
              + SourceSql.readCsv(Paths.literal(path.toString()), strict, Map.of()),
          row -> true);
    } catch (FlashDuckException e) {
      where = CsvHeader.place(String.valueOf(e.getMessage())).orElse(where);
    }
    return broken(where + ". Correct the line, or set delimiter and quote in tables.yaml");
  }

  private Sniffed sniff(Target target, Optional<CsvGlance> plain, boolean thorough) {
    TextOptions text = target.options().text();
    String sql =
        "FROM sniff_csv("
            + Paths.literal(target.path().toString())
            + plain
                .map(p -> ReaderOptions.given(text, p))
                .orElseGet(() -> ReaderOptions.given(text, target.format()))
            + (thorough ? ", sample_size=-1" : "")
            + ")";
    return connection
        .query(
            sql,
            row ->
                new Sniffed(
                    new CsvDialect(
                        CsvDialect.text(row.getString("Delimiter")),
                        CsvDialect.text(row.getString("Quote")),
                        CsvDialect.text(row.getString("Escape")),
                        CsvDialect.text(row.getString("Comment")),
                        row.getLong("SkipRows"),
                        row.getBoolean("HasHeader"),
                        Optional.ofNullable(row.getString("DateFormat")),
                        Optional.ofNullable(row.getString("TimestampFormat"))),
                    columnsOf((Object[]) row.getArray("Columns").getArray())))
        .get(0);
  }

  /** Structs of a name and a type. */
  private static List<Column> columnsOf(Object... structs) throws SQLException {
    List<Column> columns = new ArrayList<>();
    for (Object struct : structs) {
      Object[] column = ((Struct) struct).getAttributes();
      columns.add(new Column(String.valueOf(column[0]), String.valueOf(column[1])));
    }
    return columns;
  }

  private List<Column> describe(String from) {
    return connection.columns("SELECT * FROM " + from);
  }

  private static List<SourceColumn> typed(List<Column> columns, boolean typed) {
    return columns.stream().map(c -> new SourceColumn(c.name(), c.type(), typed)).toList();
  }
}
