package io.flashduck.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits {@code table} or {@code schema.table}, where a part may be in double quotes as in SQL. */
final class TableNameText {
  private static final Pattern PART =
      Pattern.compile("\\G(?:\"((?:[^\"]|\"\")+)\"|([^\".]+))(\\.|$)");

  private TableNameText() {}

  /** One or two parts; none if the text is not such a name. */
  static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    Matcher matcher = PART.matcher(text);
    boolean ended = false;
    while (!ended && matcher.find()) {
      String quoted = matcher.group(1);
      String part = quoted == null ? matcher.group(2) : quoted.replace("\"\"", "\"");
      parts.add(part);
      ended = matcher.group(3).isEmpty();
    }
    return ended && parts.size() <= 2 ? parts : List.of();
  }
}
