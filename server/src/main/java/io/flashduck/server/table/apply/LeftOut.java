package io.flashduck.server.table.apply;

import io.flashduck.server.table.apply.KeyFacts.Counts;
import io.flashduck.server.table.state.FileState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is said of a file that violates its table's key.
 *
 * <p>Threading: stateless.
 */
final class LeftOut {
  private LeftOut() {}

  /** The file with a note on the rows that are left out, each kind with an example. */
  static FileState note(FileState file, List<String> key, Counts counts, KeyFacts facts) {
    List<String> parts = new ArrayList<>();
    if (counts.withoutKey() > 0) {
      parts.add(
          rows(counts.withoutKey())
              + " without a value in the key ("
              + String.join(", ", key)
              + ") left out, the first is row "
              + facts.firstWithoutKey(file.id(), key));
    }
    if (counts.repeated() > 0) {
      parts.add(
          rows(counts.repeated())
              + " whose key is given again further on left out, for example "
              + facts.exampleOfRepeated(file.id(), key)
              + ": the last row with a key counts");
    }
    FileState.Load load = file.load();
    return file.withLoad(
        new FileState.Load(
            counts.keys(),
            load.newestVersion(),
            parts.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", parts)),
            load.masked(),
            load.firstSeenNanos(),
            load.loadedAtNanos(),
            load.loadNanos()));
  }

  private static String rows(long count) {
    return count == 1 ? "1 row" : count + " rows";
  }
}
