package io.flashduck.server.cli;

import io.flashduck.server.cli.BenchServerOptions.Figure;
import io.flashduck.server.cli.bench.Comparison;
import io.flashduck.server.cli.bench.ServerBenchmark;
import io.flashduck.server.cli.bench.ServerBenchmark.Read;
import io.flashduck.server.cli.output.Elapsed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Measures how fast whole results arrive.
 *
 * <p>Threading: the main thread; the benchmark has one per connection.
 */
@Command(
    name = "read",
    description = "How fast whole results arrive from a Flight SQL server, or from two in turn.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchReadCommand implements Callable<Integer> {
  private static final Figure<Read> ROWS =
      new Figure<>("rows/s", "rowsPerSecond", Read::rowsPerSecond, BenchReadCommand::million);
  private static final List<Figure<Read>> FIGURES =
      List.of(
          new Figure<>("time", "seconds", Read::seconds, BenchReadCommand::time),
          ROWS,
          new Figure<>("bytes/s", "bytesPerSecond", Read::bytesPerSecond, BenchReadCommand::bytes),
          new Figure<>(
              "first batch", "firstBatchSeconds", Read::firstBatchSeconds, BenchReadCommand::time),
          new Figure<>(
              "client CPU", "clientCpuSeconds", Read::clientCpuSeconds, BenchReadCommand::time));

  private final CliContext context;

  @Mixin private BenchServerOptions servers;

  @Option(
      names = {"-q", "--query"},
      paramLabel = "SQL",
      required = true,
      description = "Read this query's result; may be given several times.")
  private List<String> queries = new ArrayList<>();

  @Option(
      names = "--clients",
      paramLabel = "N",
      split = ",",
      defaultValue = "1",
      description = "So many connections at once, such as 1,8. Default ${DEFAULT-VALUE}.")
  private List<Integer> clients = new ArrayList<>();

  BenchReadCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws Exception {
    clients.forEach(count -> BenchServerOptions.atLeast("--clients", count, 1));
    List<Comparison<Read>> cases = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator()) {
      ServerBenchmark benchmark = servers.benchmark(context, allocator);
      for (String query : queries) {
        for (int count : clients) {
          cases.add(benchmark.read(query, count));
        }
      }
    }
    servers.report(context, cases, FIGURES, ROWS);
    return ExitCodes.OK;
  }

  static String time(double seconds) {
    return Elapsed.text(Math.round(seconds * 1e9));
  }

  private static String bytes(double bytes) {
    return Elapsed.bytes(Math.round(bytes));
  }

  private static String million(double rows) {
    return String.format(Locale.ROOT, "%.3f M", rows / 1e6);
  }
}
