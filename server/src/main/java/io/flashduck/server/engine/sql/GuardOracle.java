package io.flashduck.server.engine.sql;

/**
 * What the guard asks DuckDB.
 *
 * <p>Threading: as the implementation says.
 */
public interface GuardOracle {
  /** The answer of {@code json_serialize_sql}: DuckDB's own parse of the text, as JSON. */
  String serialize(String sql);

  /** Whether a table or view of exactly this name exists. */
  boolean exists(QualifiedName relation);
}
