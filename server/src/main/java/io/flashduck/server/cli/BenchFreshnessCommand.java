package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.cli.local.LocalEngine;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.output.TableDrawing;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.render.ArrowValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Measures the time from the rename of a small file to its rows in a query of a Flight SQL client,
 * who asks again and again.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "freshness",
    description = {
      "Time from the rename of a small file to its rows in a query over Flight SQL, against a",
      "server of its own with every setting at its default."
    },
    mixinStandardHelpOptions = true)
final class BenchFreshnessCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final CliContext context;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "100",
      description = "Renames of each case; default ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100",
      description = "Rows of a file; default ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--files",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Files of the table with many files; default ${DEFAULT-VALUE}.")
  private int files;

  @Option(
      names = "--pause",
      paramLabel = "MILLIS",
      defaultValue = "50",
      description = {
        "Pause before each rename, so that the work after the one before has ended;",
        "default ${DEFAULT-VALUE}."
      })
  private long pauseMillis;

  @Mixin private BenchOptions bench;

  BenchFreshnessCommand(CliContext context) {
    this.context = context;
  }

  /**
   * What is measured.
   *
   * @param name for people
   * @param file the file that is replaced, below the data folder
   * @param table its table
   * @param options how DuckDB writes it
   */
  private record Case(String name, String file, String table, String options) {}

  /** The shortest, the median and the hundredth longest time of a case. */
  private record Times(Case measured, long least, long median, long p99) {
    static Times of(Case measured, long... nanos) {
      long[] sorted = nanos.clone();
      Arrays.sort(sorted);
      int last = (int) Math.ceil(sorted.length * 0.99) - 1;
      return new Times(measured, sorted[0], sorted[sorted.length / 2], sorted[last]);
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1 || rows < 1 || files < 1) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "rounds is " + rounds + ", rows " + rows + ", files " + files + "; give at least 1 each");
    }
    LogLevel.WARN.apply();
    List<Case> cases =
        List.of(
            new Case("Parquet", "p.parquet", "p", "FORMAT parquet"),
            new Case("CSV", "c.csv", "c", "FORMAT csv"),
            new Case("TSV", "t.tsv", "t", "FORMAT csv, DELIMITER '\t'"),
            new Case("newline JSON", "n.ndjson", "n", "FORMAT json"),
            new Case("JSON", "j.json", "j", "FORMAT json, ARRAY true"),
            new Case("Parquet, one of " + files, "m_partition_1.parquet", "m", "FORMAT parquet"));
    List<Times> results = new ArrayList<>();
    try (BenchFolder work = bench.work();
        LocalEngine local = LocalEngine.open(List.of(work.path()));
        EngineConnection writer = local.engine().openInternal()) {
      Path data = work.folder("data");
      Path waiting = work.folder("waiting");
      for (int i = 2; i <= files; i++) {
        write(writer, data.resolve("m_partition_" + i + ".parquet"), i, 0, "FORMAT parquet");
      }
      for (Case each : cases) {
        write(writer, data.resolve(each.file()), 1, 0, each.options());
      }
      ServerConfig config =
          ServerConfig.of(
              Map.of(
                  "data.dir",
                  data.toString(),
                  "data.state",
                  work.path().resolve("state").toString(),
                  "network.port",
                  "0",
                  "network.http-port",
                  "off"));
      try (RunningServer server = context.starter().start(config, StartProgress.NONE);
          BufferAllocator allocator = new RootAllocator();
          RemoteSession session =
              RemoteSession.open(RemoteSettings.plain("127.0.0.1", server.port()), allocator)) {
        for (Case each : cases) {
          long[] nanos = new long[rounds];
          for (int round = 1; round <= rounds; round++) {
            Path next = waiting.resolve(each.file());
            write(writer, next, 1, round, each.options());
            Thread.sleep(pauseMillis);
            nanos[round - 1] = measure(session, each, next, data.resolve(each.file()), round);
          }
          results.add(Times.of(each, nanos));
          context
              .err()
              .println(each.name() + ": " + Elapsed.text(results.get(results.size() - 1).median()));
        }
      }
    }
    bench.writeJson(json(results), rounds);
    draw(results);
    return ExitCodes.OK;
  }

  private void write(EngineConnection writer, Path file, int part, int round, String options) {
    long first = (long) part * rows;
    writer.execute(
        "COPY (SELECT i AS id, "
            + round
            + " AS round, i * 1.5 AS amount, 'name ' || i AS name FROM range("
            + first
            + ", "
            + (first + rows)
            + ") t(i)) TO '"
            + file.toString().replace("'", "''")
            + "' ("
            + options
            + ")");
  }

  private static long measure(RemoteSession session, Case each, Path from, Path to, int round)
      throws IOException {
    String query = "SELECT max(round) FROM " + each.table();
    long start = System.nanoTime();
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    while (!value(session, query).equals(String.valueOf(round))) {
      if (System.nanoTime() - start > LIMIT.toNanos()) {
        throw new FlashDuckException(
            ErrorCode.TIMEOUT, "The rows of " + to + " are not visible after " + LIMIT);
      }
    }
    return System.nanoTime() - start;
  }

  private static String value(RemoteSession session, String query) {
    try (RowStream stream = session.query(query)) {
      String value = "";
      while (stream.next()) {
        value = String.valueOf(ArrowValues.value(stream.root().getVector(0), 0));
      }
      return value;
    }
  }

  private void draw(List<Times> results) throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (Times times : results) {
      lines.add(
          List.of(
              times.measured().name(),
              Elapsed.text(times.least()),
              Elapsed.text(times.median()),
              Elapsed.text(times.p99())));
    }
    TableDrawing.draw(
        context.out(),
        new TableStyle(context.terminals().width(), 0, true, ""),
        List.of("file", "least", "median", "p99"),
        lines,
        new boolean[] {false, true, true, true});
  }

  private ObjectNode json(List<Times> results) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("rows", rows);
    root.put("files", files);
    root.put("pauseMillis", pauseMillis);
    ArrayNode cases = root.putArray("results");
    for (Times times : results) {
      cases
          .addObject()
          .put("file", times.measured().name())
          .put("leastMillis", times.least() / 1e6)
          .put("medianMillis", times.median() / 1e6)
          .put("p99Millis", times.p99() / 1e6);
    }
    return root;
  }
}
