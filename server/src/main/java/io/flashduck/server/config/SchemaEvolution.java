package io.flashduck.server.config;

/**
 * What happens if the files of a table do not have the same columns.
 *
 * <p>Threading: immutable.
 */
public enum SchemaEvolution {
  /** The table has every column of any file; a value that a file does not have is null. */
  UNION,
  /** A file with other columns or types than the table has is refused. */
  STRICT
}
