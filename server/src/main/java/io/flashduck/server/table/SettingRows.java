package io.flashduck.server.table;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.config.SettingValue;

/**
 * The rows of {@code flashduck.settings}.
 *
 * <p>Threading: stateless.
 */
final class SettingRows {
  private SettingRows() {}

  static void add(ServerConfig config, ArrayNode rows) {
    for (SettingValue setting : config.settings()) {
      ObjectNode row = rows.addObject();
      row.put("name", setting.key().name());
      row.put("value", setting.shown().orElse(null));
      row.put("default_value", setting.key().defaultText().orElse(null));
      row.put("source", setting.source().text());
      row.put("origin", setting.origin().orElse(null));
      row.put("description", setting.key().sentence());
    }
  }
}
