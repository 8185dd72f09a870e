package io.flashduck.server.consolidate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.flashduck.server.consolidate.SplicePlan.Run;
import io.flashduck.server.consolidate.SplicePlan.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class SplicePlanTest {
  private static final int WANTED = 122_880;

  private static Shape shape(int groups) {
    return new Shape(Collections.nCopies(groups, (long) WANTED), WANTED, 2);
  }

  private static List<Run> runs(Shape shape, List<Integer> dirty, SplicePlan.Count count) {
    return SplicePlan.of(shape, dirty, count).orElseThrow().runs();
  }

  @Test
  void of_oneDirtyRowGroup_isOneRun() {
    assertThat(runs(shape(80), List.of(7), (first, last) -> WANTED))
        .containsExactly(new Run(7, 7, WANTED, WANTED));
  }

  @Test
  void of_neighbours_areOneRun() {
    assertThat(runs(shape(80), List.of(7, 8, 20), (first, last) -> (last - first + 1L) * WANTED))
        .containsExactly(new Run(7, 8, 2 * WANTED, WANTED), new Run(20, 20, WANTED, WANTED));
  }

  @Test
  void of_grownRowGroup_isSplitEvenlyButFilledAtTheEnd() {
    long rows = WANTED * 2 + 10_000;
    assertThat(runs(shape(80), List.of(7, 79), (first, last) -> rows))
        .extracting(Run::rowGroupRows)
        .containsExactly(86_016L, (long) WANTED);
  }

  @Test
  void of_smallRowGroup_takesItsSmallerNeighbour() {
    List<Long> rows = new ArrayList<>(shape(80).rows());
    rows.set(8, 60_000L);
    rows.set(20, 50_000L);
    Shape shape = new Shape(rows, WANTED, 2);
    assertThat(runs(shape, List.of(7, 21, 40), (first, last) -> first == 40 ? 0 : 100))
        .containsExactly(
            new Run(7, 8, 60_100, 61_440),
            new Run(20, 21, 50_100, 51_200),
            new Run(40, 40, 0, 2048));
  }

  @Test
  void of_smallRowGroupAtTheEnds_takesTheOnlyNeighbour() {
    assertThat(runs(shape(80), List.of(0, 79), (first, last) -> 100))
        .extracting(Run::first, Run::last)
        .containsExactly(tuple(0, 1), tuple(78, 79));
  }

  @Test
  void of_muchDirty_isNotWorthwhile() {
    List<Integer> half = new ArrayList<>();
    for (int i = 0; i < 80; i += 2) {
      half.add(i);
    }
    assertThat(SplicePlan.of(shape(80), half, (first, last) -> WANTED)).isEmpty();
    assertThat(SplicePlan.of(shape(1), List.of(0), (first, last) -> WANTED)).isEmpty();
  }

  @Test
  void of_manyThreads_writesInFullEarlier() {
    List<Integer> dirty = List.of(1, 3, 5, 7, 9, 11);
    Shape two = shape(80);
    Shape sixteen = new Shape(two.rows(), WANTED, 16);
    assertThat(SplicePlan.of(two, dirty, (first, last) -> WANTED)).isPresent();
    assertThat(SplicePlan.of(sixteen, dirty, (first, last) -> WANTED)).isEmpty();
  }

  @Property(tries = 500)
  void of_anything_runsAreDisjointCoverTheDirtyAndHaveSoundSizes(
      @ForAll @IntRange(min = 1, max = 100) int groups,
      @ForAll @IntRange(min = 1, max = 8) int dirtyGroups,
      @ForAll long seed) {
    Random random = new Random(seed);
    List<Long> rows = new ArrayList<>();
    List<Long> now = new ArrayList<>();
    TreeSet<Integer> dirty = new TreeSet<>();
    for (int i = 0; i < dirtyGroups; i++) {
      dirty.add(random.nextInt(groups));
    }
    for (int i = 0; i < groups; i++) {
      rows.add(1L + random.nextInt(WANTED * 3 / 2));
      now.add(
          dirty.contains(i) ? random.nextInt(4 * WANTED) / (1 + random.nextInt(20)) : rows.get(i));
    }
    Optional<SplicePlan> plan =
        SplicePlan.of(
            new Shape(rows, WANTED, 2),
            dirty,
            (first, last) ->
                now.subList(first, last + 1).stream().mapToLong(Long::longValue).sum());

    int after = -2;
    for (Run run : plan.map(SplicePlan::runs).orElse(List.of())) {
      assertThat(run.first()).isGreaterThan(after + 1);
      after = run.last();
      assertThat(run.rows())
          .isEqualTo(
              now.subList(run.first(), run.last() + 1).stream().mapToLong(Long::longValue).sum());
      assertThat(run.rowGroupRows() % 2048).isZero();
      assertThat(run.rowGroupRows()).isLessThanOrEqualTo(WANTED * 3 / 2);
      boolean all = run.first() == 0 && run.last() == groups - 1;
      assertThat(run.rows() == 0 || run.rows() >= WANTED / 4 || all).isTrue();
    }
    plan.ifPresent(
        found ->
            assertThat(dirty)
                .allMatch(place -> found.runs().stream().anyMatch(run -> run.contains(place))));
  }
}
