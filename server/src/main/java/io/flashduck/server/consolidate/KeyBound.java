package io.flashduck.server.consolidate;

import java.util.List;

/**
 * A place between rows: the order columns' values of the first row behind it, as DuckDB writes them
 * as text.
 *
 * <p>Threading: immutable.
 */
record KeyBound(List<String> values) {
  KeyBound {
    values = List.copyOf(values);
  }
}
