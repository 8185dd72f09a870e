package io.flashduck.server.engine;

import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlToken;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which names a statement may read live tables by: their own, and those of clients' views over
 * them. Names are compared without their schemas, so that it is rather one too many.
 *
 * <p>Threading: immutable.
 *
 * @param byName in lower case
 */
record LiveViews(Map<String, Set<LiveTable>> byName) {
  /** The names of the clients' views with their texts. */
  static final String TEXTS =
      "SELECT lower(view_name), sql FROM system.main.duckdb_views() WHERE NOT internal AND"
          + " schema_name <> 'flashduck' AND NOT contains(sql, '_flashduck.')";

  /** A view's name in lower case and its text. */
  record Text(String name, String sql) {}

  /** Finds the views that read a live table, also by way of others. */
  static LiveViews of(List<Text> views) {
    Map<String, Set<LiveTable>> byName = new HashMap<>();
    for (LiveTable table : LiveTable.values()) {
      byName.put(table.tableName(), EnumSet.of(table));
    }
    LiveViews found = new LiveViews(byName);
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Text view : views) {
        Set<LiveTable> read = found.readBy(view.sql());
        if (!read.isEmpty()) {
          grown |=
              byName
                  .computeIfAbsent(view.name(), n -> EnumSet.noneOf(LiveTable.class))
                  .addAll(read);
        }
      }
    }
    return found;
  }

  /** The live tables that a statement may read. */
  Set<LiveTable> readBy(String sql) {
    Set<LiveTable> read = EnumSet.noneOf(LiveTable.class);
    for (SqlToken token : SqlLexer.tokens(sql)) {
      if (token.isName()) {
        read.addAll(byName.getOrDefault(token.name().toLowerCase(Locale.ROOT), Set.of()));
      }
    }
    return read;
  }
}
