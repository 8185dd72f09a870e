package io.flashduck.server.consolidate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Which row groups of a file are encoded again, as runs of neighbours, and into how many.
 *
 * <p>A run that has become small is joined with its smaller neighbour, one that has become large is
 * split, so that row groups stay between a quarter and one and a half times their wanted size.
 *
 * <p>Threading: immutable.
 *
 * @param runs disjoint, in order, never neighbours of each other
 */
record SplicePlan(List<Run> runs) {
  /** DuckDB ends row groups only at a whole number of its vectors. */
  static final int VECTOR_ROWS = 2048;

  /** What starting one more COPY costs, in rows that could be encoded instead. */
  private static final long RUN_ROWS = 16_384;

  /** These are estimates, so a splice must be clearly cheaper. */
  private static final double WORTHWHILE = 0.8;

  SplicePlan {
    runs = List.copyOf(runs);
  }

  /**
   * Neighbouring row groups that are encoded again together.
   *
   * @param first the first one's place
   * @param last the last one's place
   * @param rows their rows in the table now
   * @param rowGroupRows rows of each row group that they become
   */
  record Run(int first, int last, long rows, long rowGroupRows) {
    long rowGroups() {
      return (rows + rowGroupRows - 1) / rowGroupRows;
    }

    boolean contains(int place) {
      return first <= place && place <= last;
    }
  }

  /** Counts the rows that the ranges of some row groups have in the table now. */
  @FunctionalInterface
  interface Count {
    long rows(int first, int last);
  }

  /**
   * What the file's row groups are.
   *
   * @param rows of each row group in the file, in order
   * @param wanted rows of a row group
   * @param threads that encode
   */
  record Shape(List<Long> rows, int wanted, int threads) {}

  /**
   * Plans what to encode again.
   *
   * @param dirty the places of the row groups that have changed rows, ascending
   * @return empty if writing the whole table is about as cheap
   */
  static Optional<SplicePlan> of(Shape shape, Collection<Integer> dirty, Count count) {
    if (cost(shape, neighbours(dirty, shape)) >= limit(shape)) {
      return Optional.empty();
    }
    List<Run> runs = new ArrayList<>();
    for (Run run : neighbours(dirty, shape)) {
      Run counted = new Run(run.first(), run.last(), count.rows(run.first(), run.last()), 1);
      add(runs, grown(shape, runs, counted));
    }
    List<Run> sized = joined(shape, runs).stream().map(run -> sized(shape, run)).toList();
    return cost(shape, sized) < limit(shape)
        ? Optional.of(new SplicePlan(sized))
        : Optional.empty();
  }

  private static List<Run> neighbours(Collection<Integer> dirty, Shape shape) {
    List<Run> runs = new ArrayList<>();
    for (int place : dirty) {
      add(runs, new Run(place, place, shape.rows().get(place), shape.wanted()));
    }
    return runs;
  }

  /** Appends a run, joined with the one before if they are neighbours. */
  private static void add(List<Run> runs, Run run) {
    if (!runs.isEmpty()) {
      Run before = runs.get(runs.size() - 1);
      if (before.last() + 1 >= run.first()) {
        runs.remove(runs.size() - 1);
        runs.add(
            new Run(before.first(), run.last(), before.rows() + run.rows(), before.rowGroupRows()));
        return;
      }
    }
    runs.add(run);
  }

  /** Takes in smaller neighbours on the left, as long as the run is too small. */
  private static Run grown(Shape shape, List<Run> before, Run run) {
    int free = before.isEmpty() ? 0 : before.get(before.size() - 1).last() + 1;
    Run grown = run;
    while (tooSmall(shape, grown) && grown.first() > free && leftIsSmaller(shape, grown)) {
      int left = grown.first() - 1;
      grown =
          new Run(left, grown.last(), grown.rows() + shape.rows().get(left), grown.rowGroupRows());
    }
    return grown;
  }

  private static boolean leftIsSmaller(Shape shape, Run run) {
    int right = run.last() + 1;
    return right >= shape.rows().size()
        || shape.rows().get(run.first() - 1) <= shape.rows().get(right);
  }

  /** Takes in neighbours on the right where that was not enough. */
  private static List<Run> joined(Shape shape, List<Run> runs) {
    List<Run> joined = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      int next = i + 1 < runs.size() ? runs.get(i + 1).first() : shape.rows().size();
      while (tooSmall(shape, run) && run.last() + 1 < next) {
        int right = run.last() + 1;
        run = new Run(run.first(), right, run.rows() + shape.rows().get(right), run.rowGroupRows());
      }
      add(joined, run);
    }
    return joined;
  }

  private static boolean tooSmall(Shape shape, Run run) {
    return run.rows() > 0 && run.rows() < shape.wanted() / 4;
  }

  private static Run sized(Shape shape, Run run) {
    long wanted = vectors(shape.wanted());
    if (run.rows() <= wanted + wanted / 2) {
      return new Run(run.first(), run.last(), run.rows(), vectors(Math.max(1, run.rows())));
    }
    boolean end = run.last() == shape.rows().size() - 1;
    long pieces = (run.rows() + wanted - 1) / wanted;
    // Tables mostly grow at the end: there full row groups are left behind.
    long rows = end ? wanted : vectors((run.rows() + pieces - 1) / pieces);
    return new Run(run.first(), run.last(), run.rows(), rows);
  }

  private static long vectors(long rows) {
    return (rows + VECTOR_ROWS - 1) / VECTOR_ROWS * VECTOR_ROWS;
  }

  /** In rows that one thread encodes; one row group is always encoded by one thread. */
  private static double cost(Shape shape, List<Run> runs) {
    double cost = 0;
    for (Run run : runs) {
      long parallel = Math.max(1, Math.min(shape.threads(), run.rowGroups()));
      cost += RUN_ROWS + (double) run.rows() / parallel;
    }
    return cost;
  }

  private static double limit(Shape shape) {
    long rows = shape.rows().stream().mapToLong(Long::longValue).sum();
    Run all = new Run(0, shape.rows().size() - 1, rows, vectors(shape.wanted()));
    return WORTHWHILE * cost(shape, List.of(all));
  }
}
