package io.flashduck.server.config;

import io.flashduck.server.config.ExportOverrides.FormatOverrides;
import io.flashduck.server.config.ReadOptions.CsvOptions;
import io.flashduck.server.config.ReadOptions.TextOptions;
import io.flashduck.server.config.TableOptions.MergeOptions;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns the nodes of {@code tables.yaml} into {@link TablesConfig}, strictly: every error is
 * reported, with file and line.
 *
 * <p>Threading: one use.
 */
final class TablesParser {
  /** Schemas that are DuckDB's or FlashDuck's own. */
  private static final Set<String> RESERVED_SCHEMAS =
      Set.of("flashduck", "_flashduck", "flashduck_db", "information_schema", "pg_catalog");

  private final String label;
  private final List<String> errors = new ArrayList<>();

  TablesParser(String label) {
    this.label = label;
  }

  /**
   * @throws FlashDuckException INVALID_REQUEST with every error
   */
  TablesConfig parse(YamlNode.Mapping root) {
    YamlOptions top = new YamlOptions(label, "", root, errors);
    List<Glob> ignore = top.list("ignore", Glob::of);
    YamlOptions named = top.group("tables");
    top.finish();
    Map<String, TableOptions> tables = new LinkedHashMap<>();
    for (String name : named.names()) {
      table(named, name).ifPresent(table -> add(named, name, table, tables));
    }
    if (!errors.isEmpty()) {
      throw new FlashDuckException(ErrorCode.INVALID_REQUEST, String.join("\n", errors));
    }
    return new TablesConfig(List.copyOf(tables.values()), ignore);
  }

  private static void add(
      YamlOptions named, String name, TableOptions table, Map<String, TableOptions> tables) {
    String folded = TablesConfig.folded(table.schema(), table.name());
    if (tables.putIfAbsent(folded, table) != null) {
      named.error(name, "is given twice; names that differ only in case are one table");
    }
  }

  private Optional<TableOptions> table(YamlOptions named, String name) {
    YamlOptions options = named.group(name);
    List<String> parts = TableNameText.parts(name);
    if (parts.isEmpty()) {
      named.error(
          name,
          "is not a table name; write table or schema.table, and \"a.b\" in double quotes inside of"
              + " single ones for a name with a dot");
      return Optional.empty();
    }
    String schema = parts.size() == 2 ? parts.get(0) : TablesConfig.DEFAULT_SCHEMA;
    if (RESERVED_SCHEMAS.contains(schema.toLowerCase(Locale.ROOT))) {
      named.error(name, "is in the schema " + schema + ", which is reserved; choose another");
    }
    TableOptions table =
        new TableOptions(
            schema,
            parts.get(parts.size() - 1),
            key(options),
            files(options),
            new ReadOptions(
                options.value("format", ConfigType.choice(DataFormat.class).parser()),
                text(options),
                options.texts("columns")),
            new MergeOptions(
                options
                    .value("schema_evolution", ConfigType.choice(SchemaEvolution.class).parser())
                    .orElse(SchemaEvolution.UNION),
                export(options.group("export"))));
    options.finish();
    return Optional.of(table);
  }

  private static List<String> key(YamlOptions options) {
    List<String> key = options.list("key", ConfigType.nonBlank());
    Set<String> seen = new HashSet<>();
    for (String column : key) {
      if (!seen.add(column.toLowerCase(Locale.ROOT))) {
        options.error("key", "names the column '" + column + "' twice");
      }
    }
    return key;
  }

  private static FileSelection files(YamlOptions options) {
    return new FileSelection(
        options.value("path", TablesParser::folder),
        options.list("include", Glob::of),
        options.list("exclude", Glob::of),
        options.flag("recursive", true),
        options.flag("hive_partitioning", true));
  }

  /** A folder below the data folder, without {@code ./} and a slash at its end. */
  private static String folder(String text) {
    String path = text.strip();
    while (path.startsWith("./")) {
      path = path.substring(2);
    }
    while (path.endsWith("/") && path.length() > 1) {
      path = path.substring(0, path.length() - 1);
    }
    if (path.equals(".")) {
      return "";
    }
    if (path.isEmpty() || path.startsWith("/") || ("/" + path + "/").contains("/../")) {
      throw new IllegalArgumentException(
          "expected a folder inside of the data folder, relative to it and with / between names");
    }
    if (("/" + path).contains("/.")) {
      throw new IllegalArgumentException("hidden folders are never read; rename it");
    }
    return path;
  }

  private static TextOptions text(YamlOptions options) {
    CsvOptions csv =
        new CsvOptions(
            options.value("delimiter", TablesParser::delimiter),
            options.value("header", ConfigType::parseFlag),
            options.value("quote", TablesParser::atMostOneCharacter),
            options.value("escape", TablesParser::atMostOneCharacter));
    return new TextOptions(
        csv,
        options.list("null_strings", text -> text),
        options.value("date_format", ConfigType.nonBlank()),
        options.value("timestamp_format", ConfigType.nonBlank()));
  }

  private static String delimiter(String text) {
    String delimiter = text.equals("\\t") ? "\t" : text;
    if (delimiter.isEmpty() || delimiter.length() > 4) {
      throw new IllegalArgumentException("expected one to four characters");
    }
    return delimiter;
  }

  private static String atMostOneCharacter(String text) {
    if (text.length() > 1) {
      throw new IllegalArgumentException("expected one character, or '' for none");
    }
    return text;
  }

  private static ExportOverrides export(YamlOptions options) {
    ExportOverrides overrides =
        new ExportOverrides(
            options.value("policy", ConfigKeys.EXPORT_POLICY::parse),
            options.value("debounce", ConfigKeys.EXPORT_DEBOUNCE::parse),
            options.value("every_changes", ConfigKeys.EXPORT_EVERY_CHANGES::parse),
            new FormatOverrides(
                options.value("compression", ConfigKeys.EXPORT_COMPRESSION::parse),
                options.value("compression_level", ConfigKeys.EXPORT_COMPRESSION_LEVEL::parse),
                options.value("row_group_rows", ConfigKeys.EXPORT_ROW_GROUP_ROWS::parse),
                options.value("encodings", ConfigKeys.EXPORT_ENCODINGS::parse)),
            options.value("keep_versions", ConfigKeys.EXPORT_KEEP_VERSIONS::parse));
    options.finish();
    return overrides;
  }
}
