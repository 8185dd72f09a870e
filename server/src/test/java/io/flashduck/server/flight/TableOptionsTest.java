package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every option of {@code tables.yaml}, in each format that it applies to, as a client sees it. */
@Timeout(60)
class TableOptionsTest {
  private static final List<String> FORMATS =
      List.of("parquet", "csv", "tsv", "json", "ndjson", "arrow");
  private static final List<String> TEXT = List.of("csv", "tsv", "json", "ndjson");
  private static final List<String> DELIMITED = List.of("csv", "tsv");

  @TempDir private Path folder;
  private final List<String> yaml = new ArrayList<>(List.of("tables:"));

  private DataFiles files() {
    return new DataFiles(folder);
  }

  private void table(String name, String... options) {
    yaml.add("  " + name + ":");
    for (String option : options) {
      yaml.add("    " + option);
    }
  }

  private FlightFixture open() throws Exception {
    Files.write(folder.resolve("tables.yaml"), yaml);
    return new FlightFixture(folder, Map.of("data.settle", "0ms"));
  }

  private static void assertNoProblem(FlightFixture flight) {
    assertThat(
            flight.rows("SELECT path, state, reason FROM flashduck.files WHERE state <> 'loaded'"))
        .isEmpty();
  }

  @Test
  void key_inEveryFormat_keepsTheNewestRow() throws Exception {
    for (String format : FORMATS) {
      String table = "one_" + format;
      table(table, "path: " + table, "key: code");
      files().write(table + "/a." + format, "SELECT 'x' AS code, 1 AS v UNION ALL SELECT 'y', 2");
      files().write(table + "/b." + format, "SELECT 'y' AS code, 3 AS v UNION ALL SELECT 'z', 4");
      String two = "two_" + format;
      table(two, "path: " + two, "key: [code, n]");
      files().write(two + "/a." + format, "SELECT 'x' AS code, 1 AS n, 1 AS v");
      files()
          .write(
              two + "/b." + format,
              "SELECT 'x' AS code, 1 AS n, 2 AS v UNION ALL SELECT 'x', 2, 3");
    }
    try (FlightFixture flight = open()) {
      for (String format : FORMATS) {
        assertThat(flight.rows("SELECT code, v FROM one_" + format + " ORDER BY code"))
            .as(format)
            .containsExactly(List.of("x", "1"), List.of("y", "3"), List.of("z", "4"));
        assertThat(flight.rows("SELECT code, n, v FROM two_" + format + " ORDER BY n"))
            .as(format)
            .containsExactly(List.of("x", "1", "2"), List.of("x", "2", "3"));
      }
      assertNoProblem(flight);
    }
  }

  @Test
  void format_namesWhatTheNameDoesNotSay() throws Exception {
    for (String format : FORMATS) {
      String table = "f_" + format;
      table(table, "path: " + table, "include: ['*.dat', '*.dat.gz']", "format: " + format);
      Path file = files().write(table + "/x." + format, "SELECT 7 AS id, 'a' AS name");
      Files.move(file, file.resolveSibling("x.dat"));
    }
    files().copy("f_csv/y.dat.gz", "SELECT 8 AS id, 'b' AS name", "FORMAT csv, COMPRESSION gzip");
    try (FlightFixture flight = open()) {
      for (String format : FORMATS) {
        assertThat(flight.rows("SELECT id, name FROM f_" + format + " WHERE id = 7"))
            .as(format)
            .containsExactly(List.of("7", "a"));
      }
      assertThat(flight.rows("SELECT count(*) FROM f_csv")).containsExactly(List.of("2"));
      assertNoProblem(flight);
    }
  }

  @Test
  void delimiterHeaderQuoteEscape_ofCsvAndTsv() throws Exception {
    table("semicolon", "delimiter: ';'");
    files().text("semicolon.csv", "id;x", "1;a,b");
    table("bars", "delimiter: '||'");
    files().text("bars.csv", "id||x", "1||a|b");
    table("tabs", "delimiter: '\\t'");
    files().text("tabs.csv", "id\tx", "1\ta,b");
    table("pipes", "delimiter: '|'");
    files().text("pipes.tsv", "id|x", "1|a\tb");
    for (String format : DELIMITED) {
      String d = format.equals("csv") ? "," : "\t";
      table("without_" + format, "header: false");
      files().text("without_" + format + "." + format, "id" + d + "x", "one" + d + "a");
      table("with_" + format, "header: true");
      files().text("with_" + format + "." + format, "first" + d + "x", "one" + d + "a");
      table("quoted_" + format, "quote: \"'\"", "escape: '!'");
      files().text("quoted_" + format + "." + format, "id" + d + "x", "1" + d + "'a!'" + d + "b'");
      table("unquoted_" + format, "quote: ''", "escape: ''");
      files().text("unquoted_" + format + "." + format, "id" + d + "x", "1" + d + "\"a");
    }
    try (FlightFixture flight = open()) {
      assertThat(flight.rows("FROM semicolon")).containsExactly(List.of("1", "a,b"));
      assertThat(flight.rows("FROM bars")).containsExactly(List.of("1", "a|b"));
      assertThat(flight.rows("FROM tabs")).containsExactly(List.of("1", "a,b"));
      assertThat(flight.rows("FROM pipes")).containsExactly(List.of("1", "a\tb"));
      for (String format : DELIMITED) {
        String d = format.equals("csv") ? "," : "\t";
        assertThat(flight.rows("SELECT * FROM without_" + format + " ORDER BY ALL"))
            .containsExactly(List.of("id", "x"), List.of("one", "a"));
        assertThat(flight.rows("SELECT first, x FROM with_" + format))
            .containsExactly(List.of("one", "a"));
        assertThat(flight.rows("FROM quoted_" + format))
            .containsExactly(List.of("1", "a'" + d + "b"));
        assertThat(flight.rows("FROM unquoted_" + format)).containsExactly(List.of("1", "\"a"));
      }
      assertNoProblem(flight);
    }
  }

