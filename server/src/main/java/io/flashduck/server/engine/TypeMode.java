package io.flashduck.server.engine;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which Arrow types the columns of a result have; docs/types.md lists them. */
public enum TypeMode {
  /** What pyarrow, ADBC and JDBC read best together. */
  DEFAULT,
  /**
   * Nothing is lost: what Arrow has no type for are extension types, as DuckDB's own lossless
   * export and import know them; ENUM is a dictionary.
   */
  STRICT,
  /** What the Flight SQL JDBC driver can show: unsigned integers wider, times without a zone. */
  JDBC;

  /** The mode as clients write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The mode that a client names, in any case.
   *
   * @param where it was named, for the message
   * @throws FlashDuckException INVALID_REQUEST if there is none of that name
   */
  public static TypeMode named(String text, String where) {
    for (TypeMode mode : values()) {
      if (mode.text().equalsIgnoreCase(text.strip())) {
        return mode;
      }
    }
    throw new FlashDuckException(
        ErrorCode.INVALID_REQUEST,
        where
            + " is "
            + Arrays.stream(values()).map(TypeMode::text).collect(Collectors.joining(", "))
            + "; got '"
            + text
            + "'");
  }
}
