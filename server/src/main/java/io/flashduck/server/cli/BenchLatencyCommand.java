package io.flashduck.server.cli;

import io.flashduck.server.cli.BenchServerOptions.Figure;
import io.flashduck.server.cli.bench.Comparison;
import io.flashduck.server.cli.bench.ServerBenchmark;
import io.flashduck.server.cli.bench.ServerBenchmark.Latency;
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
 * Measures small queries.
 *
 * <p>Threading: the main thread; the benchmark has one per connection.
 */
@Command(
    name = "latency",
    description = {
      "How long small queries take and how many a second there are,",
      "sent as text and prepared, from a Flight SQL server or from two in turn."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchLatencyCommand implements Callable<Integer> {
  private static final Figure<Latency> RATE =
      new Figure<>(
          "queries/s",
          "queriesPerSecond",
          Latency::requestsPerSecond,
          rate -> String.format(Locale.ROOT, "%,.0f", rate));
  private static final List<Figure<Latency>> FIGURES =
      List.of(
          RATE,
          new Figure<>("p50", "p50Seconds", Latency::p50Seconds, BenchReadCommand::time),
          new Figure<>("p99", "p99Seconds", Latency::p99Seconds, BenchReadCommand::time));

  private final CliContext context;

  @Mixin private BenchServerOptions servers;

  @Option(
      names = {"-q", "--query"},
      paramLabel = "SQL",
      defaultValue = "SELECT 1",
      description = "Ask this; may be given several times. Default ${DEFAULT-VALUE}.")
  private List<String> queries = new ArrayList<>();

  @Option(
      names = "--clients",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,8,32",
      description = "So many connections at once. Default ${DEFAULT-VALUE}.")
  private List<Integer> clients = new ArrayList<>();

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "2000",
      description = "In each round, shared by the connections. Default ${DEFAULT-VALUE}.")
  private int requests;

  BenchLatencyCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws Exception {
    BenchServerOptions.atLeast("--requests", requests, 1);
    clients.forEach(count -> BenchServerOptions.atLeast("--clients", count, 1));
    List<Comparison<Latency>> cases = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator()) {
      ServerBenchmark benchmark = servers.benchmark(context, allocator);
      for (String query : queries) {
        for (String path : List.of(ServerBenchmark.STATEMENT, ServerBenchmark.PREPARED)) {
          for (int count : clients) {
            cases.add(benchmark.latency(query, path, count, requests));
          }
        }
      }
    }
    servers.report(context, cases, FIGURES, RATE);
    return ExitCodes.OK;
  }
}
