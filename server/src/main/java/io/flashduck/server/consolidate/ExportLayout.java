package io.flashduck.server.consolidate;

import io.flashduck.server.catalog.TableName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which file of the export folder holds what.
 *
 * <pre>
 * &lt;schema&gt;/&lt;table&gt;.parquet   the files that consumers read
 * &lt;schema&gt;/&lt;table&gt;@&lt;sequence&gt;.parquet   earlier versions, if some are kept
 * latest.json                what each of them holds
 * .tmp/LOCK                  one server per export folder
 * .tmp/*.part                unfinished files; removed at start
 * </pre>
 *
 * <p>Letters, digits, {@code _}, {@code -} and, in table names, {@code .} stand for themselves;
 * every other character is written as {@code %} and the two hexadecimal digits of each of its UTF-8
 * bytes. So no name leaves the folder, hides itself, or meets {@code latest.json}.
 *
 * <p>Threading: thread-safe.
 */
final class ExportLayout {
  static final String PARQUET = ".parquet";

  /** Escaped in names, so no table's file looks like an earlier version of another's. */
  private static final String VERSION = "@";

  /** Not {@code .parquet}, so that a consumer's glob over the folder never meets it. */
  static final String PART = ".part";

  /** Below the 255 bytes of common file systems, with room for the ending. */
  private static final int MOST_NAME_BYTES = 200;

  private final Path folder;
  private final AtomicLong parts = new AtomicLong();

  ExportLayout(Path folder) {
    this.folder = folder;
  }

  Path folder() {
    return folder;
  }

  Path temporaryFolder() {
    return folder.resolve(".tmp");
  }

  Path lockFile() {
    return temporaryFolder().resolve("LOCK");
  }

  Path manifest() {
    return folder.resolve("latest.json");
  }

  Path file(TableName table) {
    return folder.resolve(encode(table.schema(), false)).resolve(stem(table) + PARQUET);
  }

  /** Where an earlier version of a table's file is kept. */
  Path version(TableName table, long sequence) {
    return file(table).resolveSibling(stem(table) + VERSION + sequence + PARQUET);
  }

  /** The sequence of an earlier version's file; empty if it is not one of this table. */
  OptionalLong sequence(TableName table, Path file) {
    String name = String.valueOf(file.getFileName());
    String prefix = stem(table) + VERSION;
    if (!name.startsWith(prefix) || !name.endsWith(PARQUET)) {
      return OptionalLong.empty();
    }
    String number = name.substring(prefix.length(), name.length() - PARQUET.length());
    return number.matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(number))
        : OptionalLong.empty();
  }

  private static String stem(TableName table) {
    return encode(table.name(), true);
  }

  /** A new name in the temporary folder; unique as long as this object lives. */
  Path newPart(String purpose) {
    return temporaryFolder().resolve(purpose + "-" + parts.incrementAndGet() + PART);
  }

  private static String encode(String name, boolean dots) {
    StringBuilder text = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); ) {
      int character = name.codePointAt(i);
      i += Character.charCount(character);
      if (plain(character) || (character == '.' && dots && text.length() > 0)) {
        text.appendCodePoint(character);
      } else {
        escape(character, text);
      }
    }
    return shorten(text.toString());
  }

  private static boolean plain(int character) {
    return character == '_' || character == '-' || Character.isLetterOrDigit(character);
  }

  private static void escape(int character, StringBuilder text) {
    for (byte octet : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
      text.append('%').append(HexFormat.of().withUpperCase().toHexDigits(octet));
    }
  }

  /** Cuts a name that a file system would refuse and ends it with a hash of the whole. */
  private static String shorten(String name) {
    if (name.getBytes(StandardCharsets.UTF_8).length <= MOST_NAME_BYTES) {
      return name;
    }
    int end = 0;
    int bytes = 0;
    while (bytes < MOST_NAME_BYTES - 20) {
      int character = name.codePointAt(end);
      bytes += Character.toString(character).getBytes(StandardCharsets.UTF_8).length;
      end += Character.charCount(character);
    }
    return name.substring(0, end) + "~" + Digests.shortHex(name);
  }
}
