package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.DataConfig;
import io.flashduck.server.config.FollowConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.HeldFile.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SourceMonitorTest {
  private static final long LIMIT_SECONDS = 20;

  /** So long that no test sees it. */
  private static final Duration NEVER = Duration.ofHours(1);

  @TempDir private Path dir;
  private final BlockingQueue<FolderSnapshot> snapshots = new LinkedBlockingQueue<>();
  private TestFolder folder;

  @SuppressWarnings("NullAway.Init") // each test starts its own
  private SourceMonitor monitor;

  @BeforeEach
  void createFolder() throws IOException {
    folder = new TestFolder(Files.createDirectory(dir.resolve("data")));
  }

  @AfterEach
  void close() {
    if (monitor != null) {
      monitor.close();
    }
  }

  @Test
  void start_filledFolder_tellsWhatIsThere() throws Exception {
    folder.write("a.csv", "1");
    folder.write("s/b.csv", "1");
    start(NEVER, true);
    awaitFiles("a.csv", "s/b.csv");
    assertThat(monitor.status().watchedFolders()).isEqualTo(2);
    assertThat(monitor.status().problem()).isEmpty();
  }

  @Test
  void rename_watchedFolder_isToldAtOnceByItsNotice() throws Exception {
    start(NEVER, true);
    monitor.rescan().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    folder.replace("new/a.csv", "1");
    awaitFiles("new/a.csv");
    folder.replace("new/b.csv", "1");
    awaitFiles("new/a.csv", "new/b.csv");
    folder.rename("new", "old");
    awaitFiles("old/a.csv", "old/b.csv");
    folder.replace("old/c.csv", "1");
    awaitFiles("old/a.csv", "old/b.csv", "old/c.csv");
    folder.delete("old");
    awaitFiles();
  }

  @Test
  void swapOfFolders_isToldAsOneState() throws Exception {
    folder.write("sales/a.csv", "1");
    folder.write("next/b.csv", "1");
    start(NEVER, true);
    awaitFiles("next/b.csv", "sales/a.csv");
    folder.rename("sales", "previous");
    folder.rename("next", "sales");
    awaitFiles("previous/a.csv", "sales/b.csv");
  }

  @Test
  void change_scansOnly_isFoundByTheNextScan() throws Exception {
    start(Duration.ofMillis(20), false);
    monitor.rescan().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    folder.replace("a.csv", "1");
    awaitFiles("a.csv");
    folder.delete("a.csv");
    awaitFiles();
    assertThat(monitor.status().watchedFolders()).isZero();
  }

  @Test
  void writtenInPlace_isHeldWhileItGrowsAndToldWhenItRests() throws Exception {
    start(NEVER, true);
    monitor.rescan().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    long written = 0;
    try (FileChannel channel =
        FileChannel.open(
            folder.path("a.csv"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      boolean held = false;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
      while (!held && System.nanoTime() < deadline) {
        written += channel.write(ByteBuffer.wrap("1\n".getBytes(StandardCharsets.UTF_8)));
        FolderSnapshot next = snapshots.poll(10, TimeUnit.MILLISECONDS);
        held = next != null && states(next).contains(State.SETTLING);
      }
      assertThat(held).isTrue();
      written += channel.write(ByteBuffer.wrap("2\n".getBytes(StandardCharsets.UTF_8)));
    }
    long size = written;
    FolderSnapshot rested =
        awaitSnapshot(
            snapshot -> snapshot.files().stream().anyMatch(file -> file.stamp().size() == size));
    assertThat(rested.held()).isEmpty();
  }

  @Test
  void retryLater_fileThatStaysBroken_comesAgainUntilQuarantined() throws Exception {
    folder.replace("a.csv", "1");
    start(NEVER, true);
    for (int tries = 1; tries <= Settling.MAX_TRIES; tries++) {
      SourceFile file = awaitFiles("a.csv").files().get(0);
      monitor.retryLater(file, "no end of line");
    }
    FolderSnapshot quarantined =
        awaitSnapshot(snapshot -> states(snapshot).contains(State.QUARANTINED));
    assertThat(quarantined.held().values().iterator().next().reason()).contains("no end of line");
    assertThat(quarantined.keepsLoadedRows("a.csv")).isTrue();
    folder.replace("a.csv", "1\n");
    awaitFiles("a.csv");
  }

  @Test
  void quarantine_offeredAgainOnRequest() throws Exception {
    folder.replace("a.csv", "1");
    start(NEVER, true);
    monitor.quarantine(awaitFiles("a.csv").files().get(0), "types differ");
    awaitFiles();
    monitor.offerAgain(TableName.ofMain("a"));
    awaitFiles("a.csv");
  }

  @Test
  void tablesYaml_createdBrokenRepairedDeleted_isFollowed() throws Exception {
    folder.replace("events/a.csv", "1");
    start(NEVER, true);
    assertThat(awaitFiles("events/a.csv").files().get(0).table())
        .isEqualTo(new TableName("events", "a"));
    folder.replace("tables.yaml", "tables: {events: {key: id}}");
    FolderSnapshot named = awaitSnapshot(snapshot -> table(snapshot).equals("main.events"));
    assertThat(named.tables().options("main", "events").key()).containsExactly("id");
    folder.replace("tables.yaml", "tables: {events: {kye: id}}");
    FolderSnapshot broken = awaitSnapshot(snapshot -> !snapshot.rejected().isEmpty());
    assertThat(broken.rejected().get(0).reason()).isEqualTo(RejectedPath.Reason.BROKEN_TABLES_FILE);
    assertThat(broken.rejected().get(0).detail()).contains("did you mean key?");
    assertThat(table(broken)).isEqualTo("main.events");
    folder.delete("tables.yaml");
    FolderSnapshot gone = awaitSnapshot(snapshot -> table(snapshot).equals("events.a"));
    assertThat(gone.rejected()).isEmpty();
  }

  @Test
  void tablesYaml_brokenAtStart_isReportedAndTheLastGoodOneUsed() throws Exception {
    folder.replace("events/a.csv", "1");
    folder.replace("tables.yaml", "tables: {events: {}}");
    start(NEVER, true);
    awaitSnapshot(snapshot -> table(snapshot).equals("main.events"));
    monitor.close();
    folder.replace("tables.yaml", "tables: [");
    snapshots.clear();
    start(NEVER, true);
    FolderSnapshot snapshot = awaitFiles("events/a.csv");
    assertThat(table(snapshot)).isEqualTo("main.events");
    assertThat(snapshot.rejected())
        .extracting(RejectedPath::reason)
        .containsExactly(RejectedPath.Reason.BROKEN_TABLES_FILE);
  }

  @Test
  void overflow_manyFilesAtOnce_areAllFound() throws Exception {
    start(NEVER, true);
    monitor.rescan().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    for (int i = 0; i < 3_000; i++) {
      folder.replace("t" + i + ".csv", "1");
    }
    awaitSnapshot(snapshot -> snapshot.files().size() == 3_000);
  }

  @Test
  void rescan_dataFolderGoneAndBack_reportsAndRecovers() throws Exception {
    folder.replace("a.csv", "1");
    start(NEVER, true);
    awaitFiles("a.csv");
    Path away = dir.resolve("away");
    Files.move(folder.root(), away);
    CompletableFuture<FolderSnapshot> failing = monitor.rescan();
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> failing.get(LIMIT_SECONDS, TimeUnit.SECONDS))
        .withCauseInstanceOf(FlashDuckException.class)
        .withMessageContaining("cannot be read");
    assertThat(monitor.status().problem()).isPresent();
    Files.move(away, folder.root());
    FolderSnapshot back = monitor.rescan().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    assertThat(back.files()).hasSize(1);
    assertThat(monitor.status().problem()).isEmpty();
  }

  @Test
  void listenerFails_isToldAgainByTheNextLook() throws Exception {
    folder.replace("a.csv", "1");
    BlockingQueue<FolderSnapshot> told = new LinkedBlockingQueue<>();
    AtomicBoolean failed = new AtomicBoolean();
    SourceMonitor.Listener failsOnce =
        snapshot -> {
          told.add(snapshot);
          if (!failed.getAndSet(true)) {
            throw new IllegalStateException("not now");
          }
        };
    monitor = SourceMonitor.open(config(Duration.ofMillis(20), true), failsOnce, Clock.systemUTC());
    monitor.start();
    for (int i = 0; i < 2; i++) {
      FolderSnapshot snapshot = told.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(snapshot).isNotNull();
    }
  }

  @Test
  void rescan_afterClose_isRefused() throws Exception {
    start(NEVER, true);
    monitor.close();
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> monitor.rescan().get(LIMIT_SECONDS, TimeUnit.SECONDS))
        .satisfies(
            e ->
                assertThat(e.getCause())
                    .isInstanceOfSatisfying(
                        FlashDuckException.class,
                        cause -> assertThat(cause.code()).isEqualTo(ErrorCode.SHUTTING_DOWN)));
  }

  private void start(Duration interval, boolean watch) {
    monitor = SourceMonitor.open(config(interval, watch), snapshots::add, Clock.systemUTC());
    monitor.start();
  }

  private DataConfig config(Duration interval, boolean watch) {
    Path state = dir.resolve("state");
    FollowConfig follow =
        new FollowConfig(interval, watch, Duration.ofMillis(100), Duration.ofSeconds(5));
    return new DataConfig(folder.root(), state, state.resolve("export"), follow);
  }

  private static List<State> states(FolderSnapshot snapshot) {
    return snapshot.held().values().stream().map(HeldFile::state).toList();
  }

  private static String table(FolderSnapshot snapshot) {
    return snapshot.files().isEmpty() ? "" : snapshot.files().get(0).table().toString();
  }

  private FolderSnapshot awaitFiles(String... paths) throws InterruptedException {
    return awaitSnapshot(
        snapshot ->
            snapshot.files().stream().map(SourceFile::path).toList().equals(List.of(paths)));
  }

  private FolderSnapshot awaitSnapshot(Predicate<FolderSnapshot> expected)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    FolderSnapshot last = null;
    while (true) {
      FolderSnapshot next = snapshots.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      assertThat(next).as("the last snapshot was %s", last).isNotNull();
      if (next != null && expected.test(next)) {
        return next;
      }
      last = next;
    }
  }
}
