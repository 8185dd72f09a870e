package io.flashduck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.WriteAck;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database inside this program; closing it fails on a leak. */
@Timeout(60)
final class FlashDuckTest {
  @TempDir private Path data;

  @BeforeEach
  void files() throws Exception {
    Files.writeString(data.resolve("people.csv"), "id,name\n1,Ann\n2,Bob\n");
    Files.writeString(data.resolve("log.csv"), "n,name\n1,Ann\n1,Ann\n");
  }

  @Test
  void open_queryWriteCloseReopen_keepsEverything() {
    TableName people = TableName.ofMain("people");
    try (FlashDuck duck = FlashDuck.open(config())) {
      assertThat(duck.catalog().tables()).hasSize(2);
      assertThat(rows(duck, "SELECT name FROM people WHERE id = ?", 2)).containsExactly("Bob");
      assertThat(duck.update("UPDATE people SET name = 'Bea' WHERE id = 2;")).isEqualTo(1);
      assertThat(duck.update("CREATE TABLE notes (id INTEGER PRIMARY KEY, t VARCHAR)")).isZero();
      assertThat(duck.update("INSERT INTO notes VALUES (1, 'a'), (2, 'b')")).isEqualTo(2);
      try (BufferAllocator own = new RootAllocator()) {
        try (VectorSchemaRoot row = row(own, "id", 3, "Cy")) {
          WriteAck ack = duck.upsert(people, row);
          assertThat(ack.state()).isEqualTo(AckLevel.APPLIED);
          assertThat(ack.recordCount()).isEqualTo(1);
        }
        try (VectorSchemaRoot row = row(own, "id", 1, "ignored")) {
          duck.delete(people, row);
        }
        try (VectorSchemaRoot row = row(own, "n", 5, "Eve")) {
          duck.append(TableName.ofMain("log"), row);
        }
      }
      assertState(duck);
    }
    try (FlashDuck again = FlashDuck.open(config())) {
      assertState(again);
    }
  }

  private static void assertState(FlashDuck duck) {
    assertThat(rows(duck, "FROM people ORDER BY id")).containsExactly("2|Bea", "3|Cy");
    assertThat(rows(duck, "SELECT count(*), max(n) FROM log")).containsExactly("3|5");
    assertThat(rows(duck, "FROM notes ORDER BY id")).containsExactly("1|a", "2|b");
  }

  @Test
  void query_failsInEveryWay_andLeaksNothing() {
    try (FlashDuck duck = FlashDuck.open(config())) {
      refused(() -> rows(duck, "SELEC 1"), ErrorCode.INVALID_REQUEST);
      refused(() -> rows(duck, "FROM nope"), ErrorCode.NOT_FOUND);
      refused(() -> rows(duck, "SELECT ? + 1"), ErrorCode.INVALID_REQUEST);
      assertThatThrownBy(() -> rows(duck, "SELECT error('no') FROM range(10)"))
          .isInstanceOf(FlashDuckException.class);
      refused(() -> duck.update("UPDATE nope SET x = 1"), ErrorCode.NOT_FOUND);
      try (QueryRows half = duck.query("SELECT * FROM range(10000000)")) {
        assertThat(half.next()).isTrue();
        half.cancel();
      }
      assertThat(rows(duck, "SELECT 1")).containsExactly("1");
    }
  }

  @Test
  void open_folderInUse_saysSo_andIsFreeAfterwards() {
    try (FlashDuck first = FlashDuck.open(config())) {
      assertThatThrownBy(() -> FlashDuck.open(config()))
          .isInstanceOfSatisfying(
              FlashDuckException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_RUNNING));
      assertThat(rows(first, "SELECT 1")).containsExactly("1");
    }
    FlashDuck.open(config()).close();
  }

  @Test
  void fileChanged_whileOpen_isSeen() throws Exception {
    try (FlashDuck duck = FlashDuck.open(config())) {
      Files.writeString(data.resolve("people.csv"), "id,name\n1,Zoe\n");
      assertThat(duck.database().awaitQuiet(Duration.ofSeconds(20))).isTrue();
      assertThat(rows(duck, "FROM people")).containsExactly("1|Zoe");
    }
  }

  private ServerConfig config() {
    return ServerConfig.of(
        Map.of(
            "data.dir", data.toString(),
            "data.settle", "0ms",
            "engine.threads", "2",
            "engine.memory-limit", "512MB"));
  }

  private static void refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, ErrorCode code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static List<String> rows(FlashDuck duck, String sql, Object... parameters) {
    List<String> rows = new ArrayList<>();
    try (QueryRows result = duck.query(sql, parameters)) {
      while (result.next()) {
        VectorSchemaRoot batch = result.batch();
        for (int row = 0; row < batch.getRowCount(); row++) {
          List<String> values = new ArrayList<>();
          for (FieldVector vector : batch.getFieldVectors()) {
            values.add(String.valueOf(vector.getObject(row)));
          }
          rows.add(String.join("|", values));
        }
      }
    }
    return rows;
  }

  private static VectorSchemaRoot row(
      BufferAllocator allocator, String key, long value, String name) {
    BigIntVector number = new BigIntVector(key, allocator);
    number.setSafe(0, value);
    number.setValueCount(1);
    VarCharVector text = new VarCharVector("name", allocator);
    text.setSafe(0, name.getBytes(StandardCharsets.UTF_8));
    text.setValueCount(1);
    return new VectorSchemaRoot(List.of((FieldVector) number, text));
  }
}
