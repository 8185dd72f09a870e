package io.flashduck.server.web;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Bounds of single requests.
 *
 * @param queryTime how long a query of the page may run
 * @param writeTime how long a write may take to be answered
 * @param maxWriteBytes the largest body of a write
 * @param tempDirectory where bodies are kept while DuckDB reads them
 */
public record WebLimits(
    Duration queryTime, Duration writeTime, long maxWriteBytes, Path tempDirectory) {}
