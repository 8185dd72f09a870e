package io.flashduck.server.config;

import java.time.Duration;

/**
 * When a table's consolidated Parquet file is replaced.
 *
 * <p>Threading: immutable.
 *
 * @param policy the rule
 * @param debounce how long the table must rest, for {@link ExportPolicy#DEBOUNCE}
 * @param everyChanges how many applied changes, for {@link ExportPolicy#EVERY}
 */
public record ExportSchedule(ExportPolicy policy, Duration debounce, int everyChanges) {}
