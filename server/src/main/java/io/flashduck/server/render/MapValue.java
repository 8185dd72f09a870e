package io.flashduck.server.render;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One value of Arrow's map type: its entries in stored order, keys of any type.
 *
 * <p>Threading: immutable.
 *
 * @param entries the entries; keys are never null
 */
public record MapValue(List<Entry> entries) {
  public MapValue {
    entries = Collections.unmodifiableList(new ArrayList<>(entries));
  }

  /** One key with its value. */
  public record Entry(Object key, @Nullable Object value) {}
}
