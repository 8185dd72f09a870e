package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.FolderSnapshot;
import io.flashduck.server.sync.Manifest;
import io.flashduck.server.sync.SourceChange;
import io.flashduck.server.sync.SourceFile;
import io.flashduck.server.sync.SourcePlanner;
import io.flashduck.server.table.state.DatabaseState;
import io.flashduck.server.table.state.FileState;
import io.flashduck.server.table.state.StateDraft;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the data folder's state into the tables: all changes that one scan found are one
 * transaction. Files that cannot be read are left out of it, and their last good state stays.
 *
 * <p>Threading: confined to the apply lane.
 */
public final class FolderApplier {
  private static final Logger LOG = LoggerFactory.getLogger(FolderApplier.class);

  private final LaneContext lane;
  private final DatabaseState state;

  /** By path, files that do not go with the others; tried again when their table changes. */
  private final Map<String, Refused> conflicts = new TreeMap<>();

  /** By path, the reason that was logged for a file that is tried again and again. */
  private final Map<String, String> logged = new HashMap<>();

  private Manifest manifest = Manifest.EMPTY;
  private long manifestVersion = -1;

  public FolderApplier(LaneContext lane, DatabaseState state) {
    this.lane = lane;
    this.state = state;
  }

  /**
   * What became of a snapshot.
   *
   * @param changed the tables whose files changed; none if nothing was committed
   * @param refused files that cannot be read
   * @param changing whether a file changed meanwhile, so that another scan is due
   * @param failure why the files of some table could not be applied; those of the others were
   */
  public record Outcome(
      Set<TableName> changed,
      List<Refused> refused,
      boolean changing,
      Optional<FlashDuckException> failure) {
    Outcome(Set<TableName> changed, List<Refused> refused, boolean changing) {
      this(changed, refused, changing, Optional.empty());
    }

    public Outcome {
      changed = Set.copyOf(changed);
      refused = List.copyOf(refused);
    }
  }

  /** The files that do not go with the others of their tables. */
  public List<Refused> conflicts() {
    return List.copyOf(conflicts.values());
  }

  /**
   * Applies a snapshot in one transaction, which all of it needs; or in one for each table, while
   * nobody is served yet or when one of them fails, so that it does not hold up the others.
   */
  public Outcome apply(FolderSnapshot snapshot, boolean eachTableAlone) {
    lane.tables(snapshot.tables());
    Map<TableName, FileWork> work = plan(snapshot);
    if (work.isEmpty()) {
      return new Outcome(Set.of(), List.of(), false);
    }
    Map<TableName, Collection<SourceFile>> offered = new TreeMap<>();
    work.forEach((table, files) -> offered.put(table, files.offered.values()));
    lane.progress().begin(offered);
    try {
      return eachTableAlone ? oneByOne(work) : new Round(work).run();
    } finally {
      lane.progress().end();
    }
  }

  private Outcome oneByOne(Map<TableName, FileWork> work) {
    Set<TableName> changed = new TreeSet<>();
    List<Refused> refused = new ArrayList<>();
    boolean changing = false;
    Optional<FlashDuckException> failure = Optional.empty();
    for (Map.Entry<TableName, FileWork> one : work.entrySet()) {
      try {
        Outcome outcome = new Round(new TreeMap<>(Map.of(one.getKey(), one.getValue()))).run();
        changed.addAll(outcome.changed());
        refused.addAll(outcome.refused());
        changing |= outcome.changing();
      } catch (FlashDuckException e) {
        failure = Optional.of(failure.orElse(e));
      }
    }
    return new Outcome(changed, refused, changing, failure);
  }

  private Map<TableName, FileWork> plan(FolderSnapshot snapshot) {
    Map<String, SourceFile> present = new HashMap<>();
    snapshot.files().forEach(file -> present.put(file.path(), file));
    conflicts.values().removeIf(c -> !c.file().equals(present.get(c.file().path())));
    logged.keySet().removeIf(p -> !present.containsKey(p) && !snapshot.held().containsKey(p));
    Map<TableName, FileWork> work = new TreeMap<>();
    for (SourceChange change : SourcePlanner.plan(manifest(), snapshot)) {
      FileWork table = work.computeIfAbsent(change.table(), FileWork::new);
      if (change instanceof SourceChange.Removed removed) {
        removed.files().forEach(file -> table.gone.add(file.path()));
      } else {
        change.files().forEach(file -> table.offered.put(file.path(), file));
      }
    }
    work.values().removeIf(this::isOnlyConflicts);
    return work;
  }

  /** Whether all that the plan offers was refused before and nothing around it has changed. */
  private boolean isOnlyConflicts(FileWork work) {
    return work.gone.isEmpty()
        && work.offered.values().stream()
            .allMatch(
                file -> {
                  Refused known = conflicts.get(file.path());
                  return known != null && known.file().equals(file);
                });
  }

  /**
   * Lets files that were refused as conflicts be tried again, because their table was written.
   *
   * @return whether there are such
   */
  public boolean forgetConflicts(Set<TableName> tables) {
    return conflicts.values().removeIf(c -> tables.contains(c.file().table()));
  }

  private Manifest manifest() {
    if (manifestVersion != state.filesVersion()) {
      manifest = Manifest.of(state.files().stream().map(FileState::file).toList());
      manifestVersion = state.filesVersion();
    }
    return manifest;
  }

  /** The changes of one table. */
  private static final class FileWork {
    final TableName table;
    final Set<String> gone = new TreeSet<>();
    final Map<String, SourceFile> offered = new TreeMap<>();
    final Map<String, ProbedFile> files = new LinkedHashMap<>();

