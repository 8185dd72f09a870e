package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as they come from other programs, with contents and names that are easily got wrong. */
final class OddFilesTest {
  private static final FileTime OLD = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void prepare() {
    folder = new TestFolder(dir);
  }

  @AfterEach
  void close() {
    folder.close();
  }

  private void file(String name, byte[] content) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    Files.setLastModifiedTime(Files.write(file, content), OLD);
  }

  private void file(String name, String content) throws IOException {
    file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  private String reason(String path) {
    return folder
        .rows(
            "SELECT state || ': ' || coalesce(reason, '-') FROM flashduck.files WHERE path = '"
                + path
                + "'")
        .get(0);
  }

  private List<String> columns(String table) {
    return folder.db().catalog().table(TestFolder.name(table)).orElseThrow().columns().stream()
        .map(c -> c.name() + " " + c.type())
        .toList();
  }

  @Test
  void csv_withOddBytes() throws IOException {
    file("bom.csv", "\uFEFFid,x\n1,a\n");
    file("crlf.csv", "id,x\r\n1,a\r\n2,\"b\r\nc\"\r\n");
    file("cr.csv", "id,x\r1,a\r2,b\r");
    file("no_end.csv", "id,x\n1,a");
    file("latin.csv", "id,x\n1,M\u00fcller\n".getBytes(StandardCharsets.ISO_8859_1));
    file("utf16.csv", "id,x\n1,a\n".getBytes(StandardCharsets.UTF_16));
    file("quoted.csv", "id,x\n1,\"a,\"\"b\"\"\"\n2,\"c\nd\"\n");
    file("blank.csv", "id,x\n1,a\n\n2,b\n");
    file("spaces.csv", "id, x \n1, a \n");
    folder.open();
    assertThat(columns("bom")).containsExactly("id BIGINT", "x VARCHAR");
    assertThat(folder.rows("FROM bom")).containsExactly("1|a");
    assertThat(folder.rows("SELECT id, replace(x, chr(13), '') FROM crlf ORDER BY id"))
        .containsExactly("1|a", "2|b\nc");
    assertThat(folder.rows("FROM cr ORDER BY id")).containsExactly("1|a", "2|b");
    assertThat(folder.rows("FROM no_end")).containsExactly("1|a");
    assertThat(folder.rows("FROM quoted ORDER BY id")).containsExactly("1|a,\"b\"", "2|c\nd");
    assertThat(folder.rows("SELECT id, x FROM blank WHERE id IS NOT NULL ORDER BY id"))
        .containsExactly("1|a", "2|b");
    assertThat(reason("latin.csv")).contains("utf-8", "Save it as UTF-8");
    assertThat(reason("utf16.csv")).doesNotStartWith("loaded");
    assertThat(folder.rows("SELECT count(*) FROM spaces")).containsExactly("1");
  }

  @Test
  void files_withNothingOrTooMuch() throws IOException {
    file("empty.csv", "");
    file("newline.csv", "\n");
    file("header.csv", "id,name\n");
    file("ragged.csv", "id,x\n1,a\n2\n3,c,d\n");
    file("more.csv", "id,x\n1,a\n2,b\n3,c,d\n4,e,f\n5,g,h\n");
    file("titled.csv", "Sales of 2026\n\nid,x\n1,a\n2,b\n");
    file("zero.parquet", "");
    file("zero.arrow", "");
    file("zero.json", "");
    file("none.json", "[]");
    folder.parquet("no_rows.parquet", "SELECT 1 AS id, 'a' AS x WHERE false");
    folder.open();
    assertThat(reason("empty.csv")).contains("is empty (0 bytes)");
    assertThat(reason("zero.parquet")).contains("is empty (0 bytes)");
    assertThat(reason("zero.arrow")).contains("is empty (0 bytes)");
    assertThat(reason("zero.json")).contains("is empty (0 bytes)");
    assertThat(folder.rows("FROM newline")).isEmpty();
    assertThat(folder.rows("FROM header")).isEmpty();
    assertThat(columns("header")).hasSize(2);
    assertThat(reason("ragged.csv")).contains("line 3 does not have 2 values");
    assertThat(reason("more.csv")).contains("line 4 does not have 2 values");
    assertThat(folder.rows("FROM titled ORDER BY id")).containsExactly("1|a", "2|b");
    assertThat(columns("no_rows")).containsExactly("id INTEGER", "x VARCHAR");
    assertThat(folder.rows("FROM none")).isEmpty();
  }

  @Test
  void json_ofManyForms() throws IOException {
    file("array.json", "[{\"id\": 1, \"x\": \"a\"}, {\"id\": 2}]");
    file("object.json", "{\"id\": 1, \"x\": {\"deep\": [1, {\"y\": true}]}}");
    file("objects.json", "{\"id\": 1}\n{\"id\": 2, \"more\": 1.5}\n");
    file("pretty.json", "[\n  {\n    \"id\": 1\n  }\n]\n");
    file("mixed.ndjson", "{\"id\": 1, \"x\": 5}\n{\"id\": 2, \"x\": \"text\"}\n");
    file("nested.ndjson", "{\"id\": 1, \"s\": {\"a\": 1}}\n{\"id\": 2, \"s\": {\"b\": \"x\"}}\n");
    file("lists.ndjson", "{\"id\": 1, \"l\": []}\n{\"id\": 2, \"l\": [1, 2]}\n");
    folder.open();
    assertThat(folder.rows("FROM \"array\" ORDER BY id")).containsExactly("1|a", "2|null");
    assertThat(folder.rows("SELECT id FROM object")).containsExactly("1");
    assertThat(folder.rows("FROM objects ORDER BY id")).containsExactly("1|null", "2|1.5");
    assertThat(folder.rows("FROM pretty")).containsExactly("1");
    assertThat(folder.rows("SELECT id, x ->> '$' FROM mixed ORDER BY id"))
        .containsExactly("1|5", "2|text");
    assertThat(folder.rows("SELECT s.a, s.b FROM nested ORDER BY id"))
        .containsExactly("1|null", "null|x");
    assertThat(folder.rows("SELECT len(l) FROM lists ORDER BY id")).containsExactly("0", "2");
  }

  @Test
  void columns_thatAreManyOrNamedOddly() throws IOException {
    String names =
        IntStream.range(0, 2_000).mapToObj(i -> "c" + i).collect(Collectors.joining(","));
    String values =
        IntStream.range(0, 2_000).mapToObj(String::valueOf).collect(Collectors.joining(","));
    file("wide.csv", names + "\n" + values + "\n");
    file("case.csv", "id,Name,NAME\n1,a,b\n");
    file("odd.csv", "id,\"a\"\"b\",c.d,\"e\nf\",\"  \",select,\u00e4\n1,2,3,4,5,6,7\n");
    file("twice.csv", "id,x,x\n1,a,b\n");
    file("nameless.csv", "id,,x\n1,a,b\n");
    file("case.ndjson", "");
    folder.parquet("q.parquet", "SELECT 1 AS id, 2 AS \"a\"\"b\", 3 AS \"c.d\", 4 AS \"x'y\"");
    folder.open();
    assertThat(columns("wide")).hasSize(2_000);
    assertThat(folder.rows("SELECT c0, c1999 FROM wide")).containsExactly("0|1999");
    assertThat(folder.rows("SELECT * FROM \"case\"")).containsExactly("1|a|b");
    assertThat(folder.rows("SELECT \"a\"\"b\", \"c.d\", \"e\nf\", \"select\", \"\u00e4\" FROM odd"))
        .containsExactly("2|3|4|6|7");
    assertThat(folder.rows("SELECT * FROM twice")).containsExactly("1|a|b");
    assertThat(folder.rows("SELECT * FROM nameless")).containsExactly("1|a|b");
    assertThat(folder.rows("SELECT \"a\"\"b\", \"c.d\", \"x'y\" FROM q")).containsExactly("2|3|4");
    folder.run("UPDATE odd SET \"c.d\" = 30, \"e\nf\" = 40 WHERE \"a\"\"b\" = 2");
    assertThat(folder.rows("SELECT \"c.d\", \"e\nf\" FROM odd")).containsExactly("30|40");
  }

  @Test
  void names_ofFilesAndFolders() throws IOException {
    List<String> stems =
        List.of(
            "\u00fc\u00f1\u00ed \u65e5\u672c",
            "it's",
            "a[1]",
            "b*",
            "c?",
            "d e",
            "f\"g",
            "h;i",
            "j%20k",
            "l\\m",
            "n{o}",
            "p$q",
            "r#s",
            "t=u",
            "-v",
            "w&x",
            "SELECT",
            "y\nz");
    for (String stem : stems) {
      file(stem + ".csv", "id,x\n1," + stems.indexOf(stem) + "\n");
      if (!canBeFolder(stem)) {
        continue;
      }
      folder.parquet("p.parquet", "SELECT " + stems.indexOf(stem) + " AS x");
      Files.createDirectories(dir.resolve(stem + " in"));
      folder.rename("p.parquet", stem + " in/p'[q].parquet");
    }
    folder.open();
    for (String stem : stems) {
      String quoted = "\"" + stem.replace("\"", "\"\"");
      assertThat(folder.rows("SELECT x FROM " + quoted + "\""))
          .as(stem)
          .containsExactly(String.valueOf(stems.indexOf(stem)));
      if (!canBeFolder(stem)) {
        continue;
      }
      assertThat(folder.rows("SELECT x FROM " + quoted + " in\".\"p'[q]\""))
          .as(stem)
          .containsExactly(String.valueOf(stems.indexOf(stem)));
    }
    assertThat(folder.rows("FROM flashduck.files WHERE state <> 'loaded'")).isEmpty();
  }

  /**
   * DuckDB takes a backslash for a separator of folders where a pattern must be escaped; a folder
   * {@code name=value} is a partition.
   */
  private static boolean canBeFolder(String name) {
    return name.indexOf('\\') < 0 && name.indexOf('=') < 0;
  }
}
