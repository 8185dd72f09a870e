package io.flashduck.server.table;

/**
 * How far a change has come when its sender is answered; each level includes the ones before it.
 *
 * <p>Threading: immutable.
 */
public enum AckLevel {
  /** On stable storage in the write queue: no crash loses it. */
  DURABLE,
  /** Visible to queries that start now. */
  APPLIED,
  /** In the consolidated Parquet file of its table. */
  EXPORTED
}
