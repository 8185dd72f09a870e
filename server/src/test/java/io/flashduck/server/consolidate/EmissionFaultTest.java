package io.flashduck.server.consolidate;

import static io.flashduck.server.consolidate.ExportFixture.ORDERS;
import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever fails, and wherever the process dies, the file at the table's place is whole. */
final class EmissionFaultTest {
  private static final int OLD_ROWS = 3000;
  private static final int NEW_ROWS = 2000;

  @TempDir Path dir;
  private final FaultyFiles files = new FaultyFiles();
  private ExportFixture tables;

  @BeforeEach
  void open() throws Exception {
    tables = new ExportFixture(dir).with(files);
    tables.create(ORDERS, "SELECT 0::BIGINT AS id, '' AS name", "id");
    tables.insert(ORDERS, "SELECT i, 'n' || i FROM range(" + OLD_ROWS + ") t(i)");
    tables.start();
    tables.exported(ORDERS);
    tables.stop();
  }

  @AfterEach
  void close() {
    tables.close();
  }

  private long wholeFileRows() {
    String file = literal(tables.file(ORDERS).toString());
    return Long.parseLong(
        tables.value("SELECT count(*) FROM read_parquet(" + file + ") WHERE name = 'n' || id"));
  }

  private long partsLeft() throws IOException {
    try (Stream<Path> parts = Files.list(tables.exportDir().resolve(".tmp"))) {
      return parts.filter(part -> part.toString().endsWith(".part")).count();
    }
  }

  @Test
  void emission_crashAtEveryStep_leavesAWholeFileAndTheNextStartCatchesUp() throws Exception {
    tables.execute(ORDERS, "DELETE FROM {t} WHERE id >= " + NEW_ROWS);
    long step = 0;
    boolean crashed = true;
    while (crashed) {
      step++;
      Consolidator consolidator = tables.open();
      files.crashAt(step);
      consolidator.start(tables.catalog());
      var emission = consolidator.awaitExported(ORDERS, tables.version());
      crashed = failed(emission);
      tables.stop();

      assertThat(wholeFileRows())
          .as("crash at step %d", step)
          .isIn((long) OLD_ROWS, (long) NEW_ROWS);
      files.heal();
      tables.start();
      assertThat(tables.exported(ORDERS).rows()).isEqualTo(NEW_ROWS);
      tables.stop();
      assertThat(partsLeft()).isZero();
      if (crashed) {
        restoreOldFile();
      }
    }
    assertThat(step).isGreaterThan(6);
  }

  private static boolean failed(CompletableFuture<ExportedFile> future) {
    try {
      future.get(30, TimeUnit.SECONDS);
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private void restoreOldFile() throws Exception {
    tables.insert(ORDERS, "SELECT i, 'n' || i FROM range(" + NEW_ROWS + ", " + OLD_ROWS + ") t(i)");
    tables.start();
    assertThat(tables.exported(ORDERS).rows()).isEqualTo(OLD_ROWS);
    tables.stop();
    tables.execute(ORDERS, "DELETE FROM {t} WHERE id >= " + NEW_ROWS);
  }

  @Test
  void emission_fails_oldFileStaysStateSaysWhyAndItIsTriedAgain() throws Exception {
    tables.execute(ORDERS, "DELETE FROM {t} WHERE id >= " + NEW_ROWS);
    Consolidator consolidator = tables.open();
    files.crashAt(1);
    consolidator.start(tables.catalog());

    assertThatThrownBy(
            () -> consolidator.awaitExported(ORDERS, tables.version()).get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED))
        .hasMessageContaining("main.orders")
        .hasMessageContaining("No space left")
        .hasMessageContaining("still whole");
    assertThat(wholeFileRows()).isEqualTo(OLD_ROWS);
    assertThat(consolidator.states().get(0).lag()).isPresent();

    files.heal();
    ExportedFile file = retried(consolidator);
    assertThat(file.rows()).isEqualTo(NEW_ROWS);
    assertThat(consolidator.states().get(0).lastError()).isEmpty();
    assertThat(consolidator.states().get(0).lag()).isEmpty();
  }

  /** Attempts that began before the fault was healed still fail. */
  private ExportedFile retried(Consolidator consolidator) throws Exception {
    while (true) {
      try {
        return consolidator.awaitExported(ORDERS, tables.version()).get(30, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        assertThat(consolidator.states().get(0).lastError().orElseThrow())
            .contains("No space left");
      }
    }
  }

  @Test
  void emission_oneFailureAtEveryStep_catchesUpByItself() throws Exception {
    tables.execute(ORDERS, "DELETE FROM {t} WHERE id >= " + NEW_ROWS);
    Consolidator consolidator = tables.start();
    for (int step = 1; step <= 12; step++) {
      files.failOnce(step);
      tables.insert(ORDERS, "SELECT " + (10_000 + step) + ", 'n' || " + (10_000 + step));
      tables.publish(ORDERS);
      assertThat(retried(consolidator).rows()).isEqualTo(NEW_ROWS + step);
      assertThat(wholeFileRows()).isEqualTo(NEW_ROWS + step);
    }
    files.heal();
    assertThat(consolidator.verify(ORDERS).problems()).isEmpty();
  }
}
