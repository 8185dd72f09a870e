package io.flashduck.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TablesConfigTest {
  private static final ExportConfig SERVER =
      new ExportConfig(
          new ExportSchedule(ExportPolicy.ALWAYS, Duration.ofSeconds(1), 100),
          ParquetCompression.ZSTD,
          3,
          122880,
          ParquetEncodings.DICTIONARY,
          0);

  @TempDir private Path dir;

  @Test
  void parse_everyOption_isInTheRecords() {
    TablesConfig config =
        TablesConfig.parse(
            "tables.yaml",
            """
            tables:
              orders: {key: id}
              Sales."Big.Table":
                key: [region, id]
                path: ./logs/web/
                include: ["**/*.log", other.txt]
                exclude: "**/debug-*"
                recursive: off
                hive_partitioning: false
                format: ndjson
                delimiter: "\\t"
                header: yes
                quote: "'"
                escape: ''
                null_strings: ["", NA, "null"]
                date_format: "%d.%m.%Y"
                timestamp_format: "%d.%m.%Y %H:%M"
                columns: {id: BIGINT, amount: "DECIMAL(12,2)"}
                schema_evolution: strict
                export:
                  policy: debounce
                  debounce: 10s
                  every_changes: 7
                  compression: snappy
                  compression_level: 9
                  row_group_rows: 4096
                  encodings: compact
                  keep_versions: 2
              plain:
            ignore: [raw/**]
            """);
    assertThat(config.tables())
        .extracting(TableOptions::displayName)
        .containsExactly("orders", "Sales.Big.Table", "plain");
    assertThat(config.options("MAIN", "Orders").key()).containsExactly("id");
    assertThat(config.find("main", "plain")).contains(TableOptions.defaults("main", "plain"));
    assertThat(config.options("x", "y")).isEqualTo(TableOptions.defaults("x", "y"));
    assertThat(config.ignore()).containsExactly(Glob.of("raw/**"));
    TableOptions big = config.options("sales", "big.table");
    assertThat(big.key()).containsExactly("region", "id");
    assertThat(big.files())
        .isEqualTo(
            new FileSelection(
                Optional.of("logs/web"),
                List.of(Glob.of("**/*.log"), Glob.of("other.txt")),
                List.of(Glob.of("**/debug-*")),
                false,
                false));
    assertThat(big.read().format()).contains(DataFormat.NDJSON);
    assertThat(big.read().text())
        .isEqualTo(
            new ReadOptions.TextOptions(
                new ReadOptions.CsvOptions(
                    Optional.of("\t"), Optional.of(true), Optional.of("'"), Optional.of("")),
                List.of("", "NA", "null"),
                Optional.of("%d.%m.%Y"),
                Optional.of("%d.%m.%Y %H:%M")));
    assertThat(big.read().columns().toString()).isEqualTo("{id=BIGINT, amount=DECIMAL(12,2)}");
    assertThat(big.merge().evolution()).isEqualTo(SchemaEvolution.STRICT);
    assertThat(big.merge().export().over(SERVER))
        .isEqualTo(
            new ExportConfig(
                new ExportSchedule(ExportPolicy.DEBOUNCE, Duration.ofSeconds(10), 7),
                ParquetCompression.SNAPPY,
                9,
                4096,
                ParquetEncodings.COMPACT,
                2));
    assertThat(TableOptions.defaults("a", "b").merge().export().over(SERVER)).isEqualTo(SERVER);
  }

  @Test
  void parse_manyErrors_areAllReportedWithFileAndLine() {
    String text =
        """
        tables:
          orders:
            kye: id
            recursive: maybe
          a.b.c: {}
          flashduck.x: {}
          ORDERS: {}
          customers:
            key: [id, ID]
            path: ../elsewhere
            include: ["/abs", {a: b}]
            null_strings: [~]
            columns: [id]
            export:
              policy: sometimes
              every-changes: 3
          hidden: {path: a/.git}
          odd: 17
        ignored: []
        """;
    FlashDuckException failure =
        catchThrowableOfType(FlashDuckException.class, () -> TablesConfig.parse("t.yaml", text));
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(String.valueOf(failure.getMessage()).lines())
        .containsExactlyInAnyOrder(
            "t.yaml:3: tables.orders.kye is not an option; did you mean key?",
            "t.yaml:4: tables.orders.recursive is 'maybe': expected on or off",
            "t.yaml:5: tables.a.b.c is not a table name; write table or schema.table, and \"a.b\""
                + " in double quotes inside of single ones for a name with a dot",
            "t.yaml:6: tables.flashduck.x is in the schema flashduck, which is reserved; choose"
                + " another",
            "t.yaml:7: tables.ORDERS is given twice; names that differ only in case are one table",
            "t.yaml:9: tables.customers.key names the column 'ID' twice",
            "t.yaml:10: tables.customers.path is '../elsewhere': expected a folder inside of the"
                + " data folder, relative to it and with / between names",
            "t.yaml:11: tables.customers.include has '/abs': expected a pattern for files, such as"
                + " **/*.csv, without / at its ends and without ..",
            "t.yaml:11: tables.customers.include takes a list of values, found a group of names",
            "t.yaml:12: tables.customers.null_strings takes a list of values, found nothing; put"
                + " null or ~ in quotes if that text is meant",
            "t.yaml:13: tables.customers.columns takes names with values, found a list",
            "t.yaml:15: tables.customers.export.policy is 'sometimes': expected one of always,"
                + " debounce, every, off",
            "t.yaml:16: tables.customers.export.every-changes is not an option; did you mean"
                + " every_changes?",
            "t.yaml:17: tables.hidden.path is 'a/.git': hidden folders are never read; rename it",
            "t.yaml:18: tables.odd takes names with values, found a single value",
            "t.yaml:19: ignored is not an option; did you mean ignore?");
  }

  @Test
  void parse_emptyOrOnlyComments_isEmpty() {
    assertThat(TablesConfig.parse("t.yaml", "")).isEqualTo(TablesConfig.EMPTY);
    assertThat(TablesConfig.parse("t.yaml", "# nothing\n")).isEqualTo(TablesConfig.EMPTY);
    assertThat(TablesConfig.parse("t.yaml", "tables:\n")).isEqualTo(TablesConfig.EMPTY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a             | [a]
          s.a           | [s, a]
          "a.b"         | [a.b]
          s."a.b"       | [s, a.b]
          "x""y"        | [x"y]
          a b           | [a b]
          a.b.c         | []
          a.            | []
          .a            | []
          "a            | []
          ""            | []
          a"b           | []
          """)
  void tableNameText_text_splitsAsInSql(String text, String expected) {
    assertThat(TableNameText.parts(text).toString()).isEqualTo(expected);
  }

  @Test
  void fingerprint_options_differWithMeaningOnly() {
    assertThat(ReadOptions.DEFAULT.fingerprint()).isEmpty();
    String comma = read("null_strings: ['a, b']").fingerprint();
    assertThat(comma)
        .matches("[0-9a-f]{16}")
        .isNotEqualTo(read("null_strings: [a, b]").fingerprint());
    assertThat(read("null_strings: ['a, b']").fingerprint()).isEqualTo(comma);
    assertThat(read("columns: {a: INT, b: INT}").fingerprint())
        .isNotEqualTo(read("columns: {b: INT, a: INT}").fingerprint());
    assertThat(read("key: id").fingerprint()).isEmpty();
  }

  @Test
  void tablesFile_brokenThenRepaired_keepsTheLastGoodOne() throws IOException {
    Path lastGood = dir.resolve("state/tables.last-good.yaml");
    Path yaml = dir.resolve("tables.yaml");
    TablesFile file = TablesFile.open(dir, lastGood);
    assertThat(file.current()).isEqualTo(TablesConfig.EMPTY);
    assertThat(file.problem()).isEmpty();

    Files.writeString(yaml, "tables: {orders: {key: id}}");
    assertThat(file.reload()).isTrue();
    assertThat(file.reload()).isFalse();
    TablesConfig good = file.current();
    assertThat(good.options("main", "orders").key()).containsExactly("id");

    Files.writeString(yaml, "tables: {orders: {kye: id}}");
    assertThat(file.reload()).isTrue();
    assertThat(file.current()).isEqualTo(good);
    assertThat(file.problem()).get().asString().contains("did you mean key?");
    TablesFile reopened = TablesFile.open(dir, lastGood);
    assertThat(reopened.current()).isEqualTo(good);
    assertThat(reopened.problem()).isPresent();

    Files.delete(yaml);
    assertThat(file.reload()).isTrue();
    assertThat(file.current()).isEqualTo(TablesConfig.EMPTY);
    assertThat(file.problem()).isEmpty();
    assertThat(lastGood).doesNotExist();
  }

  @Test
  void read_notUtf8_saysSo() throws IOException {
    Path file = Files.write(dir.resolve("tables.yaml"), new byte[] {(byte) 0xc3, 0x28});
    assertThatExceptionOfType(FlashDuckException.class)
        .isThrownBy(() -> TablesConfig.read(file))
        .withMessage(file + ": not UTF-8 text; save it as UTF-8");
  }

  private static ReadOptions read(String option) {
    return TablesConfig.parse("t.yaml", "tables:\n  t:\n    " + option + "\n")
        .options("main", "t")
        .read();
  }
}
