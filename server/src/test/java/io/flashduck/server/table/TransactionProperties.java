package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;

/**
 * Transactions in any order see what the model says and win or lose as it says; what they leave is
 * there again when the tables are built from nothing.
 *
 * <p>The number of interleavings is the system property {@code flashduck.interleavings}.
 */
@PropertyDefaults(shrinking = ShrinkingMode.BOUNDED)
final class TransactionProperties {
  private static final int TRANSACTIONS = 3;
  private static final List<String> TABLES = List.of("k", "p");

  /** What one transaction does next; it begins if it is not open. */
  record Step(int transaction, Act act, int table, int id) {}

  private enum Act {
    PUT,
    APPEND,
    UPDATE,
    DELETE,
    EMPTY,
    COMMIT,
    ROLLBACK,
    RESTART
  }

  @Provide
  Arbitrary<List<Step>> interleavings() {
    Arbitrary<Act> act =
        Arbitraries.frequency(
            Tuple.of(8, Act.PUT),
            Tuple.of(5, Act.APPEND),
            Tuple.of(8, Act.UPDATE),
            Tuple.of(6, Act.DELETE),
            Tuple.of(1, Act.EMPTY),
            Tuple.of(8, Act.COMMIT),
            Tuple.of(1, Act.ROLLBACK),
            Tuple.of(1, Act.RESTART));
    return Combinators.combine(
            Arbitraries.integers().between(0, TRANSACTIONS - 1),
            act,
            Arbitraries.integers().between(0, 1),
            Arbitraries.integers().between(1, 4))
        .as(Step::new)
        .list()
        .ofMinSize(5)
        .ofMaxSize(30);
  }

  @Property(tries = 15)
  void transactions_inAnyOrder_areAsTheModelSays(@ForAll("interleavings") List<Step> steps)
      throws IOException {
    run(steps);
  }

  /** Many more of them, for a night: {@code -Dflashduck.interleavings=5000}. */
  @Example
  void transactions_inManyOrders_areAsTheModelSays() {
    int wanted = Integer.getInteger("flashduck.interleavings", 0);
    interleavings()
        .sampleStream()
        .limit(wanted)
        .forEach(
            steps -> {
              try {
                run(steps);
              } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("steps: " + steps, e);
              }
            });
  }

  private static void run(List<Step> steps) throws IOException {
    Path dir = Files.createTempDirectory("flashduck-transactions");
    try (Run run = new Run(dir)) {
      steps.forEach(run::step);
      run.rebuilt();
    } finally {
      HistoryProperties.deleteAll(dir);
    }
  }

  /** One interleaving. */
  private static final class Run implements AutoCloseable {
    private final TestFolder folder;
    private final TransactionModel model = new TransactionModel();
    private final Map<Integer, OpenedTransaction> open = new HashMap<>();
    private int value;

    Run(Path dir) {
      folder = new TestFolder(dir);
      folder.open();
      folder.run("CREATE TABLE k (id INTEGER PRIMARY KEY, v INTEGER)");
      folder.run("CREATE TABLE p (id INTEGER, v INTEGER)");
    }

    void step(Step step) {
      int at = step.transaction();
      if (step.act() == Act.RESTART) {
        endAll();
        folder.restart();
      } else if (!model.isOpen(at)) {
        open.put(at, new OpenedTransaction(folder));
        model.begin(at);
      }
      switch (step.act()) {
        case COMMIT -> commit(at);
        case ROLLBACK -> end(at);
        case RESTART -> {}
        default -> change(step);
      }
      compare(step);
    }

    private void change(Step step) {
      OpenedTransaction transaction = Objects.requireNonNull(open.get(step.transaction()));
      int at = step.transaction();
      int id = step.id();
      String table = TABLES.get(step.table());
      value++;
      switch (step.act()) {
        case PUT -> {
          transaction.run("INSERT OR REPLACE INTO k VALUES (" + id + ", " + value + ")");
          model.put(at, id, value);
        }
        case APPEND -> {
          transaction.run("INSERT INTO p VALUES (" + id + ", " + value + ")");
          model.append(at, id, value);
        }
        case UPDATE -> {
          transaction.run("UPDATE " + table + " SET v = " + value + " WHERE id = " + id);
          model.update(at, step.table(), id, value);
        }
        case DELETE -> {
          transaction.run("DELETE FROM " + table + " WHERE id = " + id);
          model.delete(at, step.table(), id);
        }
        case EMPTY -> {
          transaction.run("TRUNCATE " + table);
          model.empty(at, step.table());
        }
        default -> throw new IllegalStateException("not a change: " + step);
      }
    }

    private void commit(int at) {
      boolean wins = model.commit(at);
      Optional<ErrorCode> failure = Optional.empty();
      try (OpenedTransaction transaction = Objects.requireNonNull(open.remove(at))) {
        transaction.commit();
      } catch (FlashDuckException e) {
        failure = Optional.of(e.code());
      }
      assertThat(failure).isEqualTo(wins ? Optional.empty() : Optional.of(ErrorCode.CONFLICT));
    }

    private void end(int at) {
      model.rollback(at);
      OpenedTransaction transaction = open.remove(at);
      if (transaction != null) {
        transaction.rollback();
        transaction.close();
      }
    }

    private void endAll() {
      List.copyOf(open.keySet()).forEach(this::end);
    }

    private void compare(Step after) {
      for (int table = 0; table < TABLES.size(); table++) {
        String query = "SELECT id, v FROM " + TABLES.get(table);
        assertThat(folder.rows(query).stream().sorted().toList())
            .as("%s after %s", query, after)
            .isEqualTo(model.seen(table));
        for (Map.Entry<Integer, OpenedTransaction> transaction : open.entrySet()) {
          assertThat(transaction.getValue().rows(query).stream().sorted().toList())
              .as("%s in %s after %s", query, transaction.getKey(), after)
              .isEqualTo(model.seen(transaction.getKey(), table));
        }
      }
    }

    void rebuilt() {
      endAll();
      folder.stop();
      folder.deleteCache();
      folder.open();
      for (int table = 0; table < TABLES.size(); table++) {
        assertThat(folder.rows("SELECT id, v FROM " + TABLES.get(table)).stream().sorted().toList())
            .as("built from nothing")
            .isEqualTo(model.seen(table));
      }
    }

    @Override
    public void close() {
      endAll();
      folder.close();
    }
  }
}
