package io.flashduck.server.table.change;

import io.flashduck.server.table.ProducerPosition;
import java.util.List;
import java.util.Optional;

/**
 * One atomic change as the write queue stores it.
 *
 * <p>Threading: immutable.
 *
 * @param sections its parts, in the order in which they take effect
 * @param recordCount the rows that its sender is told
 * @param producer the sender's own position
 */
public record LoggedChange(
    List<ChangeSection> sections, long recordCount, Optional<ProducerPosition> producer) {
  public LoggedChange {
    sections = List.copyOf(sections);
  }
}
