package io.flashduck.server.table.statement;

import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.change.ChangeSection;
import java.util.List;
import java.util.Optional;

/**
 * What a statement would change.
 *
 * <p>Threading: immutable.
 *
 * @param sections the change; none if it changes nothing
 * @param count the rows that its sender is told
 * @param returning the rows of RETURNING
 */
public record Evaluation(List<ChangeSection> sections, long count, Optional<ArrowRows> returning) {
  public Evaluation {
    sections = List.copyOf(sections);
  }

  /** A definition. */
  static Evaluation of(ChangeSection... sections) {
    return new Evaluation(List.of(sections), 0, Optional.empty());
  }

  /** Nothing is to be done. */
  static Evaluation nothing() {
    return new Evaluation(List.of(), 0, Optional.empty());
  }
}
