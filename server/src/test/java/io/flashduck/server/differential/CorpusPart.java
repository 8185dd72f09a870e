package io.flashduck.server.differential;

/**
 * Some files of the corpus, and how much of each is run.
 *
 * @param pattern a regular expression of their paths
 * @param from where the share of the queries that is run begins, 0 to 1
 * @param to where it ends; shares that do not overlap have no query in common
 * @param maxStatements that change something; behind them a file ends
 */
record CorpusPart(String pattern, double from, double to, int maxStatements) {
  /** A share that begins at 0. */
  CorpusPart(String pattern, double share, int maxStatements) {
    this(pattern, 0, share, maxStatements);
  }

  boolean holds(String file) {
    return file.matches(pattern);
  }

  /**
   * Whether a query is run.
   *
   * @param place its own, from 0 to 1, by chance but always the same
   */
  boolean takes(double place) {
    return from <= place && place < to;
  }
}
