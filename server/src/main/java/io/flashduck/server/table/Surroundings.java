package io.flashduck.server.table;

import io.flashduck.server.consolidate.ExportFiles;
import io.flashduck.server.consolidate.SystemFiles;
import io.flashduck.server.queue.ChannelFileLayer;
import io.flashduck.server.queue.FileLayer;
import java.time.Clock;
import java.util.function.Consumer;

/**
 * What a database has around it, which a test can put something else in the place of.
 *
 * @param clock tells the time of changes
 * @param files how the files of the queue and of folded writes are changed
 * @param exports how the consolidated files are changed
 * @param lane told each step of the apply lane, on its thread
 */
record Surroundings(Clock clock, FileLayer files, ExportFiles exports, Consumer<LaneStep> lane) {
  /** Those of a server. */
  static Surroundings real() {
    return new Surroundings(
        Clock.systemUTC(), new ChannelFileLayer(), new SystemFiles(), step -> {});
  }

  Surroundings with(FileLayer newFiles) {
    return new Surroundings(clock, newFiles, exports, lane);
  }
}
