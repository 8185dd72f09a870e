package io.flashduck.server.sync;

import io.flashduck.server.sync.FolderReader.Entry;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a scan knows of the data folder: every folder and file. It is built by a walk and kept up to
 * date by looking again at single paths.
 *
 * <p>Threading: confined to the scan thread.
 */
final class FolderIndex {
  private final FolderReader reader;
  private final FolderListener listener;
  private SourceNaming naming;
  private final NavigableMap<String, KnownFolder> folders = new TreeMap<>();

  /** By path: the source files among what the folders hold. */
  private final NavigableMap<String, SourceFile> sources = new TreeMap<>();

  /** By path of what has it: the problems among what the folders hold. */
  private final NavigableMap<String, RejectedPath> problems = new TreeMap<>();

  /** By a file's path without links: the links to it, which its notices concern as well. */
  private final Map<String, Set<String>> links = new HashMap<>();

  FolderIndex(FolderReader reader, SourceNaming naming, FolderListener listener) {
    this.reader = reader;
    this.naming = naming;
    this.listener = listener;
  }

  /** From the next {@link #rescan} on, files belong to tables by these rules. */
  void useNaming(SourceNaming newNaming) {
    naming = newNaming;
  }

  /** The source file at that path, if there is one. */
  Optional<SourceFile> find(String path) {
    return Optional.ofNullable(sources.get(path));
  }

  /** Every source file in the order of the paths. */
  Collection<SourceFile> sourceFiles() {
    return sources.values();
  }

  /** Every problem once, in the order of the paths. */
  List<RejectedPath> rejected() {
    Map<String, RejectedPath> once = new TreeMap<>();
    problems
        .values()
        .forEach(problem -> once.put(problem.path() + "\0" + problem.reason(), problem));
    return List.copyOf(once.values());
  }

  /**
   * Walks the whole folder.
   *
   * @return the paths whose source file or problem changed
   * @throws IOException if the data folder itself cannot be listed; nothing changed then
   */
  Set<String> rescan() throws IOException {
    Entry root = reader.entry("");
    FolderWalk walk = new FolderWalk(reader, listener, naming, folders);
    walk.folder("", root.stamp().fileId(), new ArrayDeque<>(List.of("")), 0);
    if (walk.rootProblem().isPresent()) {
      throw walk.rootProblem().get();
    }
    Map<String, KnownFolder> before = new HashMap<>(folders);
    folders.clear();
    links.clear();
    return take(before, walk);
  }

