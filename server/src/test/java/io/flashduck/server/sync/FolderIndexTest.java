package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.config.TablesConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderIndexTest {
  @TempDir private Path dir;

  @Test
  void refresh_changedFile_looksAtThatOnly() throws IOException {
    TestFolder folder = new TestFolder(dir);
    folder.write("a.csv", "1");
    folder.write("b.csv", "1");
    FolderIndex index = folder.index(FolderListener.NONE);
    assertThat(index.rescan()).containsExactly("a.csv", "b.csv");
    folder.write("a.csv", "22");
    folder.write("b.csv", "22");
    assertThat(index.refresh(List.of("a.csv"))).contains(Set.of("a.csv"));
    assertThat(index.find("a.csv").orElseThrow().stamp().size()).isEqualTo(2);
    assertThat(index.find("b.csv").orElseThrow().stamp().size()).isEqualTo(1);
    assertThat(index.refresh(List.of("a.csv", "absent.csv", "x/y.csv"))).contains(Set.of());
  }

  @Test
  void refresh_targetOfALink_looksAtTheLinkToo() throws IOException {
    TestFolder folder = new TestFolder(dir);
    folder.write("sales/a.csv", "1");
    folder.link("b.csv", Path.of("sales/a.csv"));
    FolderIndex index = folder.index(FolderListener.NONE);
    index.rescan();
    folder.write("sales/a.csv", "22");
    assertThat(index.refresh(List.of("sales/a.csv"))).contains(Set.of("b.csv", "sales/a.csv"));
  }

  @Test
  void refresh_originalGone_showsTheReplacement() throws IOException {
    TestFolder folder = new TestFolder(dir);
    folder.write("a.csv", "1");
    folder.write("tmp_a.csv", "1");
    FolderIndex index = folder.index(FolderListener.NONE);
    assertThat(index.rescan()).containsExactly("a.csv");
    folder.delete("a.csv");
    assertThat(index.refresh(List.of("a.csv"))).contains(Set.of("a.csv", "tmp_a.csv"));
    folder.rename("tmp_a.csv", "a.csv");
    assertThat(index.refresh(List.of("a.csv", "tmp_a.csv"))).contains(Set.of("a.csv", "tmp_a.csv"));
    assertThat(index.sourceFiles()).extracting(SourceFile::path).containsExactly("a.csv");
  }

  @Test
  void refresh_folders_tellTheListenerBeforeAndAfter() throws IOException {
    TestFolder folder = new TestFolder(dir);
    List<String> calls = new ArrayList<>();
    FolderIndex index =
        folder.index(
            new FolderListener() {
              @Override
              public void entering(String path, long fileId) {
                calls.add("+" + path);
              }

              @Override
              public void gone(String path) {
                calls.add("-" + path);
              }
            });
    index.rescan();
    folder.write("a/b/c=1/x.csv", "1");
    index.refresh(List.of("a"));
    folder.rename("a", "z");
    index.refresh(List.of("a", "z"));
    folder.delete("z");
    index.rescan();
    assertThat(calls.subList(0, 4)).containsExactly("+", "+a", "+a/b", "+a/b/c=1");
    assertThat(calls.subList(4, 10))
        .containsExactlyInAnyOrder("-a", "-a/b", "-a/b/c=1", "+z", "+z/b", "+z/b/c=1");
    assertThat(calls.subList(10, 14)).containsExactlyInAnyOrder("+", "-z", "-z/b", "-z/b/c=1");
  }

  @Test
  void rescan_unreadableFolderAndFile_areRejectedAndRecover() throws IOException {
    TestFolder folder = new TestFolder(dir);
    folder.write("a.csv", "1");
    folder.write("sales/b.csv", "1");
    FaultyReader reader = new FaultyReader(folder.reader());
    FolderIndex index =
        new FolderIndex(reader, new SourceNaming(TablesConfig.EMPTY), FolderListener.NONE);
    reader.refused.addAll(Set.of("a.csv", "sales"));
    index.rescan();
    assertThat(index.sourceFiles()).isEmpty();
    assertThat(index.rejected())
        .extracting(r -> r.path() + " " + r.reason() + ": " + r.detail() + "; " + r.advice())
        .containsExactly(
            "a.csv UNREADABLE: no permission to read the file; grant r on it",
            "sales UNREADABLE: no permission to list the folder; grant r and x on it");
    reader.refused.clear();
    assertThat(index.refresh(List.of("a.csv", "sales")))
        .contains(Set.of("a.csv", "sales", "sales/b.csv"));
    assertThat(index.rejected()).isEmpty();
    assertThat(index.sourceFiles())
        .extracting(SourceFile::path)
        .containsExactly("a.csv", "sales/b.csv");
    reader.refused.add("sales");
    assertThat(index.rescan()).containsExactly("sales", "sales/b.csv");
    FolderSnapshot snapshot =
        new FolderSnapshot(
            List.copyOf(index.sourceFiles()),
            index.rejected(),
            new java.util.TreeMap<>(),
            TablesConfig.EMPTY);
    assertThat(snapshot.keepsLoadedRows("sales/b.csv")).isTrue();
  }

  @Test
  void refresh_pathThatCannotBeLookedAt_asksForAScan() throws IOException {
    TestFolder folder = new TestFolder(dir);
    folder.write("a.csv", "1");
    FaultyReader reader = new FaultyReader(folder.reader());
    FolderIndex index =
        new FolderIndex(reader, new SourceNaming(TablesConfig.EMPTY), FolderListener.NONE);
    index.rescan();
    reader.broken.add("a.csv");
    assertThat(index.refresh(List.of("a.csv"))).isEmpty();
    reader.broken.clear();
    folder.delete("a.csv");
    assertThat(index.rescan()).containsExactly("a.csv");
    assertThat(index.sourceFiles()).isEmpty();
  }

  /** One thing that people do to a folder; returns the paths that a notice would name. */
  private record Action(int kind, String from, String to) {
    Set<String> apply(TestFolder folder) {
      Set<String> named = new TreeSet<>();
      try {
        apply(folder, named);
      } catch (IOException | UncheckedIOException e) {
        return named; // not possible just now; folders may have been created
      }
      return named;
    }

    private void apply(TestFolder folder, Set<String> named) throws IOException {
      switch (kind) {
        case 0, 1, 2 -> {
          named.addAll(newFolders(folder, from));
          named.add(from);
          folder.write(from, from + kind);
          // The notice of a write through a link names the file that was written.
          named.add(folder.root().relativize(folder.path(from).toRealPath()).toString());
        }
        case 3 -> {
          if (Files.exists(folder.path(from))) {
            named.add(from);
            folder.delete(from);
          }
        }
        case 4 -> {
          if (Files.exists(folder.path(from)) && Files.notExists(folder.path(to))) {
            named.addAll(newFolders(folder, to));
            named.addAll(Set.of(from, to));
            folder.rename(from, to);
          }
        }
        default -> {
          String link = from.startsWith("s/") ? "s/link" : "link.csv";
          if (Files.notExists(folder.path(link))) {
            named.addAll(newFolders(folder, link));
            named.add(link);
            folder.link(link, folder.path(to));
          }
        }
      }
    }

    private static Set<String> newFolders(TestFolder folder, String path) {
      Set<String> created = new TreeSet<>();
      for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
        if (Files.notExists(folder.path(path.substring(0, slash)))) {
          created.add(path.substring(0, slash));
        }
      }
      return created;
    }
  }

  @Property(tries = 300)
  void refresh_anyHistory_equalsAScanFromNothing(@ForAll("histories") List<List<Action>> history)
      throws IOException {
    Path root = Files.createTempDirectory("folder-index");
    TestFolder folder = new TestFolder(root);
    try {
      FolderIndex incremental = folder.index(FolderListener.NONE);
      incremental.rescan();
      for (List<Action> burst : history) {
        Set<String> notices = new HashSet<>();
        burst.forEach(action -> notices.addAll(action.apply(folder)));
        Optional<Set<String>> changed = incremental.refresh(notices);
        if (changed.isEmpty()) {
          incremental.rescan();
        }
      }
      FolderIndex fresh = folder.index(FolderListener.NONE);
      fresh.rescan();
      assertThat(withoutLinks(folder, incremental)).isEqualTo(withoutLinks(folder, fresh));
      incremental.rescan();
      assertThat(List.copyOf(incremental.sourceFiles()))
          .isEqualTo(List.copyOf(fresh.sourceFiles()));
      assertThat(incremental.rejected()).isEqualTo(fresh.rejected());
    } finally {
      folder.delete("");
    }
  }

  /** What lies behind links, only a scan finds in every case. */
  private static List<SourceFile> withoutLinks(TestFolder folder, FolderIndex index) {
    return index.sourceFiles().stream().filter(file -> !behindLink(folder, file.path())).toList();
  }

  /** Whether the path or a folder in it is a link, whatever its name is by now. */
  private static boolean behindLink(TestFolder folder, String path) {
    for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      if (Files.isSymbolicLink(folder.path(path.substring(0, slash)))) {
        return true;
      }
    }
    return Files.isSymbolicLink(folder.path(path));
  }

  @Provide
  Arbitrary<List<List<Action>>> histories() {
    Arbitrary<String> paths =
        Arbitraries.of(
            "a.csv",
            "b.csv",
            "tmp_a.csv",
            "s/a.csv",
            "s/tmp_a.csv",
            "s/t/c.csv",
            "s/k=1/d.csv",
            "u/a.csv",
            "s",
            "u",
            "s/k=1",
            "link.csv",
            "s/link",
            "x.csv/p.csv",
            "x.csv",
            ".h.csv");
    return Combinators.combine(Arbitraries.integers().between(0, 5), paths, paths)
        .as(Action::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .list()
        .ofMinSize(1)
        .ofMaxSize(8);
  }

  /** Refuses some paths, as a file system without permission or with a defect does. */
  private static final class FaultyReader implements FolderReader {
    private final FolderReader real;
    private final Set<String> refused = new HashSet<>();
    private final Set<String> broken = new HashSet<>();

    FaultyReader(FolderReader real) {
      this.real = real;
    }

    @Override
    public List<Entry> list(String folder) throws IOException {
      if (refused.contains(folder)) {
        throw new AccessDeniedException(folder);
      }
      return real.list(folder);
    }

    @Override
    public Entry entry(String path) throws IOException {
      if (broken.contains(path)) {
        throw new IOException("Input/output error");
      }
      return real.entry(path);
    }

    @Override
    public Target follow(String link) throws IOException {
      return real.follow(link);
    }

    @Override
    public boolean readable(String path) {
      return !refused.contains(path) && real.readable(path);
    }
  }
}
