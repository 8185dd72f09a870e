package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;

/**
 * What every emission needs.
 *
 * <p>Threading: immutable; what it holds is thread-safe.
 *
 * @param storage the tables
 * @param layout where files are
 * @param files how they are written
 * @param settings how each table is encoded
 * @param identity of the cache and of what computes hashes
 */
record EmissionContext(
    TableStorage storage,
    ExportLayout layout,
    ExportFiles files,
    ConsolidateSettings settings,
    Identity identity) {

  /**
   * @param database whose versions the files name
   * @param hashAlgorithm whose hashes can be compared
   * @param writtenBy the program and its version
   * @param threads that encode
   */
  record Identity(String database, String hashAlgorithm, String writtenBy, int threads) {}

  ParquetOptions options(TableName table) {
    return ParquetOptions.of(settings.policy().apply(table));
  }
}
