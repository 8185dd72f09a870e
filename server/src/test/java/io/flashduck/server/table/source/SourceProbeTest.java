package io.flashduck.server.table.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.config.DataFormat;
import io.flashduck.server.config.ReadOptions;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.EngineSettings;
import io.flashduck.server.engine.ReadPoolSettings;
import io.flashduck.server.table.source.SourceProbe.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What looking into files finds is what DuckDB finds, by whichever shorter way. */
final class SourceProbeTest {
  private static final int FILES = 120;

  @TempDir Path dir;
  private final BufferAllocator allocator = new RootAllocator();
  private Engine engine;
  private EngineConnection connection;
  private SourceProbe probe;

  @BeforeEach
  void open() throws IOException {
    engine =
        Engine.open(
            new EngineSettings(
                dir.resolve("x.duckdb"),
                dir.resolve("tmp"),
                List.of(dir.toRealPath()),
                "500MB",
                1,
                new ReadPoolSettings(1, Duration.ZERO)));
    connection = engine.openInternal();
    probe = new SourceProbe(connection, allocator);
  }

  @AfterEach
  void close() {
    connection.close();
    engine.close();
    allocator.close();
  }

  private Target target(Path file, DataFormat format) {
    return new Target(file, format, ReadOptions.DEFAULT, Map.of());
  }

  private String copy(String query, String name) throws IOException {
    Path file = dir.toRealPath().resolve(name);
    connection.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
    return file.toString();
  }

  @Test
  void probe_parquetOfEveryType_isAsDescribed() throws IOException {
    String flat =
        "SELECT 1::TINYINT a, 1::SMALLINT b, 1::INT c, 1::BIGINT d, 1::UTINYINT e, 1::USMALLINT f,"
            + " 1::UINTEGER g, 1::UBIGINT h, 1::FLOAT i, 1::DOUBLE j, 1::DECIMAL(4,1) k,"
            + " 1::DECIMAL(9,2) l, 1::DECIMAL(18,3) m, 1::DECIMAL(38,4) n, 'x' o, DATE '2020-01-01'"
            + " p, TIME '10:00' q, TIMESTAMP '2020-01-01' r, '2020-01-01'::TIMESTAMP_S s,"
            + " '2020-01-01'::TIMESTAMP_MS t, '2020-01-01'::TIMESTAMP_NS u,"
            + " '2020-01-01'::TIMESTAMPTZ v, uuid() w, true x, '{}'::JSON y, INTERVAL 1 DAY z,"
            + " 1::HUGEINT \"two words\"";
    String nested =
        "SELECT [1] a, {'x': 1, 'y': [{'z': 'q'}]} b, MAP {'a': 1.5} c, 'x'::BLOB d, '101'::BIT e";
    List<String> files = new ArrayList<>();
    for (String name : List.of("1", "2")) {
      files.add(copy(flat, "flat" + name + ".parquet"));
      files.add(copy(nested, "nested" + name + ".parquet"));
    }
    Map<Target, List<SourceColumn>> described = new LinkedHashMap<>();
    for (String file : files) {
      described.put(
          target(Path.of(file), DataFormat.PARQUET),
          connection
              .query(
                  "DESCRIBE SELECT * FROM read_parquet('" + file + "')",
                  row -> new Column(row.getString(1), row.getString(2)))
              .stream()
              .map(c -> new SourceColumn(c.name(), c.type(), true))
              .toList());
    }
    described.forEach(
        (target, columns) -> assertThat(probe.probe(target, false).columns()).isEqualTo(columns));
    Map<Target, FileProbe> together = probe.probeTogether(List.copyOf(described.keySet()));
    assertThat(together.keySet().stream().map(t -> t.path().getFileName().toString()))
        .containsExactlyInAnyOrder("flat1.parquet", "flat2.parquet");
    together.forEach(
        (target, found) -> assertThat(found.columns()).isEqualTo(described.get(target)));
  }

