package io.flashduck.server.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was compared, and what differed.
 *
 * <p>Threading: thread-safe.
 */
final class Tally {
  private static final int KEPT = 50;

  private final List<String> differences = new ArrayList<>();
  private final Map<String, Integer> refused = new TreeMap<>();
  private long queries;
  private long statements;
  private long failedQueries;
  private long failedStatements;
  private long different;

  synchronized void same(boolean query, Outcome outcome) {
    boolean failed = outcome instanceof Outcome.Failure;
    if (query && failed) {
      failedQueries++;
    } else if (query) {
      queries++;
    } else if (failed) {
      failedStatements++;
    } else {
      statements++;
    }
  }

  /** A statement that the server refuses by design; DuckDB was not asked. */
  synchronized void refused(String name) {
    refused.merge(name, 1, Integer::sum);
  }

  /** The first of them are kept in full. */
  synchronized void differs(String difference) {
    different++;
    if (differences.size() < KEPT) {
      differences.add(difference);
    }
  }

  synchronized List<String> differences() {
    return List.copyOf(differences);
  }

  /** Queries and statements that failed on both sides. */
  synchronized long failures() {
    return failedQueries + failedStatements;
  }

  synchronized long compared() {
    return queries + statements + failures() + different;
  }

  @Override
  public synchronized String toString() {
    return String.format(
        Locale.ROOT,
        "%,d queries and %,d statements with the same result, %,d and %,d with an error on both"
            + " sides, %,d different; refused by design: %s",
        queries,
        statements,
        failedQueries,
        failedStatements,
        different,
        refused);
  }
}
