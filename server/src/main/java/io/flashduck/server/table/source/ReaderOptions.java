package io.flashduck.server.table.source;

import io.flashduck.server.config.DataFormat;
import io.flashduck.server.config.ReadOptions.CsvOptions;
import io.flashduck.server.config.ReadOptions.TextOptions;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Options of DuckDB's text readers, as SQL with a comma in front of each.
 *
 * <p>Threading: stateless.
 */
final class ReaderOptions {
  private static final int LOOK_BYTES = 1 << 20;

  private ReaderOptions() {}

  /** What {@code tables.yaml} gives, for the sniffer. */
  static String given(TextOptions text, DataFormat format) {
    CsvOptions csv = text.csv();
    String tab = format == DataFormat.TSV ? "\t" : null;
    return option("delim", csv.delimiter().or(() -> Optional.ofNullable(tab)))
        + csv.header().map(h -> ", header=" + h).orElse("")
        + option("quote", csv.quote())
        + option("escape", csv.escape())
        + nulls(text)
        + dates(text);
  }

  /** The same, with the dialect of a file that leaves no doubt about it. */
  static String given(TextOptions text, CsvGlance plain) {
    return option("delim", Optional.of(String.valueOf(plain.delimiter())))
        + text.csv().header().map(h -> ", header=" + h).orElse("")
        + ", quote='\"', escape='\"', comment=''"
        + nulls(text)
        + dates(text);
  }

  /**
   * Whether {@code tables.yaml} leaves the dialect to the sniffer, but perhaps for the delimiter.
   */
  static boolean leavesDialect(TextOptions text, char delimiter) {
    CsvOptions csv = text.csv();
    return csv.quote().isEmpty()
        && csv.escape().isEmpty()
        && csv.delimiter().map(d -> d.equals(String.valueOf(delimiter))).orElse(true);
  }

  /** Everything, for the reader that looks for nothing itself. */
  static String csv(TextOptions text, CsvDialect found, Path file) {
    boolean unquoted = found.quote().isEmpty() && text.csv().quote().isEmpty() && !hasQuotes(file);
    return option("delim", Optional.of(found.delimiter()))
        + option("quote", Optional.of(unquoted ? "\"" : found.quote()))
        + option("escape", Optional.of(unquoted ? "\"" : found.escape()))
        + option("comment", Optional.of(found.comment()))
        + ", skip="
        + found.skip()
        + ", header="
        + found.header()
        + nulls(text)
        + option("dateformat", text.dateFormat().or(found::dateFormat))
        + option("timestampformat", text.timestampFormat().or(found::timestampFormat));
  }

  /** The patterns of dates and timestamps that {@code tables.yaml} gives. */
  static String dates(TextOptions text) {
    return option("dateformat", text.dateFormat())
        + option("timestampformat", text.timestampFormat());
  }

  private static String nulls(TextOptions text) {
    return text.nullStrings().isEmpty()
        ? ""
        : text.nullStrings().stream()
            .map(SqlIdentifiers::literal)
            .collect(Collectors.joining(", ", ", nullstr=[", "]"));
  }

  private static String option(String name, Optional<String> value) {
    return value.map(v -> ", " + name + "=" + SqlIdentifiers.literal(v)).orElse("");
  }

  /**
   * Whether a quote is within the part that the sniffer looks at. If not, the sniffer finds "no
   * quotes", which would be wrong for a quoted value further on.
   */
  private static boolean hasQuotes(Path file) {
    String name = String.valueOf(file.getFileName());
    if (name.endsWith(".gz") || name.endsWith(".zst")) {
      return true; // not looked at: trust the sniffer
    }
    try (InputStream in = Files.newInputStream(file)) {
      for (byte b : in.readNBytes(LOOK_BYTES)) {
        if (b == '"') {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      return true; // reading the rows will say why
    }
  }
}
