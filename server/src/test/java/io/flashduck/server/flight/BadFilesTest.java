package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A good file that turns bad: reported, the last good rows served, forgotten once repaired. */
@Timeout(60)
class BadFilesTest {
  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() throws IOException {
    FlightFixture.parquet(
        folder, "orders.parquet", "SELECT i AS id, i * 10 AS amount FROM range(5000) t(i)");
    FlightFixture.parquet(folder, "r_partition_1.parquet", "SELECT 1 AS s, 10::BIGINT AS v");
    FlightFixture.parquet(folder, "r_partition_2.parquet", "SELECT 2 AS s, 20::BIGINT AS v");
    Files.writeString(folder.resolve("people.csv"), "id,name\n1,Ann\n2,Bob\n");
    Files.writeString(folder.resolve("log.ndjson"), "{\"n\": 1}\n{\"n\": 2}\n");
    flight = new FlightFixture(folder, Map.of("data.settle", "0ms"));
    assertGoodState();
  }

  @AfterAll
  static void stop() {
    flight.close();
  }

  @Test
  void parquet_cutInHalf() throws Exception {
    byte[] good = Files.readAllBytes(folder.resolve("orders.parquet"));
    broken("orders.parquet", Arrays.copyOf(good, good.length / 2), "orders.parquet");
  }

  @Test
  void parquet_empty() throws Exception {
    broken("orders.parquet", new byte[0], "empty");
  }

  @Test
  void csv_empty() throws Exception {
    broken("people.csv", new byte[0], "empty");
  }

  @Test
  void csv_withABrokenLine() throws Exception {
    broken("people.csv", text("id,name\n1,Ann\n2,Bob,extra,columns\n3,Cy\n"), "line 3");
  }

  @Test
  void ndjson_withABrokenLine() throws Exception {
    broken("log.ndjson", text("{\"n\": 1}\n{\"n\": \n"), "line");
  }

  @Test
  void parquet_columnThatWasANumberIsText() throws Exception {
    Path other = folder.resolve(".other");
    FlightFixture.parquet(folder, ".other", "SELECT 2 AS s, 'high' AS v");
    broken("r_partition_2.parquet", Files.readAllBytes(other), "v", "BIGINT", "VARCHAR");
  }

  @Test
  void parquet_ofOtherContent() throws Exception {
    broken("orders.parquet", text("this is no Parquet file"), "orders.parquet");
  }

  private static void broken(String name, byte[] bad, String... reasonParts) throws Exception {
    byte[] good = Files.readAllBytes(folder.resolve(name));
    try {
      replace(name, bad);
      assertThat(
              flight.rows(
                  "SELECT coalesce(reason, '-') FROM flashduck.files WHERE path = '" + name + "'"))
          .singleElement()
          .satisfies(row -> assertThat(row.get(0)).contains(reasonParts));
      assertGoodState();
    } finally {
      replace(name, good);
    }
    assertThat(flight.rows("FROM flashduck.files WHERE reason IS NOT NULL")).isEmpty();
    assertGoodState();
  }

  private static void replace(String name, byte[] content) throws Exception {
    Path part = Files.write(folder.resolve("." + name + ".part"), content);
    Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    assertThat(flight.database().awaitQuiet(Duration.ofSeconds(30))).isTrue();
  }

  private static void assertGoodState() {
    assertThat(flight.rows("SELECT count(*), sum(amount) FROM orders"))
        .containsExactly(List.of("5000", "124975000"));
    assertThat(flight.rows("SELECT name FROM people ORDER BY id"))
        .containsExactly(List.of("Ann"), List.of("Bob"));
    assertThat(flight.rows("SELECT sum(n) FROM log")).containsExactly(List.of("3"));
    assertThat(flight.rows("SELECT sum(v) FROM r")).containsExactly(List.of("30"));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
