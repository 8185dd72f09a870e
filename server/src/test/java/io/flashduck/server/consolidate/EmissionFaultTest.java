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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever fails, and wherever the process dies, the file at the table's place is whole. */
final class EmissionFaultTest {
  /** Rows of a table that is written in full, and of one whose changes are spliced. */
  private static final int SMALL = 3000;

  private static final int LARGE = 120 * 2048;
  private static final int REMOVED = 1000;

  @TempDir Path dir;
  private final FaultyFiles files = new FaultyFiles();
  private ExportFixture tables;
  private int rows;

  @BeforeEach
  void open() throws IOException {
    tables = new ExportFixture(dir).with(files);
  }

  private void create(int tableRows) throws Exception {
    rows = tableRows;
    tables.create(ORDERS, "SELECT 0::BIGINT AS id, '' AS name", "id");
    tables.insert(ORDERS, "SELECT i, 'n' || i FROM range(" + rows + ") t(i)");
    tables.start();
    tables.exported(ORDERS);
    tables.stop();
  }

  @AfterEach
  void close() {
    tables.close();
  }

  private void remove() {
    tables.delete(ORDERS, "id < " + REMOVED);
  }

  private long wholeFileRows() throws IOException {
    FileCheck.requireSound(tables.file(ORDERS));
    String file = literal(tables.file(ORDERS).toString());
    return Long.parseLong(
        tables.value("SELECT count(*) FROM read_parquet(" + file + ") WHERE name = 'n' || id"));
  }

  private long partsLeft() throws IOException {
    try (Stream<Path> parts = Files.list(tables.exportDir().resolve(".tmp"))) {
      return parts.filter(part -> part.toString().endsWith(".part")).count();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void emission_crashAtEveryStep_leavesAWholeFileAndTheNextStartCatchesUp(int tableRows)
      throws Exception {
    create(tableRows);
    long step = 0;
    boolean crashed = true;
    while (crashed) {
      step++;
      Consolidator consolidator = tables.open();
      remove();
      files.crashAt(step);
      consolidator.start(tables.catalog());
      crashed = failed(consolidator.awaitExported(ORDERS, tables.version()));
      tables.stop();

      assertThat(wholeFileRows())
          .as("crash at step %d", step)
          .isIn((long) rows, (long) rows - REMOVED);
      files.heal();
      Consolidator next = tables.start();
      assertThat(tables.exported(ORDERS).rows()).isEqualTo(rows - REMOVED);
      assertThat(next.verify(ORDERS).problems()).isEmpty();
      tables.insert(ORDERS, "SELECT i, 'n' || i FROM range(" + REMOVED + ") t(i)");
      assertThat(tables.exported(ORDERS).rows()).isEqualTo(rows);
      tables.stop();
      assertThat(partsLeft()).isZero();
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

  @Test
  void emission_fails_oldFileStaysStateSaysWhyAndItIsTriedAgain() throws Exception {
    create(SMALL);
    Consolidator consolidator = tables.open();
    remove();
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
    assertThat(wholeFileRows()).isEqualTo(rows);
    assertThat(consolidator.states().get(0).lag()).isPresent();

    files.heal();
    assertThat(retried(consolidator).rows()).isEqualTo(rows - REMOVED);
    assertThat(consolidator.states().get(0).lastError()).isEmpty();
    assertThat(consolidator.states().get(0).lag()).isEmpty();
  }

  /** Attempts that began before the fault was healed still fail. */
  private ExportedFile retried(Consolidator consolidator) throws Exception {
    while (true) {
      try {
        return consolidator.awaitExported(ORDERS, tables.version()).get(30, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        assertThat(e).hasMessageContaining("No space left");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void emission_oneFailureAtEveryStep_catchesUpByItself(int tableRows) throws Exception {
    create(tableRows);
    Consolidator consolidator = tables.start();
    for (int step = 1; step <= 16; step++) {
      files.failOnce(step);
      int id = rows + step;
      tables.insert(ORDERS, "SELECT " + id + ", 'n' || " + id);
      tables.publish(ORDERS);
      assertThat(retried(consolidator).rows()).isEqualTo(rows + step);
      assertThat(wholeFileRows()).isEqualTo(rows + step);
    }
    files.heal();
    assertThat(consolidator.verify(ORDERS).problems()).isEmpty();
  }
}
