package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.cli.BenchServerOptions.Figure;
import io.flashduck.server.cli.bench.Comparison;
import io.flashduck.server.cli.bench.EightNumbers;
import io.flashduck.server.cli.bench.JdbcPeer;
import io.flashduck.server.cli.bench.Turns;
import io.flashduck.server.cli.bench.WriteBenchmark;
import io.flashduck.server.cli.bench.WriteBenchmark.Keys;
import io.flashduck.server.cli.bench.WriteBenchmark.Singles;
import io.flashduck.server.cli.local.LocalEngine;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Measures writes into a server of its own: durable single rows, against a database with a JDBC
 * driver; a bulk upsert, against DuckDB's best statement; and the queries beside it.
 *
 * <p>Threading: the main thread; the benchmark has one per connection.
 */
@Command(
    name = "write",
    description = {
      "Durable single rows a second, a bulk upsert until it is visible, and the queries beside it,",
      "against a server of its own; single rows also against a database with a JDBC driver."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  flashduck bench write --rows 10000000 --peer-driver postgresql.jar \\",
      "    --peer 'jdbc:postgresql://localhost/postgres?user=me&password=secret'"
    })
final class BenchWriteCommand implements Callable<Integer> {
  private static final String BULK = "bulk";
  private static final String QUERY = "SELECT count(*), sum(a) FROM bulk WHERE b < 500";
  private static final int QUIET_SECONDS = 3;

  private final CliContext context;

  @Mixin private BenchOptions bench;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Measure each case N times. Default ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Rows of the table that the bulk goes into. Default ${DEFAULT-VALUE}.")
  private long rows;

  @Option(
      names = "--bulk",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Rows of the bulk, with keys all over the table. Default ${DEFAULT-VALUE}.")
  private long bulk;

  @Option(
      names = "--clients",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,4,8",
      description = "So many connections send single rows. Default ${DEFAULT-VALUE}.")
  private List<Integer> clients = new ArrayList<>();

  @Option(
      names = "--singles",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Single rows of a round, shared by the connections. Default ${DEFAULT-VALUE}.")
  private int singles;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,16,64",
      description = {
        "So many rows of a connection to FlashDuck are on their way at once, each with its own",
        "acknowledgement; 1 waits for each, as the peer does. Default ${DEFAULT-VALUE}."
      })
  private List<Integer> inFlight = new ArrayList<>();

  @Option(
      names = "--export",
      paramLabel = "POLICY",
      defaultValue = "off",
      description = {
        "The server's export.policy. Default ${DEFAULT-VALUE}: what is compared",
        "writes no file either."
      })
  private String export = "";

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "4GB",
      description = "DuckDB's memory limit, of both. Default ${DEFAULT-VALUE}.")
  private String memory = "";

  @Option(
      names = "--peer",
      paramLabel = "JDBC-URL",
      description = "Insert single rows there too, in turn. A table flashduck_bench is made anew.")
  private @Nullable String peer;

  @Option(names = "--peer-driver", paramLabel = "JAR", description = "The JDBC driver of --peer.")
  private @Nullable Path peerDriver;

  BenchWriteCommand(CliContext context) {
    this.context = context;
  }

  /** Seconds of each round, of FlashDuck and of DuckDB's statements, and queries a second. */
  private record Bulk(
      List<Double> flashDuck,
      List<Double> mergeInto,
      List<Double> deleteAndInsert,
      double quietQueries,
      double busyQueries) {
    double best() {
      return Math.min(median(mergeInto), median(deleteAndInsert));
    }

    double ratio() {
      return median(flashDuck) / best();
    }
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    BenchServerOptions.atLeast("--rounds", rounds, 1);
    clients.forEach(count -> BenchServerOptions.atLeast("--clients", count, 1));
    inFlight.forEach(count -> BenchServerOptions.atLeast("--in-flight", count, 1));
    BenchServerOptions.atLeast("--singles", singles, 1);
    if (bulk < 1 || rows < bulk) {
      throw CommandFailure.usage(
          "--bulk is " + bulk + " and --rows " + rows + "; give 1 <= bulk <= rows.");
    }
    if ((peer == null) != (peerDriver == null)) {
      throw CommandFailure.usage("Give --peer and --peer-driver together.");
    }
    LogLevel.WARN.apply();
    List<JdbcPeer> peers = peer == null ? List.of() : List.of(new JdbcPeer(peerDriver, peer));
    try (BenchFolder work = bench.work()) {
      Path data = work.folder("data");
      writeTable(work, data);
      try (RunningServer server = context.starter().start(config(work, data), StartProgress.NONE);
          BufferAllocator allocator = new RootAllocator()) {
        RemoteSettings settings = RemoteSettings.plain("127.0.0.1", server.port());
        WriteBenchmark benchmark = new WriteBenchmark(settings, new Turns(1, rounds), allocator);
        List<Comparison<Singles>> single = singles(benchmark, peers);
        Bulk measured = bulk(benchmark, work, data);
        report(single, measured);
      }
    } finally {
      peers.forEach(JdbcPeer::close);
    }
    return ExitCodes.OK;
  }

  private void writeTable(BenchFolder work, Path data) {
    try (LocalEngine local = LocalEngine.open(work.path(), List.of(data), memory);
        EngineConnection writer = local.engine().openInternal()) {
      writer.execute(
          "COPY ("
              + EightNumbers.select(0, rows, "i", 0)
              + ") TO '"
              + text(data.resolve(BULK + ".parquet"))
              + "' (FORMAT parquet)");
    }
  }

