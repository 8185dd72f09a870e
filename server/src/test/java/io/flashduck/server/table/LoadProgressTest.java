package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.live.Viewer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told while a folder is read, and afterwards. */
final class LoadProgressTest {
  private static final int ROUNDS = 20;

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

  @Test
  void aLargeFile_movesWhileItsOneStatementRuns() throws IOException {
    try (TestFolder folder = new TestFolder(dir)) {
      folder.open();
      List<Double> shares = new ArrayList<>();
      // On a machine that has no time for the one that looks, the file is read again.
      for (int round = 0;
          round < ROUNDS && shares.stream().noneMatch(LoadProgressTest::isWithin);
          round++) {
        shares.clear();
        folder.sql(
            "COPY (SELECT range + %d AS id, sin(range) AS a, cos(range) AS b FROM range(500000))"
                    .formatted(round)
                + " TO '"
                + dir.resolve("big.csv")
                + "'");
        CompletableFuture<?> loaded = CompletableFuture.runAsync(folder::quiet);
        while (!loaded.isDone()) {
          JsonNode load = load(folder);
          if (load.path("state").asText().equals("loading")) {
            shares.add(load.path("bytes_done").asDouble() / load.path("bytes").asDouble());
          }
        }
        loaded.join();
        assertThat(load(folder).path("state").asText()).isEqualTo("loaded");
        assertThat(load(folder).path("bytes_done")).isEqualTo(load(folder).path("bytes"));
        assertThat(folder.rows("SELECT min(id), count(*) FROM flashduck_db.main.big"))
            .containsExactly(round + "|500000");
      }
      assertThat(shares).isSorted().anyMatch(LoadProgressTest::isWithin);
    }
  }

  private static boolean isWithin(double share) {
    return share > 0 && share < 1;
  }

  private static JsonNode load(TestFolder folder) throws IOException {
    return new ObjectMapper()
        .readTree(folder.db().engine().live().rows(LiveTable.LOADS, Viewer.ALL))
        .path(0);
  }
}
