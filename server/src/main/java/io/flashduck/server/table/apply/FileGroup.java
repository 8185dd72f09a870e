package io.flashduck.server.table.apply;

import io.flashduck.server.table.source.FileProbe.Reading;
import io.flashduck.server.table.source.SourceColumn;
import io.flashduck.server.table.source.SourceSql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Files of one table that one statement reads: they have the same columns and are read with the
 * same options.
 *
 * <p>Threading: immutable.
 *
 * @param files at least one
 */
record FileGroup(List<ProbedFile> files) {
  /** A statement names each file, its id and its version. */
  private static final int MOST_FILES = 1_000;

  /** A group is read again if one of its files is broken. */
  private static final long MOST_BYTES = 256L << 20;

  FileGroup {
    files = List.copyOf(files);
  }

  /** What files of one group have in common. */
  private record Likeness(Reading reading, List<SourceColumn> columns, Set<String> partitions) {
    static Likeness of(ProbedFile file) {
      return new Likeness(
          file.probe().reading(), file.probe().columns(), file.file().partitions().keySet());
    }
  }

  /** A group that still takes files. */
  private static final class Open {
    final List<ProbedFile> files = new ArrayList<>();
    long bytes;

    boolean takes(ProbedFile file) {
      return files.size() < MOST_FILES && bytes + file.file().stamp().size() <= MOST_BYTES;
    }

    void add(ProbedFile file) {
      files.add(file);
      bytes += file.file().stamp().size();
    }
  }

  /**
   * Groups files; the order of the files stays within each group.
   *
   * @param alone paths of files that are to be read alone
   */
  static List<FileGroup> of(List<ProbedFile> files, Set<String> alone) {
    List<Open> groups = new ArrayList<>();
    Map<Likeness, Open> latest = new HashMap<>();
    for (ProbedFile file : files) {
      boolean shares = !alone.contains(file.file().path()) && SourceSql.canShare(file.probe());
      Open open = shares ? latest.get(Likeness.of(file)) : null;
      if (open == null || !open.takes(file)) {
        open = new Open();
        groups.add(open);
        if (shares) {
          latest.put(Likeness.of(file), open);
        }
      }
      open.add(file);
    }
    return groups.stream().map(group -> new FileGroup(group.files)).toList();
  }

  boolean isOneFile() {
    return files.size() == 1;
  }
}
