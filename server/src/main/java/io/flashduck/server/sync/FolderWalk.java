package io.flashduck.server.sync;

import io.flashduck.server.sync.FolderReader.Entry;
import io.flashduck.server.sync.FolderReader.Kind;
import io.flashduck.server.sync.FolderReader.Target;
import io.flashduck.server.sync.RejectedPath.Reason;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One walk from a path downwards: what is found there, given what was known there before. A file
 * that did not change keeps its object.
 *
 * <p>Threading: confined to the scan thread.
 */
final class FolderWalk {
  /** Links to folders that are followed within each other. */
  private static final int MAX_LINKS = 3;

  private final FolderReader reader;
  private final FolderListener listener;
  private final SourceNaming naming;
  private final Map<String, KnownFolder> previous;
  private final Map<String, KnownFolder> entered = new HashMap<>();
  private final Map<String, Set<String>> links = new TreeMap<>();
  private @Nullable IOException rootProblem;

  /**
   * Where the walk is.
   *
   * @param prefix the folder's path with a slash behind, or nothing at the top
   * @param chain the real paths of the folders that lead there, its own last
   * @param links how many of them are links
   * @param before the files that were known there, by name
   * @param now the files that are there
   */
  record Place(
      String prefix,
      Deque<String> chain,
      int links,
      Map<String, KnownFile> before,
      Map<String, KnownFile> now) {}

  /**
   * @param previous by path, the folders that were known
   */
  FolderWalk(
      FolderReader reader,
      FolderListener listener,
      SourceNaming naming,
      Map<String, KnownFolder> previous) {
    this.reader = reader;
    this.listener = listener;
    this.naming = naming;
    this.previous = previous;
  }

  /** Every folder that was looked into, by path. */
  Map<String, KnownFolder> entered() {
    return entered;
  }

  /** The links to files, by the path that they lead to. */
  Map<String, Set<String>> links() {
    return links;
  }

  /** Why the data folder itself could not be listed. */
  Optional<IOException> rootProblem() {
    return Optional.ofNullable(rootProblem);
  }

