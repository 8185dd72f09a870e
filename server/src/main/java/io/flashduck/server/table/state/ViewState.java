package io.flashduck.server.table.state;

import io.flashduck.server.catalog.TableName;
import java.util.List;

/**
 * A view that a client created.
 *
 * <p>Threading: immutable.
 *
 * @param name the view
 * @param text its query
 * @param searchPath the schemas in which the query looks up names
 * @param sequence the write that created it; views are created again in this order
 */
public record ViewState(TableName name, String text, List<String> searchPath, long sequence) {
  public ViewState {
    searchPath = List.copyOf(searchPath);
  }
}
