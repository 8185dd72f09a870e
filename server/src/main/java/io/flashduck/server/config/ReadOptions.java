package io.flashduck.server.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the files of a table are read; whatever is not given is looked for by the reader.
 *
 * <p>Threading: immutable.
 *
 * @param format the format of every file of the table, whatever its name ends in
 * @param text options of CSV, TSV, JSON and NDJSON
 * @param columns DuckDB's type by column name, in order; only these columns get a given type
 */
public record ReadOptions(
    Optional<DataFormat> format, TextOptions text, Map<String, String> columns) {
  /** Everything is looked for. */
  public static final ReadOptions DEFAULT =
      new ReadOptions(Optional.empty(), TextOptions.DEFAULT, Map.of());

  private static final int FINGERPRINT_BYTES = 8;

  public ReadOptions {
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }

  /**
   * Options of the text formats.
   *
   * @param csv options of CSV and TSV only
   * @param nullStrings texts that mean null; empty for the reader's own rule
   * @param dateFormat strptime's pattern of dates, for example {@code %d.%m.%Y}
   * @param timestampFormat strptime's pattern of timestamps
   */
  public record TextOptions(
      CsvOptions csv,
      List<String> nullStrings,
      Optional<String> dateFormat,
      Optional<String> timestampFormat) {
    /** Everything is looked for. */
    public static final TextOptions DEFAULT =
        new TextOptions(CsvOptions.DEFAULT, List.of(), Optional.empty(), Optional.empty());

    public TextOptions {
      nullStrings = List.copyOf(nullStrings);
    }
  }

  /**
   * Options of CSV and TSV.
   *
   * @param delimiter what separates values
   * @param header whether the first line has the names
   * @param quote what encloses a value, {@code ""} for nothing
   * @param escape what makes a quote inside of a quoted value plain, {@code ""} for nothing
   */
  public record CsvOptions(
      Optional<String> delimiter,
      Optional<Boolean> header,
      Optional<String> quote,
      Optional<String> escape) {
    /** Everything is looked for. */
    public static final CsvOptions DEFAULT =
        new CsvOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * A short text that differs if the options differ: rows read under another one are stale. Empty
   * for {@link #DEFAULT}, the same in every run.
   */
  public String fingerprint() {
    if (equals(DEFAULT)) {
      return "";
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(canonical().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, FINGERPRINT_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Every option with a separator that no YAML text can hold; columns in order, which counts. */
  private String canonical() {
    List<String> parts = new ArrayList<>();
    parts.add(format.toString());
    parts.add(text.csv().toString());
    parts.add(text.dateFormat().toString());
    parts.add(text.timestampFormat().toString());
    parts.add(Integer.toString(text.nullStrings().size()));
    parts.addAll(text.nullStrings());
    columns.forEach(
        (name, type) -> {
          parts.add(name);
          parts.add(type);
        });
    return String.join("\0", parts);
  }
}
