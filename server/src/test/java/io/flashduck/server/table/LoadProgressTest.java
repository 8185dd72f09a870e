package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.live.Viewer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told while a folder is read, and afterwards. */
final class LoadProgressTest {
  @TempDir Path dir;

  @Test
  void open_aFolder_tellsEachFileAndThenTheTables() {
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    try (TestFolder folder = new TestFolder(dir)) {
      folder.text("a.csv", "id,x", "1,10", "2,20");
      folder.text("b_partition_1.csv", "id", "1");
      folder.text("b_partition_2.csv", "id", "2");
      folder.text("c.parquet", "no Parquet");
      folder.watch(lines::add).open();
      assertThat(lines).hasSizeGreaterThanOrEqualTo(4).allMatch(l -> l.startsWith("Reading ["));
      assertThat(lines.get(0)).contains("1 of 4 files");
      assertThat(lines.get(3)).contains("4 of 4 files");
      assertThat(folder.db().engine().live().rows(LiveTable.LOADS, Viewer.ALL))
          .contains("\"table_name\":\"a\",\"state\":\"loaded\",\"files\":1,\"files_done\":1")
          .contains("\"table_name\":\"b\",\"state\":\"loaded\",\"files\":2,\"files_done\":2")
          .contains("\"table_name\":\"c\",\"state\":\"refused\"")
          .contains("\"rows\":2");
      String status = StatusJson.of(folder.db().status(), List.of()).get("loads").toString();
      assertThat(status)
          .contains("{\"table\":\"main.b\",\"state\":\"loaded\",\"files\":2,\"filesDone\":2,")
          .contains("{\"table\":\"main.c\",\"state\":\"refused\"");
    }
  }
}
