package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import io.flashduck.server.cli.local.LocalEngine;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.output.TableDrawing;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.config.TablesConfig;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.sync.SourceMonitor;
import io.flashduck.server.sync.SourceScanner;
import io.flashduck.server.table.Database;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Measures how long a folder takes to be served, against DuckDB reading the same files into a table
 * of a database file.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "load",
    description = {
      "Time from nothing to a served folder, and how much longer that is than DuckDB's",
      "CREATE TABLE AS SELECT * FROM read_parquet(...) of the same files in the same run."
    },
    mixinStandardHelpOptions = true)
final class BenchLoadCommand implements Callable<Integer> {
  private static final int PARTS = 8;
  private static final int SETTLED_SCANS = 5;

  private final CliContext context;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "10000000",
      description = "Rows of the large tables; default ${DEFAULT-VALUE}.")
  private long rows;

  @Option(
      names = "--files",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Files of the table of small files; default ${DEFAULT-VALUE}.")
  private int files;

  @Option(
      names = "--scan-files",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Files of the folder that is only scanned; default ${DEFAULT-VALUE}.")
  private int scanFiles;

  @Option(
      names = "--rest",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = {
        "Follow that folder, in which nothing happens, for so long; 0 for not at all.",
        "Default ${DEFAULT-VALUE}."
      })
  private long restSeconds;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Measure each case N times, the two in turn; default ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "4GB",
      description = "The memory limit of both; default ${DEFAULT-VALUE}.")
  private String memory = "";

  @Mixin private BenchOptions bench;

  BenchLoadCommand(CliContext context) {
    this.context = context;
  }

  /**
   * What is measured.
   *
   * @param name for people
   * @param key the name of the unique column; {@code id} is found to be a key
   * @param order the order of the rows
   * @param parts into how many files the rows go
   * @param rows of all files
   */
  private record Case(String name, String key, String order, int parts, long rows) {}

  /** The shortest times of a case. */
  private record Result(String name, long duckNanos, long loadNanos) {
    double ratio() {
      return (double) loadNanos / duckNanos;
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rows < PARTS || files < 1 || rounds < 1 || scanFiles < 0) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "rows is " + rows + "; give at least " + PARTS + ", and at least 1 for files and rounds");
    }
    LogLevel.WARN.apply();
    List<Case> cases =
        List.of(
            new Case("one file, key in order", "id", "i", 1, rows),
            new Case("one file, key not in order", "id", "hash(i)", 1, rows),
            new Case("one file, no key", "number", "i", 1, rows),
            new Case(PARTS + " files, key in order", "id", "i", PARTS, rows),
            new Case(PARTS + " files, no key", "number", "i", PARTS, rows),
            new Case(files + " small files, key", "id", "i", files, files * 100L));
    List<Result> results = new ArrayList<>();
    Scans scans;
    double rest;
    try (BenchFolder work = bench.work()) {
      for (Case each : cases) {
        Path data = work.folder("data");
        try (LocalEngine local = LocalEngine.open(work.path(), List.of(data), memory)) {
          write(local, data, each);
        }
        results.add(measure(work, data, each));
        context.err().println(each.name() + ": " + ratio(results.get(results.size() - 1)));
      }
      Path many = work.folder("data");
      scans = scan(many);
      rest = restSeconds == 0 ? 0 : atRest(work, many);
    }
    bench.writeJson(json(results, scans, rest), rounds);
    draw(results);
    context
        .out()
        .printf(
            Locale.ROOT,
            "Scan of %,d files: %s at first, %s again.%n",
            scanFiles,
            Elapsed.text(scans.first()),
            Elapsed.text(scans.again()));
    if (restSeconds > 0) {
      context
          .out()
          .printf(
              Locale.ROOT,
              "Following them for %d s while nothing happens: %.2f %% of a core.%n",
              restSeconds,
              rest * 100);
    }
    return ExitCodes.OK;
  }

  private static void write(LocalEngine local, Path data, Case each) {
    try (EngineConnection writer = local.engine().openInternal()) {
      long size = each.rows() / each.parts();
      for (int part = 0; part < each.parts(); part++) {
        long end = part == each.parts() - 1 ? each.rows() : (part + 1) * size;
        writer.execute(
            "COPY (SELECT i AS "
                + each.key()
                + ", (i * 7919) % 1000003 AS a, (hash(i) % 1000)::BIGINT AS b, i // 10 AS c,"
                + " (hash(i + 1) >> 11) / 9007199254740992.0::DOUBLE AS d,"
                + " (hash(i) % 100000) / 100.0::DOUBLE AS e, i * 2.5::DOUBLE AS f,"
                + " (hash(i * 3) % 10000000)::BIGINT AS g FROM range("
                + part * size
                + ", "
                + end
                + ") t(i) ORDER BY "
                + each.order()
                + ") TO '"
                + data.resolve("t_partition_%04d.parquet".formatted(part))
                    .toString()
                    .replace("'", "''")
                + "' (FORMAT parquet)");
      }
    }
  }

  private Result measure(BenchFolder work, Path data, Case each) throws IOException {
    long duck = Long.MAX_VALUE;
    long load = Long.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      duck = Math.min(duck, duckDb(work, data, each));
      load = Math.min(load, flashDuck(work, data, each));
    }
    return new Result(each.name(), duck, load);
  }

  private long duckDb(BenchFolder work, Path data, Case each) {
    try (LocalEngine local = LocalEngine.open(work.path(), List.of(data), memory);
        EngineConnection connection = local.engine().openInternal()) {
      long start = System.nanoTime();
      connection.execute(
          "CREATE TABLE t AS SELECT * FROM read_parquet('"
              + data.resolve("*.parquet").toString().replace("'", "''")
              + "')");
      long nanos = System.nanoTime() - start;
      expect(each, connection.query("SELECT count(*) FROM t", row -> row.getLong(1)).get(0));
      return nanos;
    }
  }

  private long flashDuck(BenchFolder work, Path data, Case each) throws IOException {
    ServerConfig config =
        ServerConfig.of(
            Map.of(
                "data.dir",
                data.toString(),
                "data.state",
                work.folder("state").toString(),
                "export.policy",
                "off",
                "engine.memory-limit",
                memory));
    try (BufferAllocator allocator = new RootAllocator()) {
      long start = System.nanoTime();
      try (Database database = Database.open(config, allocator)) {
        long nanos = System.nanoTime() - start;
        try (EngineConnection connection = database.engine().openInternal()) {
          expect(each, connection.query("SELECT count(*) FROM t", row -> row.getLong(1)).get(0));
        }
        return nanos;
      }
    }
  }

  private static void expect(Case each, long found) {
    if (found != each.rows()) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, each.name() + ": " + found + " rows instead of " + each.rows());
    }
  }

  /** Nanoseconds of the first scan of a folder and of the fastest later one. */
  private record Scans(long first, long again) {}

  private Scans scan(Path data) throws IOException {
    for (int i = 0; i < scanFiles; i++) {
      Path folder100 = data.resolve("s" + i / 1_000);
      if (i % 1_000 == 0) {
        Files.createDirectory(folder100);
      }
      Files.writeString(folder100.resolve("t" + i + ".csv"), "a\n1\n");
    }
    SourceScanner scanner = new SourceScanner(data, List.of(), TablesConfig.EMPTY);
    long start = System.nanoTime();
    int found = scanner.scan().files().size();
    long first = System.nanoTime() - start;
    if (found != scanFiles) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "The scan found " + found + " files instead of " + scanFiles);
    }
    long again = Long.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      long begun = System.nanoTime();
      scanner.scan();
      again = Math.min(again, System.nanoTime() - begun);
    }
    return new Scans(first, again);
  }

  /** The processors that following the folder takes, with every setting at its default. */
  private double atRest(BenchFolder work, Path data) throws IOException, InterruptedException {
    ServerConfig config =
        ServerConfig.of(
            Map.of("data.dir", data.toString(), "data.state", work.folder("state").toString()));
    CountDownLatch found = new CountDownLatch(1);
    try (SourceMonitor monitor =
        SourceMonitor.open(config.data(), snapshot -> found.countDown(), Clock.systemUTC())) {
      monitor.start();
      found.await();
      for (int scan = 0; scan < SETTLED_SCANS; scan++) {
        monitor.rescan().join(); // the first ones say little of what the next will cost
      }
      long cpu = processNanos();
      long start = System.nanoTime();
      TimeUnit.SECONDS.sleep(restSeconds);
      return (double) (processNanos() - cpu) / (System.nanoTime() - start);
    }
  }

  private static long processNanos() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean process
        ? process.getProcessCpuTime()
        : 0;
  }

  private static String ratio(Result result) {
    return String.format(Locale.ROOT, "%.2fx", result.ratio());
  }

  private void draw(List<Result> results) throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (Result result : results) {
      lines.add(
          List.of(
              result.name(),
              Elapsed.text(result.duckNanos()),
              Elapsed.text(result.loadNanos()),
              ratio(result)));
    }
    TableDrawing.draw(
        context.out(),
        new TableStyle(context.terminals().width(), 0, true, ""),
        List.of("files", "CREATE TABLE AS", "served", "ratio"),
        lines,
        new boolean[] {false, true, true, true});
  }

  private ObjectNode json(List<Result> results, Scans scans, double rest) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("rows", rows);
    ArrayNode cases = root.putArray("results");
    for (Result result : results) {
      cases
          .addObject()
          .put("files", result.name())
          .put("createTableAsMillis", result.duckNanos() / 1e6)
          .put("servedMillis", result.loadNanos() / 1e6)
          .put("ratio", result.ratio());
    }
    root.putObject("scan")
        .put("files", scanFiles)
        .put("firstMillis", scans.first() / 1e6)
        .put("againMillis", scans.again() / 1e6)
        .put("restSeconds", restSeconds)
        .put("restCores", rest);
    return root;
  }
}
