package io.flashduck.server.catalog;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.Locale;

/**
 * A table's schema and name, compared without regard to case as DuckDB compares identifiers.
 *
 * <p>Threading: immutable.
 *
 * @param schema the schema, {@code main} for files at the top of the data folder
 * @param name the table's name
 */
public record TableName(String schema, String name) implements Comparable<TableName> {
  /** The schema of files at the top of the data folder. */
  public static final String DEFAULT_SCHEMA = "main";

  public TableName {
    if (schema.isEmpty() || name.isEmpty()) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "A table name needs a schema and a name, got schema '"
              + schema
              + "' and name '"
              + name
              + "'");
    }
  }

  /** The table of that name in the default schema. */
  public static TableName ofMain(String name) {
    return new TableName(DEFAULT_SCHEMA, name);
  }

  /** Lower-case {@code schema.name}: equal for equal names. */
  public String folded() {
    return (schema + "." + name).toLowerCase(Locale.ROOT);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TableName that && folded().equals(that.folded());
  }

  @Override
  public int hashCode() {
    return folded().hashCode();
  }

  @Override
  public int compareTo(TableName other) {
    return folded().compareTo(other.folded());
  }

  @Override
  public String toString() {
    return schema + "." + name;
  }
}
