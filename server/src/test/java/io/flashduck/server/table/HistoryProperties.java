package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
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
 * The invariant that everything rests on: after any history of files, writes, crashes and restarts
 * each table equals the one built from nothing out of the files and the accepted writes.
 *
 * <p>The number of histories is the system property {@code flashduck.histories}.
 */
@PropertyDefaults(shrinking = ShrinkingMode.BOUNDED)
final class HistoryProperties {
  @Provide
  Arbitrary<List<HistoryStep>> histories() {
    Arbitrary<Integer> table = Arbitraries.integers().between(0, HistoryRun.TABLES - 1);
    Arbitrary<Integer> file = Arbitraries.integers().between(0, 2);
    Arbitrary<HistoryStep.Time> time =
        Arbitraries.frequency(
            Tuple.of(3, HistoryStep.Time.LONG_AGO),
            Tuple.of(4, HistoryStep.Time.NOW),
            Tuple.of(1, HistoryStep.Time.IN_FUTURE));
    Arbitrary<List<Integer>> ids =
        Arbitraries.frequency(
                Tuple.of(1, 0), Tuple.of(5, 1), Tuple.of(5, 2), Tuple.of(5, 3), Tuple.of(5, 4))
            .list()
            .ofMaxSize(4);
    Arbitrary<List<Integer>> keys =
        Arbitraries.integers().between(1, 5).list().ofMinSize(1).ofMaxSize(3);
    Arbitrary<HistoryStep> writeFile =
        Combinators.combine(
                table,
                file,
                Arbitraries.of(HistoryStep.Format.values()),
                time,
                Arbitraries.oneOf(ids, ids.map(HistoryProperties::distinctKeys)),
                Arbitraries.integers().between(0, 2))
            .as(HistoryStep.WriteFile::new);
    Arbitrary<Integer> digit = Arbitraries.integers().between(0, 9);
    Arbitrary<HistoryStep> put =
        Combinators.combine(table, keys, Arbitraries.of(true, false)).as(HistoryStep.Put::new);
    return Arbitraries.frequencyOf(
            Tuple.of(9, writeFile),
            Tuple.of(2, Combinators.combine(table, file).as(HistoryStep.DeleteFile::new)),
            Tuple.of(2, Combinators.combine(table, file, file).as(HistoryStep.RenameFile::new)),
            Tuple.of(2, Combinators.combine(table, file, time).as(HistoryStep.TouchFile::new)),
            Tuple.of(1, Combinators.combine(table, file).as(HistoryStep.CorruptFile::new)),
            Tuple.of(6, put),
            Tuple.of(3, Combinators.combine(table, keys).as(HistoryStep.Delete::new)),
            Tuple.of(3, Combinators.combine(table, digit).as(HistoryStep.Update::new)),
            Tuple.of(2, Combinators.combine(table, digit).as(HistoryStep.DeleteRows::new)),
            Tuple.of(3, alterations(table, digit)),
            Tuple.of(1, table.<HistoryStep>map(HistoryStep.Truncate::new)),
            Tuple.of(1, table.<HistoryStep>map(HistoryStep.Drop::new)),
            Tuple.of(3, Arbitraries.<HistoryStep>just(new HistoryStep.Fold())),
            Tuple.of(2, Arbitraries.of(true, false).<HistoryStep>map(HistoryStep.Restart::new)))
        .list()
        .ofMinSize(3)
        .ofMaxSize(25);
  }

  private static Arbitrary<HistoryStep> alterations(
      Arbitrary<Integer> table, Arbitrary<Integer> digit) {
    Arbitrary<Integer> column = Arbitraries.integers().between(0, 1);
    Arbitrary<String> type = Arbitraries.of("BIGINT", "INTEGER", "VARCHAR");
    return Arbitraries.frequencyOf(
        Tuple.of(
            3,
            Combinators.combine(table, column, Arbitraries.of(true, false))
                .as(HistoryStep.AddColumn::new)),
        Tuple.of(3, Combinators.combine(table, digit, column).as(HistoryStep.Fill::new)),
        Tuple.of(1, Combinators.combine(table, column).as(HistoryStep.DropColumn::new)),
        Tuple.of(2, Combinators.combine(table, column, column).as(HistoryStep.RenameColumn::new)),
        Tuple.of(1, Combinators.combine(table, column, type).as(HistoryStep.RetypeColumn::new)));
  }

  private static List<Integer> distinctKeys(List<Integer> ids) {
    return ids.stream().filter(id -> id > 0).distinct().toList();
  }

  @Property(tries = 12)
  void tables_afterAnyHistory_equalThoseBuiltFromNothing(
      @ForAll("histories") List<HistoryStep> history) throws IOException {
    run(history);
  }

  /** Many more of them, for a night: {@code -Dflashduck.histories=5000}. */
  @Example
  void tables_afterManyHistories_equalThoseBuiltFromNothing() {
    int wanted = Integer.getInteger("flashduck.histories", 0);
    histories()
        .sampleStream()
        .limit(wanted)
        .forEach(
            history -> {
              try {
                run(history);
              } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("history: " + history, e);
              }
            });
  }

  /**
   * The same of tables with many row groups, of which most are not encoded again: after each step
   * the consolidated files equal the tables.
   */
  @Property(tries = 8)
  void files_afterAnyHistory_equalTheirTables(@ForAll("histories") List<HistoryStep> history)
      throws IOException {
    Path dir = Files.createTempDirectory("flashduck-history");
    try (HistoryRun run = new HistoryRun(dir, HistoryRun.Size.MANY_ROW_GROUPS)) {
      run.requireFiles();
      // The first write settles the key, which is written in the footer.
      for (int id : List.of(2, 3)) {
        for (int table = 0; table < HistoryRun.TABLES; table++) {
          run.apply(new HistoryStep.Put(table, List.of(id), false));
          run.requireFiles();
        }
      }
      for (String table : List.of("d", "i", "n")) {
        assertThat(run.spliced(table)).as("emissions of %s that spliced", table).isPositive();
      }
      for (HistoryStep step : history) {
        run.apply(step);
        assertThat(run.actual()).as("after %s", step).isEqualTo(run.expected());
        run.requireFiles();
      }
    } finally {
      deleteAll(dir);
    }
  }

  static void run(List<HistoryStep> history) throws IOException {
    Path dir = Files.createTempDirectory("flashduck-history");
    try (HistoryRun run = new HistoryRun(dir, HistoryRun.Size.SMALL)) {
      for (HistoryStep step : history) {
        run.apply(step);
        assertThat(run.actual()).as("after %s", step).isEqualTo(run.expected());
      }
      HistoryStep rebuild = new HistoryStep.Restart(true); // from the last fold, if there was one
      run.apply(rebuild);
      assertThat(run.actual()).as("after %s", rebuild).isEqualTo(run.expected());
    } finally {
      deleteAll(dir);
    }
  }

  static void deleteAll(Path dir) throws IOException {
    try (Stream<Path> paths = Files.walk(dir)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
