package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A folder in which files come, go, move and change in every way, followed by a running server. */
@Timeout(60)
class SourceMovesTest {
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private FlightFixture flight;

  @BeforeEach
  void serve() throws Exception {
    text("a.csv", "id,x", "1,one");
    text("sales/b.csv", "id,x", "2,two");
    text("day/1.csv", "id,x", "3,three");
    text("tables.yaml", "tables:", "  day: {}");
    flight = new FlightFixture(folder, Map.of("data.settle", "100ms"));
    awaitTables("main.a", "main.day", "sales.b");
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  @Test
  void file_renamed_isARenamedTable() throws Exception {
    move("a.csv", "c.csv");
    awaitTables("main.c", "main.day", "sales.b");
    awaitRows("FROM c", List.of("1", "one"));
  }

  @Test
  void file_movedToAnotherFolder_isATableOfAnotherSchema() throws Exception {
    move("a.csv", "sales/a.csv");
    awaitTables("main.day", "sales.a", "sales.b");
    awaitRows("FROM sales.a", List.of("1", "one"));
  }

  @Test
  void file_deleted_isATableNoMore_andItsWritesComeBackWithIt() throws Exception {
    flight.sql("UPDATE a SET x = 'written'");
    byte[] content = Files.readAllBytes(folder.resolve("a.csv"));
    FileTime time = Files.getLastModifiedTime(folder.resolve("a.csv"));
    Files.delete(folder.resolve("a.csv"));
    awaitRows("FROM a", List.of("1", "written"));
    Files.setLastModifiedTime(Files.write(folder.resolve("a.csv"), content), time);
    Files.delete(folder.resolve("sales/b.csv"));
    awaitRows("FROM a", List.of("1", "written"));
    awaitTables("main.a", "main.day");
  }

  @Test
  void folder_swappedByRenames_isReadAnew() throws Exception {
    text(".next/1.csv", "id,x", "4,four");
    text(".next/2.csv", "id,x", "5,five");
    move("day", ".before");
    move(".next", "day");
    awaitRows("FROM day ORDER BY id", List.of("4", "four"), List.of("5", "five"));
    move("day", ".next");
    move(".before", "day");
    awaitRows("FROM day", List.of("3", "three"));
  }

  @Test
  void file_writtenSlowlyInPlace_endsUpWhole() throws Exception {
    try (OutputStream out = Files.newOutputStream(folder.resolve("a.csv"))) {
      out.write("id,x\n".getBytes(StandardCharsets.UTF_8));
      for (int row = 0; row < 40; row++) {
        out.write((row + ",new\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
        List<String> seen = flight.rows("SELECT count(*), min(x) FROM a").get(0);
        assertThat(seen.get(1)).isIn("one", "new");
        assertThat(Long.parseLong(seen.get(0))).isBetween(1L, row + 1L);
      }
    }
    awaitRows("SELECT count(*), min(x) FROM a", List.of("40", "new"));
  }

  @Test
  void file_replacedWithTheSameSizeAndTime_isReadAgain() throws Exception {
    Path file = folder.resolve("a.csv");
    FileTime time = Files.getLastModifiedTime(file);
    text(".a.csv.new", "id,x", "1,two");
    Files.setLastModifiedTime(folder.resolve(".a.csv.new"), time);
    Files.move(
        folder.resolve(".a.csv.new"),
        file,
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
    awaitRows("FROM a", List.of("1", "two"));
  }

  @Test
  void file_changedInPlaceWithTheSameSizeAndTime_isReadAgain() throws Exception {
    Path file = folder.resolve("a.csv");
    FileTime time = Files.getLastModifiedTime(file);
    text("a.csv", "id,x", "1,six");
    Files.setLastModifiedTime(file, time);
    awaitRows("FROM a", List.of("1", "six"));
  }

  @Test
  void restart_afterChangesWhileStopped_showsThem() throws Exception {
    flight.close();
    move("a.csv", "moved.csv");
    text("sales/b.csv", "id,x", "2,changed");
    Files.delete(folder.resolve("day/1.csv"));
    text("fresh.csv", "id,x", "9,nine");
    flight = new FlightFixture(folder, Map.of("data.settle", "100ms"));
    awaitTables("main.fresh", "main.moved", "sales.b");
    awaitRows("FROM sales.b", List.of("2", "changed"));
  }

  /** Files that changed a moment ago are held back for a while, so this asks again. */
  private void awaitRows(String query, List<?>... rows) throws InterruptedException {
    await(() -> flight.rows(query), List.of(rows));
  }

  private void awaitTables(String... tables) throws InterruptedException {
    await(
        () ->
            flight.database().catalog().tables().values().stream()
                .map(table -> table.name().schema() + "." + table.name().name())
                .sorted()
                .toList(),
        List.of(tables));
  }

  private void await(Supplier<List<?>> actual, List<?> expected) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    do {
      assertThat(flight.database().awaitQuiet(Duration.ofSeconds(20))).isTrue();
    } while (!actual.get().equals(expected) && System.nanoTime() < deadline);
    assertThat(actual.get()).isEqualTo(expected);
  }

  private void move(String from, String to) throws IOException {
    Files.move(folder.resolve(from), folder.resolve(to), StandardCopyOption.ATOMIC_MOVE);
  }

  private void text(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, String.join("\n", lines) + "\n");
  }
}
