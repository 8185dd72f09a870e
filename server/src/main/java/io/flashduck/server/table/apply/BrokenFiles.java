package io.flashduck.server.table.apply;

import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.source.ReaderFailure;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the files that keep a group from being read, by reading halves of it, outside of the
 * transaction that failed.
 *
 * <p>Threading: confined to the apply lane, between transactions.
 */
final class BrokenFiles {
  private static final String TRY = "temp._fd_try";

  private final LaneContext lane;
  private final FileLoader.Target target;
  private final List<Refused> found = new ArrayList<>();

  private BrokenFiles(LaneContext lane, FileLoader.Target target) {
    this.lane = lane;
    this.target = target;
  }

  /** The files that are broken or have changed; none if they can all be read now. */
  static List<Refused> of(LaneContext lane, GroupFailedException failure) {
    BrokenFiles search = new BrokenFiles(lane, failure.target());
    List<ProbedFile> unchanged = new ArrayList<>();
    for (ProbedFile file : failure.group().files()) {
      if (FileCheck.unchanged(file.path(), file.file().stamp())) {
        unchanged.add(file);
      } else {
        search.found.add(
            new Refused(file.file(), Refused.Kind.CHANGING, "it changed while it was read"));
      }
    }
    if (failure.unreadable()) {
      search.among(unchanged);
    }
    return search.found;
  }

  private void among(List<ProbedFile> files) {
    try {
      read(files);
    } catch (FlashDuckException e) {
      if (!ReaderFailure.isOfFile(e)) {
        throw e;
      }
      if (files.size() == 1) {
        found.add(FileLoader.refused(files.get(0), e));
        return;
      }
      int half = files.size() / 2;
      among(files.subList(0, half));
      among(files.subList(half, files.size()));
    }
  }

  /** Reads all of it, into a table that nobody sees. */
  private void read(List<ProbedFile> files) {
    if (files.isEmpty()) {
      return;
    }
    lane.lookups()
        .execute(
            "CREATE OR REPLACE TEMP TABLE "
                + TRY
                + " AS "
                + FileLoader.select(files, file -> 0L, target));
    lane.lookups().execute("DROP TABLE " + TRY);
  }
}