  @Test
  void nullStrings_inEveryTextFormat() throws Exception {
    for (String format : TEXT) {
      table("n_" + format, "null_strings: ['', 'n/a', \"null\"]");
      files()
          .write(
              "n_" + format + "." + format,
              "SELECT 1 AS id, '12' AS n, 'n/a' AS s UNION ALL SELECT 2, 'n/a', 'word' UNION ALL"
                  + " SELECT 3, 'null', '' UNION ALL SELECT 4, '', 'null'");
    }
    try (FlightFixture flight = open()) {
      for (String format : TEXT) {
        assertThat(flight.rows("SELECT id, n::INTEGER, s FROM n_" + format + " ORDER BY id"))
            .as(format)
            .containsExactly(
                List.of("1", "12", "null"),
                List.of("2", "null", "word"),
                List.of("3", "null", "null"),
                List.of("4", "null", "null"));
      }
      assertNoProblem(flight);
    }
  }

  @Test
  void dateFormats_inEveryTextFormat() throws Exception {
    for (String format : TEXT) {
      table("d_" + format, "date_format: '%d.%m.%Y'", "timestamp_format: '%d.%m.%Y at %H:%M'");
      files()
          .write(
              "d_" + format + "." + format,
              "SELECT 1 AS id, '03.02.2026' AS d, '03.02.2026 at 14:30' AS t");
    }
    try (FlightFixture flight = open()) {
      for (String format : TEXT) {
        assertThat(
                flight.rows("SELECT typeof(d), d::VARCHAR, typeof(t), t::VARCHAR FROM d_" + format))
            .as(format)
            .containsExactly(List.of("DATE", "2026-02-03", "TIMESTAMP", "2026-02-03 14:30:00"));
      }
      assertNoProblem(flight);
    }
  }

  @Test
  void columns_giveTypesInEveryFormat() throws Exception {
    for (String format : FORMATS) {
      table("c_" + format, "columns: {id: VARCHAR, credit: 'DECIMAL(12,2)', day: DATE}");
      files()
          .write(
              "c_" + format + "." + format,
              "SELECT 7 AS id, 1.5::DOUBLE AS credit, '2026-01-02' AS day, 5::BIGINT AS other");
    }
    try (FlightFixture flight = open()) {
      for (String format : FORMATS) {
        assertThat(
                flight.rows(
                    "SELECT typeof(id), id, typeof(credit), credit, typeof(day), day::VARCHAR,"
                        + " typeof(other) FROM c_"
                        + format))
            .as(format)
            .containsExactly(
                List.of("VARCHAR", "7", "DECIMAL(12,2)", "1.50", "DATE", "2026-01-02", "BIGINT"));
      }
      assertNoProblem(flight);
    }
  }

  @Test
  void pathIncludeExcludeRecursive_chooseFilesOfAnyFormat() throws Exception {
    table("chosen", "path: in", "include: ['**/*.csv', '*.ndjson']", "exclude: ['**/debug-*']");
    table("flat", "path: logs/web", "recursive: off");
    table("deep", "path: logs/deep");
    files().write("in/a.csv", "SELECT 1 AS n");
    files().write("in/x/b.csv", "SELECT 2 AS n");
    files().write("in/x/debug-c.csv", "SELECT 3 AS n");
    files().write("in/d.ndjson", "SELECT 4 AS n");
    files().write("in/x/e.ndjson", "SELECT 5 AS n");
    files().write("logs/web/a.parquet", "SELECT 1 AS n");
    files().write("logs/web/x/b.parquet", "SELECT 2 AS n");
    files().write("logs/deep/a.tsv", "SELECT 1 AS n, 5 AS m");
    files().write("logs/deep/x/y/b.arrow", "SELECT 2 AS n");
    try (FlightFixture flight = open()) {
      assertThat(flight.rows("SELECT n FROM chosen ORDER BY n"))
          .containsExactly(List.of("1"), List.of("2"), List.of("4"));
      assertThat(flight.rows("SELECT n FROM flat")).containsExactly(List.of("1"));
      assertThat(flight.rows("SELECT n, m FROM deep ORDER BY n"))
          .containsExactly(List.of("1", "5"), List.of("2", "null"));
    }
  }