    FileWork(TableName table) {
      this.table = table;
    }

    boolean isNothing() {
      return gone.isEmpty() && files.isEmpty();
    }
  }

  /** One transaction, tried again without the files that turn out to be broken. */
  private final class Round {
    private final Map<TableName, FileWork> work;
    private final List<Refused> refused = new ArrayList<>();
    private final Set<String> alone = new HashSet<>();
    private boolean changing;

    Round(Map<TableName, FileWork> work) {
      this.work = work;
    }

    Outcome run() {
      work.values().forEach(this::probe);
      while (true) {
        work.values().removeIf(FileWork::isNothing);
        if (work.isEmpty()) {
          return finished(Set.of());
        }
        work.values().forEach(this::addRereads);
        try {
          return finished(merge());
        } catch (FileRefusedException e) {
          leaveOut(e.refused());
        } catch (GroupFailedException e) {
          leaveOut(e);
        }
      }
    }

    /** If all of them can be read by now, they are read one by one. */
    private void leaveOut(GroupFailedException failure) {
      List<Refused> broken = BrokenFiles.of(lane, failure);
      broken.forEach(this::leaveOut);
      if (broken.isEmpty()) {
        failure.group().files().forEach(file -> alone.add(file.file().path()));
      }
    }

    private Outcome finished(Set<TableName> changed) {
      for (Refused file : refused) {
        if (file.kind() == Refused.Kind.CONFLICT) {
          conflicts.put(file.file().path(), file);
        }
      }
      return new Outcome(
          changed,
          refused.stream().filter(f -> f.kind() == Refused.Kind.BROKEN).toList(),
          changing);
    }

    private void probe(FileWork table) {
      Map<String, ProbedFile> known =
          lane.probeTogether(table.offered.values().stream().filter(f -> !isMasked(f)).toList());
      for (SourceFile file : table.offered.values()) {
        conflicts.remove(file.path());
        try {
          ProbedFile probed = known.get(file.path());
          table.files.put(
              file.path(), probed == null ? lane.probeFile(file, isMasked(file)) : probed);
        } catch (FlashDuckException e) {
          if (!io.flashduck.server.table.source.ReaderFailure.isOfFile(e)) {
            throw e;
          }
          leaveOut(lane.refusal(file, e));
        }
      }
    }

    /** Text is read again as what its column has become, if its file is still the same. */
    private void addRereads(FileWork table) {
      for (FileState file :
          Rereads.of(lane, state, table.table, table.gone, table.files.values())) {
        try {
          table.files.put(file.file().path(), lane.probeFile(file.file(), false));
        } catch (FlashDuckException e) {
          LOG.debug("{} cannot be read again: {}", file.file().path(), e.getMessage());
        }
      }
    }

    private boolean isMasked(SourceFile file) {
      return file.stamp().modifiedNanos()
          <= lane.acceptedShape(file.table(), shapeOf(file.table())).floor().version();
    }

    private io.flashduck.server.table.change.TableShape shapeOf(TableName table) {
      return state
          .table(table)
          .map(io.flashduck.server.table.state.TableState::shape)
          .orElse(io.flashduck.server.table.change.TableShape.NONE);
    }

    private void leaveOut(Refused file) {
      FileWork table = work.get(file.file().table());
      if (table == null) {
        throw new FlashDuckException(ErrorCode.INTERNAL, "no work for " + file.file());
      }
      switch (file.kind()) {
        case MISJUDGED -> reprobe(table, file);
        case CHANGING -> {
          changing = true;
          table.files.remove(file.file().path());
        }
        case BROKEN, CONFLICT -> {
          table.files.remove(file.file().path());
          refused.add(file);
          lane.progress().read(file.file(), 0);
          log(file);
        }
      }
    }

    /** A file that stays as bad as it was is not worth another line. */
    private void log(Refused file) {
      String path = file.file().path();
      if (!file.reason().equals(logged.put(path, file.reason()))) {
        LOG.warn(
            "{} is not loaded into {}: {}",
            path,
            file.file().table(),
            file.reason().lines().findFirst().orElse("").split("; Original Line", 2)[0]);
      }
    }

    private void reprobe(FileWork table, Refused file) {
      try {
        table.files.put(file.file().path(), lane.probeThoroughly(file.file()));
      } catch (FlashDuckException e) {
        leaveOut(new Refused(file.file(), Refused.Kind.BROKEN, file.reason()));
      }
    }

    private Set<TableName> merge() {
      long started = System.nanoTime();
      StateDraft draft = new StateDraft(state);
      List<Refused> refusedHere = new ArrayList<>();
      lane.session()
          .inTransaction(
              () -> {
                for (FileWork table : work.values()) {
                  StoredAlterations.apply(lane, draft, table.table);
                  refusedHere.addAll(
                      new FileMerge(lane, draft, table.table, alone)
                          .run(table.gone, List.copyOf(table.files.values())));
                }
                lane.bookkeeping().persist(draft);
              });
      draft.committed();
      work.keySet().forEach(lane.progress()::loaded);
      Set<String> still = new HashSet<>();
      refusedHere.forEach(file -> still.add(file.file().path()));
      work.values().stream()
          .flatMap(table -> table.files.keySet().stream())
          .filter(path -> !still.contains(path))
          .forEach(logged::remove);
      refusedHere.forEach(this::log);
      refused.addAll(refusedHere);
      LOG.info(
          "Version {}: files of {} table(s) changed, {} ms",
          state.counters().version(),
          work.size(),
          (System.nanoTime() - started) / 1_000_000);
      return Set.copyOf(work.keySet());
    }
  }
}
