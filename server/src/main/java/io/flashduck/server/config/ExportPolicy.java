package io.flashduck.server.config;

/**
 * When a table's consolidated Parquet file is replaced.
 *
 * <p>Threading: immutable.
 */
public enum ExportPolicy {
  /**
   * After each applied change; one file covers changes that come faster than files can be written.
   */
  ALWAYS,
  /** Once the table has rested for a while. */
  DEBOUNCE,
  /** After a number of applied changes. */
  EVERY,
  /** Never by itself. */
  OFF
}
