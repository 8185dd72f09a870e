package io.flashduck.server.table.source;

/**
 * A column that a source file has.
 *
 * <p>Threading: immutable.
 *
 * @param name as the file spells it
 * @param type DuckDB's text of its type
 * @param typed whether the file itself says so; else the type is a guess from the file's text, or
 *     from the name of its folder, and gives way to what is known of the column
 */
public record SourceColumn(String name, String type, boolean typed) {
  /** The type of a text column without any value. */
  public static final String UNKNOWN = "";
}