  private static String text(Path path) {
    return path.toString().replace("'", "''");
  }

  private ServerConfig config(BenchFolder work, Path data) {
    return ServerConfig.of(
        Map.of(
            "data.dir",
            data.toString(),
            "data.state",
            work.path().resolve("state").toString(),
            "network.port",
            "0",
            "network.http-port",
            "off",
            "export.policy",
            export,
            "engine.memory-limit",
            memory));
  }

  private List<Comparison<Singles>> singles(WriteBenchmark benchmark, List<JdbcPeer> peers)
      throws InterruptedException {
    benchmark.createSingle();
    List<Comparison<Singles>> cases = new ArrayList<>();
    long sent = 0;
    for (int count : clients) {
      cases.addAll(benchmark.singles(count, inFlight, singles, peers));
      sent += (long) Math.max(1, singles / count) * count * (rounds + 1);
    }
    expect("FlashDuck", sent * inFlight.size(), benchmark.singleRows());
    for (JdbcPeer each : peers) {
      expect(each.name(), sent, each.rows());
    }
    return cases;
  }

  private static void expect(String server, long sent, long found) {
    if (sent != found) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, server + " has " + found + " rows of the " + sent + " acknowledged");
    }
  }

  private Bulk bulk(WriteBenchmark benchmark, BenchFolder work, Path data)
      throws InterruptedException {
    Keys keys = Keys.scattered(rows);
    List<Double> flashDuck = new ArrayList<>();
    List<Double> merge = new ArrayList<>();
    List<Double> delete = new ArrayList<>();
    try (LocalEngine local = LocalEngine.open(work.path(), List.of(data), memory);
        EngineConnection duck = local.engine().openInternal()) {
      duck.execute(
          "CREATE TABLE bulk AS SELECT * FROM read_parquet('"
              + text(data.resolve(BULK + ".parquet"))
              + "')");
      for (int round = 0; round <= rounds; round++) {
        double ours = benchmark.bulk(BULK, keys, bulk, 2L * round + 1);
        duck.execute(
            "CREATE OR REPLACE TEMP TABLE batch AS "
                + EightNumbers.select(0, bulk, keys.sql(), 2L * round + 1));
        double merged =
            seconds(
                duck,
                "MERGE INTO bulk USING batch ON bulk.id = batch.id"
                    + " WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT");
        double replaced =
            seconds(
                duck,
                "DELETE FROM bulk USING batch WHERE bulk.id = batch.id",
                "INSERT INTO bulk SELECT * FROM batch");
        if (round > 0) { // the first one warms up
          flashDuck.add(ours);
          merge.add(merged);
          delete.add(replaced);
        }
      }
    }
    double quiet =
        benchmark.queriesPerSecond(QUERY, 1, () -> TimeUnit.SECONDS.sleep(QUIET_SECONDS));
    double busy =
        benchmark.queriesPerSecond(
            QUERY,
            1,
            () -> {
              for (int round = 0; round < rounds; round++) {
                benchmark.bulk(BULK, keys, bulk, 2L * round);
              }
            });
    return new Bulk(flashDuck, merge, delete, quiet, busy);
  }

  private static double seconds(EngineConnection connection, String... statements) {
    long begun = System.nanoTime();
    connection.execute("BEGIN");
    Arrays.stream(statements).forEach(connection::execute);
    connection.execute("COMMIT");
    return (System.nanoTime() - begun) / 1e9;
  }

  private void report(List<Comparison<Singles>> single, Bulk measured) throws IOException {
    Figure<Singles> rate =
        new Figure<>(
            "rows/s",
            "rowsPerSecond",
            Singles::rowsPerSecond,
            value -> String.format(Locale.ROOT, "%,.0f", value));
    List<Figure<Singles>> figures =
        List.of(
            rate,
            new Figure<>("p50", "p50Seconds", Singles::p50Seconds, BenchReadCommand::time),
            new Figure<>("p99", "p99Seconds", Singles::p99Seconds, BenchReadCommand::time));
    BenchServerOptions.draw(context, single, figures, rate);
    context
        .out()
        .printf(
            Locale.ROOT,
            "Bulk upsert of %,d rows into %,d: visible after %s; DuckDB in process: MERGE INTO %s,"
                + " DELETE USING and INSERT %s; %.2fx of the better one.%n",
            bulk,
            rows,
            BenchReadCommand.time(median(measured.flashDuck())),
            BenchReadCommand.time(median(measured.mergeInto())),
            BenchReadCommand.time(median(measured.deleteAndInsert())),
            measured.ratio());
    context
        .out()
        .printf(
            Locale.ROOT,
            "A query over the table: %.1f a second alone, %.1f beside bulk upserts (%.2fx).%n",
            measured.quietQueries(),
            measured.busyQueries(),
            measured.busyQueries() / measured.quietQueries());
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.set("singleRows", BenchServerOptions.json(single, figures, rate));
    root.putObject("bulk")
        .put("rows", bulk)
        .put("tableRows", rows)
        .put("seconds", median(measured.flashDuck()))
        .put("mergeIntoSeconds", median(measured.mergeInto()))
        .put("deleteAndInsertSeconds", median(measured.deleteAndInsert()))
        .put("ratio", measured.ratio())
        .put("queriesPerSecondAlone", measured.quietQueries())
        .put("queriesPerSecondBeside", measured.busyQueries());
    bench.writeJson(root, rounds);
  }
}