  @Test
  void probeTogether_brokenFileAmongOthers_othersAreKnown() throws IOException {
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      targets.add(target(Path.of(copy("SELECT 1 AS a", i + ".parquet")), DataFormat.PARQUET));
    }
    Files.writeString(targets.get(3).path(), "no parquet");
    Files.delete(targets.get(5).path());
    assertThat(probe.probeTogether(targets).keySet())
        .contains(targets.get(0), targets.get(1), targets.get(2)) // those of the half without them
        .doesNotContain(targets.get(3), targets.get(5));
  }

  /** Mostly plain files, which are not sniffed for their dialect, and some that are not. */
  @Test
  void probe_randomCsv_hasTheTypesAndRowsThatDuckDbFindsAlone() throws IOException {
    Random random = new Random(42);
    Path file = dir.toRealPath().resolve("r.csv");
    int plain = 0;
    for (int i = 0; i < FILES; i++) {
      String text = csv(random);
      Files.writeString(file, text);
      plain += CsvGlance.of(file).isPresent() ? 1 : 0;
      String alone = "read_csv('" + file + "', sample_size=-1)";
      List<String> types =
          connection.query(
              "DESCRIBE SELECT * FROM " + alone, row -> row.getString(1) + " " + row.getString(2));
      FileProbe found = probe.probe(target(file, DataFormat.CSV), true);
      List<Column> columns =
          found.columns().stream()
              .map(
                  c ->
                      new Column(
                          c.name(), c.type().equals(SourceColumn.UNKNOWN) ? "VARCHAR" : c.type()))
              .toList();
      assertThat(columns.stream().map(c -> c.name() + " " + c.type())).as(text).isEqualTo(types);
      List<Boolean> empty = new ArrayList<>();
      connection.query(
          "SELECT count(COLUMNS(*)) = 0 FROM " + alone,
          row -> {
            for (int c = 1; c <= found.columns().size(); c++) {
              empty.add(row.getBoolean(c));
            }
            return true;
          });
      assertThat(found.columns().stream().map(c -> c.type().equals(SourceColumn.UNKNOWN)).toList())
          .as(text)
          .isEqualTo(empty);
      String read =
          SourceSql.select(
              List.of(new SourceSql.Input(file.toString(), 1, 2, found, Map.of())),
              columns,
              Long.MIN_VALUE);
      String names = String.join(", ", columns.stream().map(c -> '"' + c.name() + '"').toList());
      assertThat(rows("SELECT " + names + " FROM (" + read + ")"))
          .as(text)
          .isEqualTo(rows("FROM " + alone));
    }
    assertThat(plain).isBetween(FILES / 3, FILES - 10);
  }

  private List<String> rows(String query) {
    return connection.query(
        "SELECT (q)::VARCHAR FROM (" + query + ") AS q", row -> String.valueOf(row.getString(1)));
  }

  private static String csv(Random random) {
    int columns = 2 + random.nextInt(3);
    char delimiter = random.nextInt(4) == 0 ? '\t' : ',';
    boolean special = random.nextInt(4) == 0;
    int[] kinds = random.ints(columns, 0, 6).toArray();
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < 2 + random.nextInt(6); line++) {
      for (int column = 0; column < columns; column++) {
        text.append(column == 0 ? "" : delimiter);
        text.append(line == 0 ? "c" + column : value(random, kinds[column], special));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String value(Random random, int kind, boolean special) {
    if (random.nextInt(6) == 0) {
      return kind == 0 ? "x" + random.nextInt(9) : "";
    }
    return switch (kind) {
      case 0 -> String.valueOf(random.nextInt(100));
      case 1 -> random.nextInt(100) / 8.0 + "";
      case 2 -> "2026-01-%02d".formatted(1 + random.nextInt(28));
      case 3 -> special ? "\"a b\"" : "a b";
      case 4 -> random.nextBoolean() ? "true" : "false";
      default -> "";
    };
  }
}
