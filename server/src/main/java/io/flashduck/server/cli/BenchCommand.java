package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.cli.local.LocalEngine;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.output.TableDrawing;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.config.ConfigKeys;
import io.flashduck.server.config.ExportConfig;
import io.flashduck.server.config.ParquetEncodings;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.consolidate.BenchmarkShape;
import io.flashduck.server.consolidate.EmissionBenchmark;
import io.flashduck.server.consolidate.EmissionBenchmark.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures what FlashDuck does: on this machine without a server, or running servers.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "bench",
    description = "Measure this machine, or running Flight SQL servers.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  flashduck bench consolidate",
      "  flashduck bench consolidate --rows 10000000 --shape lineitem --json out.json",
      "  flashduck bench read --query 'SELECT * FROM lineitem' --peer localhost:31400",
      "  flashduck bench latency --clients 1,8,32 --peer localhost:31400",
      "  flashduck bench freshness",
      "  flashduck bench load --rows 10000000",
      "  flashduck bench write --rows 10000000 --bulk 1000000"
    })
final class BenchCommand implements Callable<Integer> {
  private final CliContext context;

  @Spec private CommandSpec spec;

  BenchCommand(CliContext context) {
    this.context = context;
  }

  /** With its subcommands. */
  static CommandLine commandLine(CliContext context) {
    return new CommandLine(new BenchCommand(context))
        .addSubcommand(new BenchReadCommand(context))
        .addSubcommand(new BenchLatencyCommand(context))
        .addSubcommand(new BenchFreshnessCommand(context))
        .addSubcommand(new BenchLoadCommand(context))
        .addSubcommand(new BenchWriteCommand(context));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCodes.OK;
  }

  /** What is measured and where. */
  static final class ConsolidateOptions {
    @Option(
        names = "--rows",
        paramLabel = "N",
        defaultValue = "1000000",
        description = "Rows of the table; default ${DEFAULT-VALUE}.")
    private long rows;

    @Option(
        names = "--shape",
        paramLabel = "SHAPE",
        defaultValue = "numbers",
        description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
    private BenchmarkShape shape = BenchmarkShape.NUMBERS;

    @Option(
        names = "--rounds",
        paramLabel = "N",
        defaultValue = "5",
        description = "Measure each case N times; default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
        names = "--encodings",
        paramLabel = "NAME",
        defaultValue = "dictionary",
        description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
    private ParquetEncodings encodings = ParquetEncodings.DICTIONARY;

    @Option(
        names = "--memory",
        paramLabel = "SIZE",
        defaultValue = "2GB",
        description = "DuckDB's memory limit; default ${DEFAULT-VALUE}.")
    private String memory = "";

    @Mixin private BenchOptions bench;
  }

  @Command(
      name = "consolidate",
      description = {
        "Time from a change to the finished Parquet file, and how many times",
        "faster that is than the fastest full COPY of the table in the same run."
      },
      mixinStandardHelpOptions = true)
  int consolidate(@Mixin ConsolidateOptions options) throws Exception {
    ExportConfig config =
        ServerConfig.of(
                Map.of(
                    ConfigKeys.DATA_DIR.name(),
                    options.bench.parent().toString(),
                    ConfigKeys.EXPORT_POLICY.name(),
                    "always",
                    ConfigKeys.EXPORT_ENCODINGS.name(),
                    options.encodings.name().toLowerCase(Locale.ROOT)))
            .export();
    EmissionBenchmark.Plan plan =
        new EmissionBenchmark.Plan(options.shape, options.rows, config, options.rounds);
    List<Result> results = new ArrayList<>();
    try (LocalEngine local = LocalEngine.open(options.bench.parent(), List.of(), options.memory)) {
      Path files = Files.createDirectory(local.temporary("bench"));
      new EmissionBenchmark(local.engine(), files, plan)
          .run(
              result -> {
                results.add(result);
                context.err().println(result.what() + ": " + Elapsed.text(result.time().toNanos()));
              });
    }
    Fastest fastest = Fastest.of(results);
    options.bench.writeJson(json(plan, results, fastest), options.rounds);
    draw(results, fastest);
    return ExitCodes.OK;
  }

  /** The shortest time and the least processor time of a full COPY. */
  private record Fastest(double nanos, double cpuNanos) {
    static Fastest of(List<Result> results) {
      List<Result> full =
          results.stream().filter(r -> r.what().startsWith(EmissionBenchmark.FULL)).toList();
      return new Fastest(
          full.stream().mapToDouble(r -> r.time().toNanos()).min().orElseThrow(),
          full.stream().mapToDouble(r -> r.cpu().toNanos()).min().orElseThrow());
    }

    double faster(Result result) {
      return nanos / result.time().toNanos();
    }

    double lessCpu(Result result) {
      return cpuNanos / result.cpu().toNanos();
    }
  }

  private void draw(List<Result> results, Fastest fastest) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    for (Result result : results) {
      rows.add(
          List.of(
              result.what(),
              Elapsed.text(result.time().toNanos()),
              times(fastest.faster(result)),
              Elapsed.text(result.cpu().toNanos()),
              times(fastest.lessCpu(result)),
              Elapsed.bytes(result.bytes()),
              String.valueOf(result.encoded()),
              String.valueOf(result.copied())));
    }
    TableDrawing.draw(
        context.out(),
        new TableStyle(context.terminals().width(), 0, true, ""),
        List.of("change", "time", "faster", "CPU", "less", "file", "encoded", "copied"),
        rows,
        new boolean[] {false, true, true, true, true, true, true, true});
  }

  private static String times(double ratio) {
    return String.format(Locale.ROOT, "%.2fx", ratio);
  }

  private static ObjectNode json(
      EmissionBenchmark.Plan plan, List<Result> results, Fastest fastest) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("shape", plan.shape().toString());
    json.put("rows", plan.rows());
    json.put("encodings", plan.config().encodings().name().toLowerCase(Locale.ROOT));
    ArrayNode cases = json.putArray("results");
    for (Result result : results) {
      cases
          .addObject()
          .put("change", result.what())
          .put("millis", result.time().toNanos() / 1e6)
          .put("faster", fastest.faster(result))
          .put("cpuMillis", result.cpu().toNanos() / 1e6)
          .put("lessCpu", fastest.lessCpu(result))
          .put("bytes", result.bytes())
          .put("encodedRowGroups", result.encoded())
          .put("copiedRowGroups", result.copied());
    }
    return json;
  }
}
