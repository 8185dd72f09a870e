package io.flashduck.server.engine.sql;

import io.flashduck.server.catalog.TableName;

/**
 * Writes names and strings into SQL text.
 *
 * <p>Threading: stateless.
 */
public final class SqlIdentifiers {
  private SqlIdentifiers() {}

  /** The identifier in double quotes, whatever it contains. */
  public static String quote(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** {@code "schema"."name"}. */
  public static String quote(TableName table) {
    return quote(table.schema()) + "." + quote(table.name());
  }

  /** The text as a string literal. */
  public static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
