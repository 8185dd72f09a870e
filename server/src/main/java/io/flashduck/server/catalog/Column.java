package io.flashduck.server.catalog;

/**
 * A user-visible column.
 *
 * <p>Threading: immutable.
 *
 * @param name as written by the file or the statement
 * @param type DuckDB's text of the type, for example {@code DECIMAL(15,2)} or {@code STRUCT(a
 *     INTEGER)[]}
 */
public record Column(String name, String type) {}