  @Test
  void hivePartitioning_onAndOffInEveryFormat() throws Exception {
    for (String format : FORMATS) {
      table("on_" + format);
      table("off_" + format, "hive_partitioning: off");
      for (String switched : List.of("on_", "off_")) {
        files()
            .write(switched + format + "/day=2026-01-02/shop=a%20b/x." + format, "SELECT 1 AS n");
      }
    }
    try (FlightFixture flight = open()) {
      for (String format : FORMATS) {
        assertThat(flight.rows("SELECT n, day::VARCHAR, shop, typeof(day) FROM on_" + format))
            .as(format)
            .containsExactly(List.of("1", "2026-01-02", "a b", "DATE"));
        assertThat(flight.rows("SELECT * FROM off_" + format))
            .as(format)
            .containsExactly(List.of("1"));
      }
      assertNoProblem(flight);
    }
  }

  @Test
  void schemaEvolution_unionAndStrictInEveryFormat() throws Exception {
    for (String format : FORMATS) {
      for (String evolution : List.of("union", "strict")) {
        String table = evolution + "_" + format;
        table(table, "path: " + table, "schema_evolution: " + evolution);
        files().write(table + "/a." + format, "SELECT 1::BIGINT AS id, 5::BIGINT AS x");
        files().write(table + "/b." + format, "SELECT 2::BIGINT AS id, 2.5::DOUBLE AS x");
        files().write(table + "/c." + format, "SELECT 3::BIGINT AS id, 'new' AS extra");
      }
    }
    try (FlightFixture flight = open()) {
      for (String format : FORMATS) {
        assertThat(flight.rows("SELECT id, x, extra FROM union_" + format + " ORDER BY id"))
            .as(format)
            .containsExactly(
                List.of("1", "5.0", "null"),
                List.of("2", "2.5", "null"),
                List.of("3", "null", "new"));
        assertThat(flight.rows("SELECT id, x FROM strict_" + format))
            .as(format)
            .containsExactly(List.of("1", "5"));
        assertThat(
                flight.rows(
                    "SELECT path, state, reason FROM flashduck.files WHERE table_name = 'strict_"
                        + format
                        + "' AND state <> 'loaded' ORDER BY path"))
            .as(format)
            .hasSize(2)
            .allSatisfy(row -> assertThat(row.get(2)).contains("strict", "column x"));
      }
    }
  }

  @Test
  void arrow_fileAndStream_compressedWithDictionaries() throws Exception {
    String query =
        "SELECT i AS id, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END::ENUM('even', 'odd') AS"
            + " kind, [i, i + 1] AS list, {'a': i, 'b': 'x' || i} AS s FROM range(5) t(i)";
    for (CodecType codec : List.of(CodecType.NO_COMPRESSION, CodecType.LZ4_FRAME, CodecType.ZSTD)) {
      String name =
          codec == CodecType.NO_COMPRESSION
              ? "plain"
              : codec.name().toLowerCase(java.util.Locale.ROOT);
      files().arrow(name + "_file.arrow", query, true, codec);
      files().arrow(name + "_stream.arrows", query, false, codec);
      files().arrow(name + "_named_file.feather", query, false, codec);
    }
    try (FlightFixture flight = open()) {
      assertNoProblem(flight);
      for (String codec : List.of("plain", "lz4_frame", "zstd")) {
        for (String kind : List.of("_file", "_stream", "_named_file")) {
          assertThat(
                  flight.rows(
                      "SELECT id, kind::VARCHAR, list[2], s.b FROM "
                          + codec
                          + kind
                          + " ORDER BY id"))
              .as(codec + kind)
              .hasSize(5)
              .startsWith(List.of("0", "even", "1", "x0"), List.of("1", "odd", "2", "x1"));
        }
      }
    }
  }

  @Test
  void textBesideParquet_widensItsTypes_andIsNotRounded() throws Exception {
    for (String format : TEXT) {
      String table = "fine_" + format;
      table(table, "path: " + table);
      files().write(table + "/a.parquet", "SELECT 1 AS id, 5 AS x, DATE '2026-01-01' AS t");
      files()
          .write(
              table + "/b." + format,
              "SELECT 2 AS id, 1.5::DOUBLE AS x, TIMESTAMP '2026-01-02 10:30:00' AS t");
    }
    try (FlightFixture flight = open()) {
      for (String format : TEXT) {
        assertThat(flight.rows("SELECT id, x, t::VARCHAR FROM fine_" + format + " ORDER BY id"))
            .as(format)
            .containsExactly(
                List.of("1", "5.0", "2026-01-01 00:00:00"),
                List.of("2", "1.5", "2026-01-02 10:30:00"));
      }
      assertNoProblem(flight);
    }
  }
}
