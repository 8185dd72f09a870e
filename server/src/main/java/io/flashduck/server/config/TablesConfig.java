package io.flashduck.server.config;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The content of {@code tables.yaml}: what the user says about single tables, and what is no table
 * at all. The format is described in {@code server/docs/tables-yaml.md}.
 *
 * <p>Threading: immutable.
 */
public final class TablesConfig {
  /** The file's name at the top of the data folder. */
  public static final String FILE_NAME = "tables.yaml";

  /** The schema of tables whose name has none. */
  public static final String DEFAULT_SCHEMA = "main";

  /** Nothing is said about any table. */
  public static final TablesConfig EMPTY = new TablesConfig(List.of(), List.of());

  private final Map<String, TableOptions> tables;
  private final List<Glob> ignore;

  TablesConfig(List<TableOptions> tables, List<Glob> ignore) {
    Map<String, TableOptions> byName = new LinkedHashMap<>();
    for (TableOptions table : tables) {
      byName.put(folded(table.schema(), table.name()), table);
    }
    this.tables = Collections.unmodifiableMap(byName);
    this.ignore = List.copyOf(ignore);
  }

  /**
   * The content of that file.
   *
   * @throws FlashDuckException INVALID_REQUEST with every error, each with file and line
   */
  public static TablesConfig read(Path file) {
    return parse(file.toString(), text(file));
  }

  /** The text of that file, or INVALID_REQUEST. */
  static String text(Path file) {
    try {
      return YamlNode.readText(file);
    } catch (YamlSyntaxException e) {
      throw new FlashDuckException(ErrorCode.INVALID_REQUEST, e.problem(), e);
    }
  }

  /**
   * The content that a file with this text would have.
   *
   * @param label the file's name for messages
   * @throws FlashDuckException INVALID_REQUEST with every error, each with file and line
   */
  public static TablesConfig parse(String label, String text) {
    try {
      return new TablesParser(label).parse(YamlNode.parse(label, text));
    } catch (YamlSyntaxException e) {
      throw new FlashDuckException(ErrorCode.INVALID_REQUEST, e.problem(), e);
    }
  }

  /** Every table of the file, in its order. */
  public Collection<TableOptions> tables() {
    return tables.values();
  }

  /** What the file says about that table; names are compared without regard to case. */
  public Optional<TableOptions> find(String schema, String name) {
    return Optional.ofNullable(tables.get(folded(schema, name)));
  }

  /** The same, with defaults for a table of which the file says nothing. */
  public TableOptions options(String schema, String name) {
    return find(schema, name).orElseGet(() -> TableOptions.defaults(schema, name));
  }

  /** Patterns, relative to the data folder, of files that belong to no table. */
  public List<Glob> ignore() {
    return ignore;
  }

  static String folded(String schema, String name) {
    return (schema + "." + name).toLowerCase(Locale.ROOT);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TablesConfig that
        && tables.equals(that.tables)
        && ignore.equals(that.ignore);
  }

  @Override
  public int hashCode() {
    return Objects.hash(tables, ignore);
  }

  @Override
  public String toString() {
    return "TablesConfig" + tables.values() + (ignore.isEmpty() ? "" : " ignoring " + ignore);
  }
}
