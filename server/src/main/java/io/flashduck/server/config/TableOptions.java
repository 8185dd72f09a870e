package io.flashduck.server.config;

import java.util.List;

/**
 * What {@code tables.yaml} says about one table.
 *
 * <p>Threading: immutable.
 *
 * @param schema the table's schema, {@code main} if the file names none
 * @param name the table's name
 * @param key the columns of the declared key, or empty if none is declared
 * @param files which files are the table's
 * @param read how its files are read
 * @param merge how its files and its consolidated file are treated
 */
public record TableOptions(
    String schema,
    String name,
    List<String> key,
    FileSelection files,
    ReadOptions read,
    MergeOptions merge) {
  public TableOptions {
    key = List.copyOf(key);
  }

  /** A table of which nothing is said. */
  public static TableOptions defaults(String schema, String name) {
    return new TableOptions(
        schema, name, List.of(), FileSelection.DEFAULT, ReadOptions.DEFAULT, MergeOptions.DEFAULT);
  }

  /** {@code schema.name} as the file would write it. */
  public String displayName() {
    return schema.equals(TablesConfig.DEFAULT_SCHEMA) ? name : schema + "." + name;
  }

  /**
   * How the files of a table become one.
   *
   * @param evolution what happens if files differ in their columns
   * @param export where the table differs from the server's {@link ExportConfig}
   */
  public record MergeOptions(SchemaEvolution evolution, ExportOverrides export) {
    /** Union of columns, exported as the server says. */
    public static final MergeOptions DEFAULT =
        new MergeOptions(SchemaEvolution.UNION, ExportOverrides.NONE);
  }
}
