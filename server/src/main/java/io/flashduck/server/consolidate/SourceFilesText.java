package io.flashduck.server.consolidate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The footer's form of a table's source files: JSON, their {@code count} and the first {@code
 * files}.
 *
 * <p>Threading: thread-safe.
 */
final class SourceFilesText {
  /** More would make every footer of a table of many small files larger than its row groups. */
  private static final int MOST_NAMES = 1000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private SourceFilesText() {}

  static String write(List<String> files) {
    ObjectNode node = JSON.createObjectNode().put("count", files.size());
    files.stream().limit(MOST_NAMES).forEach(node.putArray("files")::add);
    return node.toString();
  }
}
