package io.flashduck.server.differential;

/**
 * Some files of the corpus, and how much of each is run.
 *
 * @param pattern a regular expression of their paths
 * @param share of the queries, from 0 to 1; the same ones every time
 * @param maxStatements that change something; behind them a file ends
 */
record CorpusPart(String pattern, double share, int maxStatements) {
  boolean holds(String file) {
    return file.matches(pattern);
  }
}