  /**
   * Everything in that folder.
   *
   * @param chain the real paths of the folders that lead there, its own last
   */
  void folder(String path, long fileId, Deque<String> chain, int linksSoFar) {
    listener.entering(path, fileId);
    try {
      List<Entry> entries = reader.list(path);
      KnownFolder before = previous.get(path);
      Map<String, KnownFile> now = new HashMap<>(entries.size() * 4 / 3 + 1);
      entered.put(path, new KnownFolder(chain.getLast(), linksSoFar, null, now));
      Place place =
          new Place(
              path.isEmpty() ? "" : path + "/",
              chain,
              linksSoFar,
              before == null ? Map.of() : before.files(),
              now);
      Set<String> replacements = replacements(entries);
      for (Entry entry : entries) {
        visit(place, entry, replacements.contains(entry.name()));
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // Gone since its parent was listed, which is as if it had gone before.
      rootProblem = path.isEmpty() ? e : rootProblem;
      entered.remove(path);
    } catch (IOException e) {
      rootProblem = path.isEmpty() ? e : rootProblem;
      entered.put(
          path, new KnownFolder(chain.getLast(), linksSoFar, unreadable(path, e), Map.of()));
    }
  }

  /** One thing in a folder; {@code replacing} if it is about to replace its neighbour. */
  void visit(Place place, Entry entry, boolean replacing) {
    if (FileNames.hiddenOrTemporary(entry.name())) {
      leaveAlone(place, entry);
      return;
    }
    switch (entry.kind()) {
      case FOLDER -> {
        String parent = place.chain().getLast();
        String real = parent.isEmpty() ? entry.name() : parent + "/" + entry.name();
        subfolder(place, entry, real, place.links());
      }
      case LINK -> link(place, entry.name());
      case FILE -> {
        if (replacing) {
          Placement meant = naming.place(place.prefix() + entry.name());
          place.now().put(entry.name(), KnownFile.unused(naming, meant));
        } else {
          file(place, entry.name(), entry.stamp());
        }
      }
      case OTHER -> other(place, entry.name());
    }
  }

  private void leaveAlone(Place place, Entry entry) {
    if (entry.kind() == Kind.FILE) {
      RejectedPath left =
          new RejectedPath(
              place.prefix() + entry.name(),
              Reason.HIDDEN_OR_TEMPORARY,
              "the name is hidden or temporary",
              "rename it if it is to be read");
      place.now().put(entry.name(), KnownFile.rejected(naming, Placement.IGNORED, left));
    }
  }

  private void subfolder(Place place, Entry entry, String real, int linksSoFar) {
    if (FileNames.ignoredFolder(entry.name())) {
      return;
    }
    place.chain().addLast(real);
    folder(place.prefix() + entry.name(), entry.stamp().fileId(), place.chain(), linksSoFar);
    place.chain().removeLast();
  }

  private void link(Place place, String name) {
    Target target;
    try {
      target = reader.follow(place.prefix() + name);
    } catch (IOException e) {
      badLink(place, name, "the link leads to nothing that can be read");
      return;
    }
    boolean folder = target.kind() == Kind.FOLDER;
    if (!target.allowed()) {
      badLink(place, name, "the link leads out of the data folder");
    } else if (folder && place.chain().contains(target.realPath())) {
      badLink(place, name, "the link leads to a folder that it is in");
    } else if (folder && place.links() >= MAX_LINKS) {
      badLink(place, name, "more than " + MAX_LINKS + " links lead there");
    } else if (folder) {
      Entry linked = new Entry(name, Kind.FOLDER, target.stamp());
      subfolder(place, linked, target.realPath(), place.links() + 1);
    } else if (target.kind() == Kind.FILE) {
      links.computeIfAbsent(target.realPath(), path -> new TreeSet<>()).add(place.prefix() + name);
      file(place, name, target.stamp());
    } else {
      other(place, name);
    }
  }

  private void badLink(Place place, String name, String detail) {
    reject(place, name, Reason.BAD_LINK, detail, "put the file itself there, or remove the link");
  }

  private void other(Place place, String name) {
    reject(place, name, Reason.NOT_A_FILE, "a pipe, socket or device", "put a file there");
  }

  /** A problem of something that would be data if it were a file or folder. */
  private void reject(Place place, String name, Reason reason, String detail, String advice) {
    String path = place.prefix() + name;
    Placement meant = naming.place(path);
    boolean mayBeFolder = reason == Reason.BAD_LINK && name.indexOf('.') < 0;
    place
        .now()
        .put(
            name,
            meant instanceof Placement.InTable || mayBeFolder
                ? KnownFile.rejected(naming, meant, new RejectedPath(path, reason, detail, advice))
                : KnownFile.unused(naming, meant));
  }

  private void file(Place place, String name, FileStamp stamp) {
    KnownFile old = place.before().get(name);
    boolean same = old != null && old.naming() == naming && old.stillHolds(stamp);
    place.now().put(name, same ? old : changed(place.prefix() + name, stamp, old));
  }

  private KnownFile changed(String path, FileStamp stamp, @Nullable KnownFile old) {
    Placement meant = naming.place(path);
    if (meant instanceof Placement.Refused refused) {
      return KnownFile.rejected(naming, meant, refused.rejection());
    }
    if (!(meant instanceof Placement.InTable inTable)) {
      return KnownFile.unused(naming, meant);
    }
    SourceFile before = old == null ? null : old.file();
    if (before != null && before.stamp().sameState(stamp)) {
      return KnownFile.of(naming, meant, inTable.file(path, before.stamp()));
    }
    return reader.readable(path)
        ? KnownFile.of(naming, meant, inTable.file(path, stamp))
        : KnownFile.rejected(
            naming,
            meant,
            new RejectedPath(
                path, Reason.UNREADABLE, "no permission to read the file", "grant r on it"));
  }

  private static RejectedPath unreadable(String path, IOException e) {
    boolean permission = e instanceof AccessDeniedException;
    return new RejectedPath(
        path,
        Reason.UNREADABLE,
        permission ? "no permission to list the folder" : "the folder cannot be listed: " + e,
        permission ? "grant r and x on it" : "look at the disk or mount");
  }

  /** The names of files that are about to replace a neighbour. */
  private static Set<String> replacements(List<Entry> entries) {
    Map<String, String> replacementByOriginal = new HashMap<>();
    for (Entry entry : entries) {
      FileNames.replaces(entry.name())
          .ifPresent(original -> replacementByOriginal.put(original, entry.name()));
    }
    if (replacementByOriginal.isEmpty()) {
      return Set.of();
    }
    Set<String> replacements = new HashSet<>();
    for (Entry entry : entries) {
      String replacement = replacementByOriginal.get(entry.name());
      if (replacement != null) {
        replacements.add(replacement);
      }
    }
    return replacements;
  }
}
