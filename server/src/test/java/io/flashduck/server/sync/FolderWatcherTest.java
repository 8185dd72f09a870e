package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.sync.Hints.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderWatcherTest {
  private static final long LIMIT_SECONDS = 20;

  @TempDir private Path dir;
  private final Recorder recorder = new Recorder();
  private TestFolder folder;
  private FolderWatcher watcher;

  @BeforeEach
  void start() throws IOException {
    folder = new TestFolder(dir);
    watcher = FolderWatcher.start(folder.root(), recorder);
  }

  @AfterEach
  void stop() {
    watcher.close();
  }

  @Test
  void entering_watchedFolder_passesItsNoticesOn() throws InterruptedException {
    folder.write("sales/a.csv", "1");
    watcher.entering("sales", 1);
    folder.write("sales/b.csv", "1");
    recorder.awaitHint("APPEARED sales/b.csv");
    folder.write("sales/a.csv", "2");
    recorder.awaitHint("MODIFIED sales/a.csv");
    folder.delete("sales/a.csv");
    recorder.awaitHint("GONE sales/a.csv");
  }

  @Test
  void entering_renamedFolder_isWatchedUnderItsNewPath() throws InterruptedException {
    folder.write("a/x.csv", "1");
    watcher.entering("", 1);
    watcher.entering("a", 2);
    folder.rename("a", "b");
    recorder.awaitHint("APPEARED b");
    watcher.entering("b", 2);
    watcher.gone("a");
    folder.write("b/y.csv", "1");
    recorder.awaitHint("APPEARED b/y.csv");
    assertThat(recorder.seen).noneMatch(hint -> hint.endsWith("a/y.csv"));
    assertThat(watcher.watchedFolders()).isEqualTo(2);
  }

  @Test
  void entering_goneBeforeEntering_isWatchedUnderItsNewPath() throws InterruptedException {
    folder.write("a/x.csv", "1");
    watcher.entering("a", 2);
    folder.rename("a", "b");
    watcher.gone("a");
    watcher.entering("b", 2);
    folder.write("b/y.csv", "1");
    recorder.awaitHint("APPEARED b/y.csv");
  }

  @Test
  void entering_otherFolderUnderTheSamePath_isWatchedInstead() throws InterruptedException {
    folder.write("a/x.csv", "1");
    watcher.entering("a", 1);
    folder.rename("a", "old");
    folder.write("a/y.csv", "1");
    watcher.entering("a", 2);
    folder.write("a/z.csv", "1");
    recorder.awaitHint("APPEARED a/z.csv");
  }

  @Test
  void entering_linkToAFolder_noticesComeUnderBothPaths() throws InterruptedException {
    folder.write("a/x.csv", "1");
    folder.link("link", Path.of("a"));
    watcher.entering("a", 1);
    watcher.entering("link", 1);
    folder.write("a/y.csv", "1");
    recorder.awaitHint("APPEARED a/y.csv");
    recorder.awaitHint("APPEARED link/y.csv");
    watcher.gone("link");
    folder.write("a/z.csv", "1");
    recorder.awaitHint("APPEARED a/z.csv");
  }

  @Test
  void entering_absentFolder_isIgnored() {
    watcher.entering("absent", 1);
    assertThat(watcher.watchedFolders()).isZero();
    assertThat(watcher.problem()).isEmpty();
  }

  @Test
  void passOn_moreNoticesThanAreKept_saysThatSomeWereLost() throws InterruptedException {
    watcher.entering("", 1);
    recorder.holdFirstBurst = new CountDownLatch(1);
    folder.write("first.csv", "1");
    recorder.awaitHint("APPEARED first.csv");
    for (int i = 0; i < 2_000; i++) {
      folder.write("f" + i + ".csv", "1");
    }
    recorder.holdFirstBurst.countDown();
    recorder.awaitHint("OVERFLOW");
  }

  /** Writes down what it is told. */
  private static final class Recorder implements FolderWatcher.Sink {
    private final BlockingQueue<String> hints = new LinkedBlockingQueue<>();
    private final List<String> seen = new ArrayList<>();
    private volatile CountDownLatch holdFirstBurst = new CountDownLatch(0);

    @Override
    public void hint(String path, Kind kind) {
      hints.add(kind + " " + path);
    }

    @Override
    public void overflow() {
      hints.add("OVERFLOW");
    }

    @Override
    public void burstEnd() {
      try {
        assertThat(holdFirstBurst.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void awaitHint(String expected) throws InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
      while (!seen.contains(expected)) {
        String next = hints.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        assertThat(next).as("no hint %s among %s", expected, seen).isNotNull();
        seen.add(next);
      }
    }
  }
}
