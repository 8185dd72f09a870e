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

  /**
   * A row of a run costs up to twice as much as one of the whole table: it is hashed apart, and the
   * row that it replaces may have to be read to take its hash out.
   */
  private static final double WORTHWHILE = 0.55;

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

    /** This run and one beside it. */
    Run with(Run other) {
      return new Run(
          Math.min(first, other.first),
          Math.max(last, other.last),
          rows + other.rows,
          rowGroupRows);
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
      long rows = count.rows(run.first(), run.last());
      runs.add(new Run(run.first(), run.last(), rows, run.rowGroupRows()));
    }
    grow(shape, runs);
    List<Run> sized = runs.stream().map(run -> sized(shape, run)).toList();
    return cost(shape, sized) < limit(shape)
        ? Optional.of(new SplicePlan(sized))
        : Optional.empty();
  }

  private static List<Run> neighbours(Collection<Integer> dirty, Shape shape) {
    List<Run> runs = new ArrayList<>();
    for (int place : dirty) {
      insert(runs, runs.size(), new Run(place, place, shape.rows().get(place), shape.wanted()));
    }
    return runs;
  }

  /**
   * Inserts a run between others, joined with those that it touches.
   *
   * @return where it is then
   */
  private static int insert(List<Run> runs, int index, Run run) {
    int at = index;
    Run joined = run;
    if (at > 0 && runs.get(at - 1).last() + 1 == joined.first()) {
      at--;
      joined = runs.remove(at).with(joined);
    }
    if (at < runs.size() && joined.last() + 1 == runs.get(at).first()) {
      joined = joined.with(runs.remove(at));
    }
    runs.add(at, joined);
    return at;
  }

  /** Joins each run that is too small with its smaller neighbour, until none is. */
  private static void grow(Shape shape, List<Run> runs) {
    int at = 0;
    while (at < runs.size()) {
      Run run = runs.get(at);
      boolean all = run.first() == 0 && run.last() == shape.rows().size() - 1;
      if (all || !tooSmall(shape, run)) {
        at++;
      } else {
        runs.remove(at);
        // Neighbours of a run are clean: dirty ones would be part of it.
        at = insert(runs, at, run.with(smallerNeighbour(shape, run)));
      }
    }
  }

  private static Run smallerNeighbour(Shape shape, Run run) {
    int left = run.first() - 1;
    int right = run.last() + 1;
    boolean takeLeft =
        right == shape.rows().size()
            || (left >= 0 && shape.rows().get(left) <= shape.rows().get(right));
    int place = takeLeft ? left : right;
    return new Run(place, place, shape.rows().get(place), run.rowGroupRows());
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
