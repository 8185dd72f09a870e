package io.flashduck.server.sync;

import io.flashduck.server.config.DataFormat;
import java.util.Locale;

/**
 * What a source file holds and how it is compressed.
 *
 * <p>Threading: immutable.
 */
public record FileFormat(DataFormat data, Compression compression) {
  /** A file that is not compressed as a whole. */
  public static FileFormat of(DataFormat data) {
    return new FileFormat(data, Compression.NONE);
  }

  /** A short text such as {@code csv.gz}, for storing; {@link #parse} reads it. */
  public String text() {
    return data.name().toLowerCase(Locale.ROOT) + compression.suffix();
  }

  /** The format with that {@link #text}. */
  public static FileFormat parse(String text) {
    for (Compression compression : Compression.values()) {
      if (compression != Compression.NONE && text.endsWith(compression.suffix())) {
        return new FileFormat(
            data(text.substring(0, text.length() - compression.suffix().length())), compression);
      }
    }
    return of(data(text));
  }

  private static DataFormat data(String text) {
    return DataFormat.valueOf(text.toUpperCase(Locale.ROOT));
  }
}
