package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.table.apply.FileLoader.Loaded;
import io.flashduck.server.table.apply.KeyFacts.Counts;
import io.flashduck.server.table.state.FileState;
import io.flashduck.server.table.state.StateDraft;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The new or changed files of one table: their rows are read, and what is known of them is kept in
 * the draft.
 *
 * <p>Threading: confined to the apply lane, inside its transaction; used once.
 */
final class AddedFiles {
  private final LaneContext lane;
  private final StateDraft draft;
  private final TableName table;
  private final FileLoader loader;
  private final Set<String> alone;
  private final Map<String, FileState> states = new LinkedHashMap<>();

  /**
   * @param alone paths of files that are not to be read together with others
   */
  AddedFiles(LaneContext lane, StateDraft draft, TableName table, Set<String> alone) {
    this.lane = lane;
    this.alone = Set.copyOf(alone);
    this.draft = draft;
    this.table = table;
    this.loader = new FileLoader(lane);
  }

  /** A file of which nothing counts. */
  void putMasked(ProbedFile file) {
    draft.putFile(stateOf(file, true));
  }

  /** A file whose rows will be loaded. */
  void put(ProbedFile file) {
    put(stateOf(file, false));
  }

  private void put(FileState file) {
    states.put(file.file().path(), file);
    draft.putFile(file);
  }

  /** Knows more of a file, which need not be one of these. */
  void replace(FileState file) {
    draft.putFile(file);
    states.replace(file.file().path(), file);
  }

  Collection<FileState> states() {
    return states.values();
  }

  private FileState stateOf(ProbedFile file, boolean masked) {
    SourceFile source = file.file();
    long now = lane.nowNanos();
    long firstSeen =
        draft.file(table, source.path()).map(f -> f.load().firstSeenNanos()).orElse(now);
    return new FileState(
        draft.fileId(table, source.path()),
        source,
        file.probe().columns(),
        new FileState.Load(
            0, source.stamp().modifiedNanos(), Optional.empty(), masked, firstSeen, now, 0),
        Map.of());
  }

  /** Reads the rows of files that were put before. */
  void load(List<ProbedFile> files, FileLoader.Target target) {
    for (FileGroup group : FileGroup.of(files, alone)) {
      long started = System.nanoTime();
      long bytes =
          Math.max(1, group.files().stream().mapToLong(f -> f.file().stamp().size()).sum());
      Map<Long, Loaded> loaded =
          told(bytes, () -> loader.load(group, file -> known(file).id(), target));
      long nanos = System.nanoTime() - started;
      for (ProbedFile file : group.files()) {
        FileState state = known(file);
        Loaded rows = Objects.requireNonNull(loaded.get(state.id()));
        lane.progress().read(file.file(), rows.rows());
        put(
            state.withLoad(
                new FileState.Load(
                    rows.rows(),
                    rows.newestVersion(),
                    Optional.empty(),
                    false,
                    state.load().firstSeenNanos(),
                    lane.nowNanos(),
                    (long) ((double) nanos * file.file().stamp().size() / bytes))));
      }
    }
  }

  private Map<Long, Loaded> told(long bytes, Supplier<Map<Long, Loaded>> load) {
    if (!GroupProgress.isWorthIt(bytes)) {
      return load.get();
    }
    lane.session().trackProgress();
    return GroupProgress.during(
        lane.progress(), table, new GroupReading(bytes, lane.connection()::progress), load);
  }

  private FileState known(ProbedFile file) {
    FileState state = states.get(file.file().path());
    if (state == null) {
      throw new IllegalStateException("no id for " + file.file().path());
    }
    return state;
  }

  /** Notes which files a column identifies the rows of; whether it does for all of them. */
  boolean areUniqueBy(String column, Map<Long, Counts> counts) {
    states.replaceAll(
        (path, file) -> file.withUniqueBy(column, Counts.of(file, counts).identifies()));
    states.values().forEach(draft::putFile);
    return states.values().stream().allMatch(f -> f.isUniqueBy(column).orElse(false));
  }

  /** Notes what is left out because it has no key or shares one, and removes rows without a key. */
  void reportLeftOut(List<String> key, Map<Long, Counts> counts, KeyFacts facts) {
    boolean withoutKey = false;
    for (FileState file : List.copyOf(states.values())) {
      Counts of = Counts.of(file, counts);
      withoutKey |= of.withoutKey() > 0;
      if (!of.identifies()) {
        put(LeftOut.note(file, key, of, facts));
      }
    }
    if (withoutKey) {
      facts.removeWithoutKey(key);
    }
  }
}
