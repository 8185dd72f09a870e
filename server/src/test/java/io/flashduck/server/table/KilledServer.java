package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The process that dies, with a server in it: checks what the one before it has left, then writes
 * until it is killed.
 */
final class KilledServer {
  /** How a line to the parent begins. */
  static final String SAYS = "killed-server: ";

  static final String CHECKED = "checked";
  static final String REACHED = "reached";
  static final String UNREACHED = "unreached";

  private static final int FOLD_EVERY = 25;

  private final TestFolder folder;
  private final KillLedger ledger;
  private final KillPoints points;
  private final Random random;

  /** A consolidated file as the kill has left it. */
  private record Exported(long sequence, List<String> rows) {}

  private KilledServer(Path dir, KillPoints points, Random random) throws IOException {
    this.points = points;
    this.random = random;
    this.ledger = new KillLedger(dir.resolve("ledger.txt"));
    this.folder =
        new TestFolder(Files.createDirectories(dir.resolve("tables")))
            .with("queue.segment-bytes", "64KiB")
            .with("export.policy", "always")
            .with("export.row-group-rows", "2048")
            .with("export.keep-versions", "1")
            .in(points.surroundings());
  }

  /**
   * Runs until it is killed.
   *
   * @param arguments the folder; a seed; the step, its moment and count; after how many seconds it
   *     says that it has not come there; {@code start} if the steps of the start count too; {@code
   *     lost} if the cache is lost
   */
  public static void main(String[] arguments) {
    try {
      Path dir = Path.of(arguments[0]);
      KillPoints points =
          new KillPoints(
              arguments[2],
              KillPoints.Moment.valueOf(arguments[3]),
              Integer.parseInt(arguments[4]),
              () -> say(REACHED));
      KilledServer server = new KilledServer(dir, points, new Random(Long.parseLong(arguments[1])));
      if (List.of(arguments).contains("start")) {
        points.arm();
      }
      server.run(Long.parseLong(arguments[5]), List.of(arguments).contains("lost"));
    } catch (Throwable e) {
      failed(e);
    }
  }

  private static void failed(Throwable e) {
    e.printStackTrace();
    Runtime.getRuntime().halt(1);
  }

  private static synchronized void say(String what) {
    System.out.println(SAYS + what);
    System.out.flush();
  }

  private void run(long seconds, boolean loseCache) throws IOException, InterruptedException {
    Optional<Exported> fileOfT = exported("t", KillModel.ROWS_OF_T);
    Optional<Exported> fileOfLog = exported("log", KillModel.ROWS_OF_LOG);
    assertThat(fileOfT.map(Exported::sequence).orElse(0L))
        .as("the file of t, which was said to be exported")
        .isGreaterThanOrEqualTo(ledger.exported());
    if (loseCache) {
      folder.deleteCache();
    }
    folder.open();
    create();
    List<KillWriter> writers = checkedTables();
    check(fileOfT, true);
    check(fileOfLog, false);
    say(CHECKED);
    points.arm();
    Semaphore answers = new Semaphore(0);
    for (KillWriter writer : writers) {
      start(() -> writer.run(answers::release));
    }
    start(() -> foldNowAndThen(answers));
    LockSupport.parkNanos(this, TimeUnit.SECONDS.toNanos(seconds));
    say(UNREACHED);
    Thread.currentThread().join();
  }

  private static void start(Runnable work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Throwable e) {
                failed(e);
              }
            });
    thread.start();
  }

  private void foldNowAndThen(Semaphore answers) {
    while (true) {
      answers.acquireUninterruptibly(FOLD_EVERY);
      folder.db().fold();
    }
  }

  /** Three writes, however often they were tried. */
  private void create() {
    folder.run("CREATE TABLE IF NOT EXISTS t (" + KillModel.COLUMNS_OF_T + ")");
    folder.run("CREATE TABLE IF NOT EXISTS log (" + KillModel.COLUMNS_OF_LOG + ")");
    folder
        .db()
        .execute(
            SqlUpdate.of(
                "INSERT INTO t SELECT -i, 0, 0, 0, 'pad' FROM range("
                    + KillModel.OTHERS
                    + ") r(i)"),
            new WriteOptions(AckLevel.APPLIED, Optional.of(new ProducerPosition("others", 1))))
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
  }

  private List<KillWriter> checkedTables() {
    List<String> rowsOfT = folder.rows(KillModel.ROWS_OF_T.formatted("t"));
    List<String> rowsOfLog = folder.rows(KillModel.ROWS_OF_LOG.formatted("log"));
    assertThat(folder.rows("SELECT count(*) FROM t WHERE w = 0 AND pad = 'pad'"))
        .containsExactly(String.valueOf(KillModel.OTHERS));
    List<KillWriter> writers = new ArrayList<>();
    List<Long> survived = new ArrayList<>();
    for (int i = 1; i <= KillModel.WRITERS; i++) {
      KillWriter writer = new KillWriter(i, folder, ledger, points);
      writers.add(writer);
      survived.add(writer.survived(rowsOfT, rowsOfLog));
    }
    long last = 3 + survived.stream().mapToLong(n -> n).sum();
    assertThat(folder.db().catalog().sequence()).as("writes of %s", survived).isEqualTo(last);
    for (int i = 0; i < writers.size(); i++) {
      writers.get(i).repeat(survived.get(i), random);
    }
    assertThat(folder.db().catalog().sequence()).as("after repeats").isEqualTo(last);
    return writers;
  }

  /** Reads a file before the server is there, as anybody can. */
  private Optional<Exported> exported(String table, String rows) {
    Path path = folder.dir.resolve(".flashduck/export/main/" + table + ".parquet");
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    String sequence =
        folder
            .scratchRows(
                "SELECT decode(value) FROM parquet_kv_metadata('%s') WHERE decode(key) = '%s'"
                    .formatted(path, "flashduck.sequence"))
            .get(0);
    return Optional.of(
        new Exported(
            Long.parseLong(sequence),
            folder.scratchRows(rows.formatted("read_parquet('" + path + "')"))));
  }

  /** A file is what the table was at some write: of each writer, all changes up to that. */
  private void check(Optional<Exported> file, boolean isT) {
    if (file.isEmpty()) {
      return;
    }
    int count = 0;
    for (int writer = 1; writer <= KillModel.WRITERS; writer++) {
      long last = ledger.lastWithin(writer, file.get().sequence());
      List<String> expected =
          isT ? KillModel.rowsOfT(writer, last) : KillModel.rowsOfLog(writer, last);
      assertThat(KillModel.of(writer, file.get().rows()))
          .as("file of %s at %d, writer %d", isT ? "t" : "log", file.get().sequence(), writer)
          .isEqualTo(expected);
      count += expected.size();
    }
    assertThat(file.get().rows()).hasSize(count);
  }
}
