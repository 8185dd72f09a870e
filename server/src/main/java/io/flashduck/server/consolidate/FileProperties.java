package io.flashduck.server.consolidate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.jspecify.annotations.Nullable;

/**
 * What a consolidated file's footer says about it, as key-value metadata named {@code flashduck.*}.
 *
 * <p>Threading: immutable.
 *
 * @param table {@code schema.name}
 * @param database the identity of the cache whose versions these are; a cache that was built anew
 *     counts its versions anew
 * @param version the table version
 * @param sequence the last write in it
 * @param rowCount its rows
 * @param schemaVersion the version of the columns and the key
 * @param sourceFiles JSON: {@code count} and the first {@code files}
 * @param contentHash see {@link ContentHash#text}
 * @param format compression, level, encodings and row group size
 * @param clusters the ranges of the row groups, see {@link ClusterText}; empty if not known
 * @param writtenBy the program and its version
 */
record FileProperties(
    String table,
    String database,
    long version,
    long sequence,
    long rowCount,
    long schemaVersion,
    String sourceFiles,
    String contentHash,
    String format,
    String clusters,
    String writtenBy) {
  private static final String PREFIX = "flashduck.";

  /** Replaces the footer's properties by these; keeps what others wrote. */
  void writeTo(FileMetaData footer) {
    List<KeyValue> all = new ArrayList<>();
    if (footer.isSetKey_value_metadata()) {
      footer.getKey_value_metadata().stream()
          .filter(property -> !property.getKey().startsWith(PREFIX))
          .forEach(all::add);
    }
    values().forEach((key, value) -> all.add(new KeyValue(PREFIX + key).setValue(value)));
    footer.setKey_value_metadata(all);
  }

  /** The properties of a footer; empty if FlashDuck did not write the file. */
  static Optional<FileProperties> of(FileMetaData footer) {
    Map<String, String> values = new TreeMap<>();
    if (footer.isSetKey_value_metadata()) {
      for (KeyValue property : footer.getKey_value_metadata()) {
        @Nullable String value = property.getValue();
        if (property.getKey().startsWith(PREFIX) && value != null) {
          values.put(property.getKey().substring(PREFIX.length()), value);
        }
      }
    }
    try {
      return values.containsKey("table") ? Optional.of(parse(values)) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Map<String, String> values() {
    Map<String, String> values = new TreeMap<>();
    values.put("table", table);
    values.put("database", database);
    values.put("version", Long.toString(version));
    values.put("sequence", Long.toString(sequence));
    values.put("row_count", Long.toString(rowCount));
    values.put("schema_version", Long.toString(schemaVersion));
    values.put("source_files", sourceFiles);
    values.put("content_hash", contentHash);
    values.put("format", format);
    if (!clusters.isEmpty()) {
      values.put("row_groups", clusters);
    }
    values.put("written_by", writtenBy);
    return values;
  }

  private static FileProperties parse(Map<String, String> values) {
    return new FileProperties(
        text(values, "table"),
        text(values, "database"),
        number(values, "version"),
        number(values, "sequence"),
        number(values, "row_count"),
        number(values, "schema_version"),
        text(values, "source_files"),
        text(values, "content_hash"),
        text(values, "format"),
        values.getOrDefault("row_groups", ""),
        text(values, "written_by"));
  }

  private static String text(Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("The footer has no " + PREFIX + key);
    }
    return value;
  }

  private static long number(Map<String, String> values, String key) {
    return Long.parseLong(text(values, key));
  }
}
