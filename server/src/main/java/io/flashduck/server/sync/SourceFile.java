package io.flashduck.server.sync;

import io.flashduck.server.catalog.TableName;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One data file, the table that it belongs to, and the state that it is in. Two equal ones yield
 * the same rows.
 *
 * <p>Threading: immutable.
 *
 * @param table its table
 * @param path relative to the data folder, with {@code /} between names
 * @param format how to read it
 * @param partitions text by column name of the {@code name=value} folders, outermost first; {@link
 *     #HIVE_NULL} stands for null
 * @param readOptions {@link io.flashduck.server.config.ReadOptions#fingerprint} of its table
 * @param stamp the state of the file
 */
public record SourceFile(
    TableName table,
    String path,
    FileFormat format,
    Map<String, String> partitions,
    String readOptions,
    FileStamp stamp) {
  /**
   * The value in a {@code name=value} folder that means null, as Hive, Spark and DuckDB write it.
   */
  public static final String HIVE_NULL = "__HIVE_DEFAULT_PARTITION__";

  public SourceFile {
    partitions =
        partitions.isEmpty()
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(partitions));
  }

  SourceFile withStamp(FileStamp newStamp) {
    return new SourceFile(table, path, format, partitions, readOptions, newStamp);
  }
}
