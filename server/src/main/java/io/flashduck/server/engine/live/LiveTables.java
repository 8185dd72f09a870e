package io.flashduck.server.engine.live;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Who tells the rows of each live table.
 *
 * <p>Threading: thread-safe.
 */
public final class LiveTables {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<LiveTable, BiConsumer<Viewer, ArrayNode>> tellers =
      new EnumMap<>(LiveTable.class);

  /**
   * Has the rows of a table told by {@code teller}, which adds one object with the table's columns
   * for each row that the viewer may see; on any thread.
   */
  public void tell(LiveTable table, BiConsumer<Viewer, ArrayNode> teller) {
    synchronized (tellers) {
      tellers.put(table, teller);
    }
  }

  /** The rows that a viewer sees now, as a JSON array of objects. */
  public String rows(LiveTable table, Viewer viewer) {
    BiConsumer<Viewer, ArrayNode> teller;
    synchronized (tellers) {
      teller = tellers.getOrDefault(table, (nobody, none) -> {});
    }
    ArrayNode rows = JSON.createArrayNode();
    teller.accept(viewer, rows);
    return rows.toString();
  }
}
