package io.flashduck.server.config;

/**
 * DuckDB's share of the machine.
 *
 * <p>Threading: immutable.
 *
 * @param memoryLimitBytes what DuckDB may hold in memory before it spills
 * @param threads DuckDB's worker threads
 */
public record EngineConfig(long memoryLimitBytes, int threads) {}
