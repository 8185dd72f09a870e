package io.flashduck.server.sync;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on the operating system's notices about the folders that a scan looks into. Notices are
 * hints: they may be late, repeated, about something else, or missing; if some are known to be
 * missing, everything is to be scanned.
 *
 * <p>A scan announces each folder before it lists it, so that what appears in it later is noticed.
 * One folder of the file system may be watched under several paths (links; a folder that was
 * renamed a moment ago): its notices go to all of them.
 *
 * <p>Threading: notices are passed on by the thread {@code flashduck-watch}; folders are announced
 * by the scan thread.
 */
final class FolderWatcher implements FolderListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FolderWatcher.class);
  private static final long JOIN_MILLIS = 5_000;

  private static final WatchEvent.Kind<?>[] KINDS = {
    StandardWatchEventKinds.ENTRY_CREATE,
    StandardWatchEventKinds.ENTRY_MODIFY,
    StandardWatchEventKinds.ENTRY_DELETE
  };

  private final Path root;
  private final WatchService service;
  private final Sink sink;
  private final Thread thread;
  private final NavigableMap<String, Watched> byFolder = new TreeMap<>();
  private final Map<WatchKey, Set<String>> foldersByKey = new HashMap<>();
  private Optional<String> problem = Optional.empty();

  /** Takes hints; called on the watch thread. */
  interface Sink {
    void hint(String path, Hints.Kind kind);

    /** Some notices were lost. */
    void overflow();

    /** Everything of one burst was passed on. */
    void burstEnd();
  }

  private record Watched(WatchKey key, long fileId) {}

  FolderWatcher(Path root, WatchService service, Sink sink) {
    this.root = root;
    this.service = service;
    this.sink = sink;
    this.thread = new Thread(this::run, "flashduck-watch");
    thread.setDaemon(true);
  }

  /**
   * Starts to pass on notices, of no folder yet.
   *
   * @param root the data folder without links
   * @throws IOException if the operating system offers no notices, or no more of them
   */
  static FolderWatcher start(Path root, Sink sink) throws IOException {
    FolderWatcher watcher = new FolderWatcher(root, root.getFileSystem().newWatchService(), sink);
    watcher.thread.start();
    return watcher;
  }

  @Override
  public void entering(String folder, long fileId) {
    synchronized (byFolder) {
      Watched watched = byFolder.get(folder);
      if (watched != null && watched.fileId == fileId && watched.key.isValid()) {
        return;
      }
      forget(folder);
      register(folder, fileId);
    }
  }

  @Override
  public void gone(String folder) {
    synchronized (byFolder) {
      List<String> folders =
          new ArrayList<>(
              byFolder.subMap(folder + "/", true, folder + (char) ('/' + 1), false).keySet());
      folders.add(folder);
      folders.forEach(this::forget);
    }
  }

  /** Why some folder is not watched; empty if all are. */
  Optional<String> problem() {
    synchronized (byFolder) {
      return problem;
    }
  }

  /** How many folders are watched. */
  int watchedFolders() {
    synchronized (byFolder) {
      return byFolder.size();
    }
  }

  private void register(String folder, long fileId) {
    try {
      Path path = folder.isEmpty() ? root : root.resolve(folder);
      WatchKey key = path.register(service, KINDS);
      byFolder.put(folder, new Watched(key, fileId));
      foldersByKey.computeIfAbsent(key, same -> new TreeSet<>()).add(folder);
    } catch (NoSuchFileException | NotDirectoryException e) {
      LOG.debug("Folder {} went away before it could be watched", folder);
    } catch (IOException e) {
      if (problem.isEmpty()) {
        problem = Optional.of("folder '" + folder + "' cannot be watched: " + e.getMessage());
        LOG.warn(
            "{}; changes there are found by scans only (on Linux, raise fs.inotify.max_user_watches"
                + " and max_user_instances)",
            problem.get());
      }
    } catch (ClosedWatchServiceException e) {
      LOG.debug("Folder {} is not watched: the watcher is closed", folder);
    }
  }

  private void forget(String folder) {
    Watched watched = byFolder.remove(folder);
    if (watched == null) {
      return;
    }
    Set<String> sharing = foldersByKey.getOrDefault(watched.key, Set.of());
    sharing.remove(folder);
    if (sharing.isEmpty()) {
      foldersByKey.remove(watched.key);
      watched.key.cancel();
    }
  }

  private void run() {
    try {
      while (true) {
        for (WatchKey key = service.take(); key != null; key = service.poll()) {
          passOn(key);
        }
        sink.burstEnd();
      }
    } catch (ClosedWatchServiceException | InterruptedException e) {
      LOG.debug("Watching ended");
    }
  }

  private void passOn(WatchKey key) {
    Set<String> folders;
    synchronized (byFolder) {
      folders = new TreeSet<>(foldersByKey.getOrDefault(key, Set.of()));
    }
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind() == StandardWatchEventKinds.OVERFLOW) {
        sink.overflow();
      } else if (event.context() instanceof Path name) {
        for (String folder : folders) {
          sink.hint(folder.isEmpty() ? name.toString() : folder + "/" + name, kind(event));
        }
      }
    }
    if (!key.reset()) {
      synchronized (byFolder) {
        List.copyOf(foldersByKey.getOrDefault(key, Set.of())).forEach(this::forget);
      }
    }
  }

  private static Hints.Kind kind(WatchEvent<?> event) {
    if (event.kind() == StandardWatchEventKinds.ENTRY_CREATE) {
      return Hints.Kind.APPEARED;
    }
    return event.kind() == StandardWatchEventKinds.ENTRY_DELETE
        ? Hints.Kind.GONE
        : Hints.Kind.MODIFIED;
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      LOG.warn("Could not end watching {}", root, e);
    }
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