  /**
   * Looks again at these paths, and at what they concern.
   *
   * @return the paths whose source file or problem changed; empty if only a full scan can tell
   */
  Optional<Set<String>> refresh(Collection<String> paths) {
    Set<String> changed = new TreeSet<>();
    try {
      for (String path : withConcerned(paths)) {
        changed.addAll(refresh(path));
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.of(changed);
  }

  /** Gives the file a stamp that differs in nothing that can be seen. */
  void touch(SourceFile file) {
    KnownFolder folder = folders.get(folderOf(file.path()));
    KnownFile known = folder == null ? null : folder.files().get(name(file.path()));
    if (folder != null && known != null && file.equals(known.file())) {
      FileStamp stamp = file.stamp();
      SourceFile touched = file.withStamp(stamp.withRevision(stamp.revision() + 1));
      KnownFile changed = KnownFile.of(known.naming(), known.placement(), touched);
      folder.files().put(name(file.path()), changed);
      sources.put(file.path(), touched);
    }
  }

  /** Adds links to a path, and the name that the path is being replaced from. */
  private Set<String> withConcerned(Collection<String> paths) {
    Set<String> all = new TreeSet<>(paths);
    for (String path : paths) {
      all.addAll(links.getOrDefault(path, Set.of()));
      KnownFolder folder = folders.get(folderOf(path));
      String replacement = FileNames.replacementOf(name(path));
      if (folder != null && folder.files().containsKey(replacement)) {
        all.add(prefix(path) + replacement);
      }
    }
    return all;
  }

  private Set<String> refresh(String path) throws IOException {
    KnownFolder folder = folders.get(folderOf(path));
    String name = name(path);
    if (folder == null || folder.problem() != null || FileNames.hiddenOrTemporary(name)) {
      return Set.of();
    }
    Map<String, KnownFolder> before = new HashMap<>(atAndBelow(path));
    KnownFile old = folder.files().get(name);
    Map<String, KnownFile> known = old == null ? Map.of() : Map.of(name, old);
    Map<String, KnownFile> now = new HashMap<>();
    FolderWalk walk = new FolderWalk(reader, listener, naming, before);
    try {
      walk.visit(
          new FolderWalk.Place(prefix(path), chain(path), folder.links(), known, now),
          reader.entry(path),
          replacing(path));
    } catch (NoSuchFileException e) {
      // Gone, so that nothing is found where something was.
      now.clear();
    }
    folder.files().remove(name);
    folder.files().putAll(now);
    before.keySet().forEach(folders::remove);
    Set<String> changed = take(before, walk);
    if (record(path, old, now.get(name))) {
      changed.add(path);
    }
    return changed;
  }

  /** Takes over what a walk found instead of those folders. */
  private Set<String> take(Map<String, KnownFolder> before, FolderWalk walk) {
    Set<String> changed = new TreeSet<>();
    walk.entered()
        .forEach(
            (path, folder) -> {
              folders.put(path, folder);
              compare(path, before.get(path), folder, changed);
            });
    before.forEach(
        (path, folder) -> {
          if (!walk.entered().containsKey(path)) {
            compare(path, folder, null, changed);
            listener.gone(path);
          }
        });
    walk.links()
        .forEach(
            (real, from) -> links.computeIfAbsent(real, target -> new TreeSet<>()).addAll(from));
    return changed;
  }

  private void compare(
      String path, @Nullable KnownFolder before, @Nullable KnownFolder now, Set<String> changed) {
    RejectedPath problem = now == null ? null : now.problem();
    if (!Objects.equals(before == null ? null : before.problem(), problem)) {
      put(problems, path, problem);
      changed.add(path);
    }
    Map<String, KnownFile> filesBefore = before == null ? Map.of() : before.files();
    Map<String, KnownFile> filesNow = now == null ? Map.of() : now.files();
    String prefix = path.isEmpty() ? "" : path + "/";
    filesNow.forEach(
        (name, file) -> {
          KnownFile old = filesBefore.get(name);
          if (!file.equals(old) && record(prefix + name, old, file)) {
            changed.add(prefix + name);
          }
        });
    filesBefore.forEach(
        (name, file) -> {
          if (!filesNow.containsKey(name) && record(prefix + name, file, null)) {
            changed.add(prefix + name);
          }
        });
  }

  /** Keeps the source file and problem of a path; returns whether one of them changed. */
  private boolean record(String path, @Nullable KnownFile old, @Nullable KnownFile now) {
    SourceFile file = now == null ? null : now.file();
    RejectedPath problem = now == null ? null : now.problem();
    boolean sameFile = Objects.equals(old == null ? null : old.file(), file);
    boolean sameProblem = Objects.equals(old == null ? null : old.problem(), problem);
    if (!sameFile) {
      put(sources, path, file);
    }
    if (!sameProblem) {
      put(problems, path, problem);
    }
    return !sameFile || !sameProblem;
  }

  private static <V> void put(Map<String, V> map, String path, @Nullable V value) {
    if (value == null) {
      map.remove(path);
    } else {
      map.put(path, value);
    }
  }

  private Map<String, KnownFolder> atAndBelow(String path) {
    Map<String, KnownFolder> found =
        new HashMap<>(folders.subMap(path + "/", true, path + (char) ('/' + 1), false));
    KnownFolder itself = folders.get(path);
    if (itself != null) {
      found.put(path, itself);
    }
    return found;
  }

  /** Whether that file is there to replace a neighbour. */
  private boolean replacing(String path) throws IOException {
    Optional<String> original = FileNames.replaces(name(path));
    if (original.isEmpty()) {
      return false;
    }
    try {
      reader.entry(prefix(path) + original.get());
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** The real paths of the folders that lead to that path, the data folder first. */
  private Deque<String> chain(String path) {
    Deque<String> chain = new ArrayDeque<>();
    chain.add("");
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      KnownFolder folder = folders.get(path.substring(0, slash));
      if (folder != null) {
        chain.add(folder.realPath());
      }
    }
    return chain;
  }

  /** The folder of that path with a slash behind, or nothing at the top. */
  private static String prefix(String path) {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }

  private static String folderOf(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
