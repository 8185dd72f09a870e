package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.FileLayer;
import io.flashduck.server.table.fold.FoldManifest.History;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the folder of change files holds and what is damaged, found without a server; a server may
 * run beside.
 *
 * <p>Threading: immutable.
 *
 * @param directory the folder
 * @param manifest what is there, if there is a readable manifest
 * @param problems what is wrong, in sentences
 */
public record FoldReport(Path directory, Optional<FoldManifest> manifest, List<String> problems) {
  /** A server may replace manifest and files between the two being read. */
  private static final int ATTEMPTS = 3;

  public FoldReport {
    problems = List.copyOf(problems);
  }

  /** Reads the manifest and every file that it names. */
  public static FoldReport of(Path directory, FileLayer files) {
    ChangeFolder folder = new ChangeFolder(directory, files);
    FoldReport report = look(folder);
    for (int i = 1; i < ATTEMPTS && !report.intact(); i++) {
      report = look(folder);
    }
    return report;
  }

  private static FoldReport look(ChangeFolder folder) {
    try {
      Optional<FoldManifest> manifest = folder.read();
      List<String> problems = new ArrayList<>();
      for (ChangeFile file : manifest.map(FoldManifest::files).orElse(List.of())) {
        folder.problem(file).ifPresent(problem -> problems.add(folder.path(file) + ": " + problem));
      }
      return new FoldReport(folder.directory(), manifest, problems);
    } catch (FlashDuckException e) {
      return new FoldReport(
          folder.directory(), Optional.empty(), List.of(String.valueOf(e.getMessage())));
    }
  }

  /** Whether every file is as it was written. */
  public boolean intact() {
    return problems.isEmpty();
  }

  /** How many files the manifest names. */
  public int files() {
    return manifest.map(m -> m.files().size()).orElse(0);
  }

  /** Prints the folder for people. */
  public void print(PrintStream out) {
    out.println(directory);
    manifest.ifPresent(
        m -> {
          out.println(
              "  folded up to write "
                  + m.baseSequence()
                  + " ("
                  + m.baseBytes()
                  + " bytes), history up to write "
                  + m.historySequence()
                  + " ("
                  + m.historyBytes()
                  + " bytes)");
          for (Map.Entry<TableName, History> table : m.histories().entrySet()) {
            History history = m.history(table.getKey());
            out.println(
                "  "
                    + table.getKey()
                    + ": changes since write "
                    + history.floor()
                    + " in "
                    + history.files().size()
                    + " file(s), last write "
                    + history.lastChange());
          }
        });
    if (manifest.isEmpty() && problems.isEmpty()) {
      out.println("  nothing is folded");
    }
    problems.forEach(problem -> out.println("  DAMAGED " + problem));
  }
}
