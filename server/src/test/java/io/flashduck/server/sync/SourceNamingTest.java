package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.config.DataFormat;
import io.flashduck.server.config.TablesConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SourceNamingTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # files at the top
          orders.parquet                    | main.orders parquet
          orders.csv                        | main.orders csv
          orders.tsv                        | main.orders tsv
          orders.json                       | main.orders json
          orders.ndjson                     | main.orders ndjson
          orders.jsonl                      | main.orders ndjson
          orders.arrow                      | main.orders arrow
          orders.feather                    | main.orders arrow
          orders.ipc                        | main.orders arrow
          orders.arrows                     | main.orders arrow
          ORDERS.PARQUET                    | main.ORDERS parquet
          orders.csv.gz                     | main.orders csv.gz
          orders.jsonl.zst                  | main.orders ndjson.zst
          Orders.Csv.GZ                     | main.Orders csv.gz
          orders.2024.csv                   | main.orders.2024 csv
          my orders.csv                     | main.my orders csv
          # more files of one table
          orders_partition_1.parquet        | main.orders parquet
          orders_partition_a.b.csv.gz       | main.orders csv.gz
          a_partition_b_partition_c.csv     | main.a csv
          orders_partition_.csv             | main.orders_partition_ csv
          _partition_1.csv                  | main._partition_1 csv
          orders_Partition_1.csv            | main.orders_Partition_1 csv
          # a folder is a schema
          sales/customers.csv               | sales.customers csv
          sales/customers_partition_7.csv   | sales.customers csv
          main/orders.csv                   | main.orders csv
          MAIN/orders.csv                   | MAIN.orders csv
          # a folder is a table
          events/day=1/x.parquet            | main.events parquet {day=1}
          events/day=1/h=2/x.parquet        | main.events parquet {day=1, h=2}
          events/day=1/raw/h=2/x.parquet    | main.events parquet {day=1, h=2}
          web/events/day=1/x.parquet        | web.events parquet {day=1}
          events/a%2Fb=c%3Dd%zz%C3%A9/x.csv | main.events csv {a/b=c=d%zzé}
          events/day=/x.csv                 | main.events csv {day=}
          events/d=__HIVE_DEFAULT_PARTITION__/x.csv | main.events csv {d=__HIVE_DEFAULT_PARTITION__}
          orders.parquet/part-0.parquet     | main.orders parquet
          orders.parquet/a/b/part-0.parquet | main.orders parquet
          sales/orders.parquet/day=3/p.parquet | sales.orders parquet {day=3}
          orders_partition_1.parquet/p.parquet | main.orders parquet
          # no data
          readme.md                         | ignored
          orders                            | ignored
          sales/notes.txt                   | ignored
          a/b/c/notes.txt                   | ignored
          orders.gz                         | ignored
          day=1/notes.txt                   | ignored
          # hidden and temporary
          .orders.csv                       | ignored
          ._orders.csv                      | ignored
          .csv                              | ignored
          ~$orders.csv                      | ignored
          ~orders.csv                       | ignored
          orders.csv~                       | ignored
          '#orders.csv#'                    | ignored
          .~lock.orders.csv#                | ignored
          orders.csv.tmp                    | ignored
          orders.csv.TMP                    | ignored
          orders.parquet.part               | ignored
          orders.csv.crdownload             | ignored
          orders.csv.swp                    | ignored
          orders.csv.filepart               | ignored
          # refused
          orders.xlsx                       | UNSUPPORTED_FORMAT orders.xlsx
          orders.avro                       | UNSUPPORTED_FORMAT orders.avro
          orders.csv.bz2                    | UNSUPPORTED_FORMAT orders.csv.bz2
          orders.parquet.gz                 | UNSUPPORTED_FORMAT orders.parquet.gz
          orders.arrow.zst                  | UNSUPPORTED_FORMAT orders.arrow.zst
          a/b/c.csv                         | NESTED_TOO_DEEP a/b
          a/b/c/d.csv                       | NESTED_TOO_DEEP a/b/c
          a/b/c/day=1/d.csv                 | NESTED_TOO_DEEP a/b/c
          day=1/x.csv                       | BAD_PARTITION day=1
          events/day=1/DAY=2/x.csv          | BAD_PARTITION events/day=1/DAY=2/x.csv
          flashduck/x.csv                   | RESERVED_SCHEMA flashduck
          Information_Schema/x.csv          | RESERVED_SCHEMA Information_Schema
          pg_catalog/x.csv                  | RESERVED_SCHEMA pg_catalog
          or\uFFFDers.csv                   | UNDECODABLE_NAME or\uFFFDers.csv
          """,
      ignoreLeadingAndTrailingWhitespace = true)
  void place_withoutTablesYaml_followsTheName(String path, String expected) {
    assertThat(describe(TablesConfig.EMPTY, unescape(path))).isEqualTo(unescape(expected));
  }

  @Test
  void place_nameInDecomposedForm_isComposedInTheTable() {
    assertThat(describe(TablesConfig.EMPTY, "re\u0301sume\u0301/cafe\u0301.csv"))
        .isEqualTo("r\u00e9sum\u00e9.caf\u00e9 csv");
  }

  private static final TablesConfig TABLES =
      TablesConfig.parse(
          "tables.yaml",
          """
          tables:
            events: {}
            sales:
              exclude: ["sales/old/**"]
            sales.customers: {key: id}
            flat: {recursive: off}
            nohive: {hive_partitioning: off}
            logs:
              path: raw/web
              include: ["**/*.log", "**/*.log.gz", "**/*.csv", "*.dat"]
              exclude: ["**/debug-*"]
              format: csv
            unclear: {include: ["misc/*.xyz"]}
            one: {include: ["both/a*.csv"]}
            two: {include: ["both/*b.csv"]}
            deep.nested: {path: x/y/z}
            typed: {format: ndjson}
            spelled: {}
          ignore: ["junk/**", "**/*.bak.csv"]
          """);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          events/x.csv                 | main.events csv
          events/day=1/x.csv           | main.events csv {day=1}
          events/a/b/c.csv             | main.events csv
          events.csv                   | main.events csv
          main/events/x.csv            | main.events csv
          sales/orders.csv             | main.sales csv
          sales/old/orders.csv         | ignored
          sales/customers.csv          | sales.customers csv
          sales/customers/x.csv        | sales.customers csv
          sales/readme.md              | ignored
          sales/x.xlsx                 | UNSUPPORTED_FORMAT sales/x.xlsx
          flat/x.csv                   | main.flat csv
          flat/day=1/x.csv             | main.flat csv {day=1}
          flat/a/x.csv                 | NESTED_TOO_DEEP flat/a
          nohive/day=1/x.csv           | main.nohive csv
          raw/web/a.log                | main.logs csv +
          raw/web/x/y/a.log.gz         | main.logs csv.gz +
          raw/web/x/debug-1.log        | ignored
          raw/web/a.parquet            | NESTED_TOO_DEEP raw/web
          raw/web/x.dat                | main.logs csv +
          raw/web/.hidden.log          | ignored
          misc/a.xyz                   | UNSUPPORTED_FORMAT misc/a.xyz
          both/ab.csv                  | AMBIGUOUS both/ab.csv
          both/ax.csv                  | main.one csv
          both/xb.csv                  | main.two csv
          both/other.csv               | both.other csv
          x/y/z/a.csv                  | deep.nested csv
          x/y/a.csv                    | NESTED_TOO_DEEP x/y
          typed.json                   | main.typed ndjson +
          typed.csv.gz                 | main.typed ndjson.gz +
          typed.txt                    | ignored
          SPELLED/x.csv                | main.spelled csv
          Spelled.csv                  | main.Spelled csv
          junk/a.csv                   | ignored
          a/orders.bak.csv             | ignored
          other.csv                    | main.other csv
          """)
  void place_withTablesYaml_followsTheDeepestClaim(String path, String expected) {
    assertThat(describe(TABLES, path)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "lost+found,true",
    ".git,true",
    "_temporary,true",
    "_delta_log,true",
    "__MACOSX,true",
    "_x=1,false",
    "sales,false",
    "$RECYCLE.BIN,true",
    "orders.tmp,true"
  })
  void ignoredFolder_name_isNotLookedInto(String name, boolean ignored) {
    assertThat(FileNames.ignoredFolder(name)).isEqualTo(ignored);
  }

  @Test
  void fileFormat_text_parsesBack() {
    for (DataFormat data : DataFormat.values()) {
      for (Compression compression : Compression.values()) {
        FileFormat format = new FileFormat(data, compression);
        assertThat(FileFormat.parse(format.text())).isEqualTo(format);
      }
    }
  }

  private static String describe(TablesConfig tables, String path) {
    Placement placement = new SourceNaming(tables).place(path);
    if (placement instanceof Placement.InTable in) {
      return in.table()
          + " "
          + in.format().text()
          + (in.partitions().isEmpty() ? "" : " " + in.partitions())
          + (in.readOptions().isEmpty() ? "" : " +");
    }
    if (placement instanceof Placement.Refused refused) {
      assertThat(refused.rejection().detail()).isNotBlank();
      assertThat(refused.rejection().advice()).isNotBlank();
      return refused.rejection().reason() + " " + refused.rejection().path();
    }
    return "ignored";
  }

  private static String unescape(String text) {
    return text.replace("\\uFFFD", "\uFFFD");
  }
}
