package io.flashduck.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.cli.bench.Comparison;
import io.flashduck.server.cli.bench.Contender;
import io.flashduck.server.cli.bench.ServerBenchmark;
import io.flashduck.server.cli.bench.Turns;
import io.flashduck.server.cli.output.TableDrawing;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.cli.remote.ServerAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What the measurements of running servers have in common: which servers, how often, and how the
 * figures are reported.
 *
 * <p>Threading: filled by picocli, then read by the command.
 */
final class BenchServerOptions {
  @Mixin private RemoteOptions remote;

  @Option(
      names = "--peer",
      paramLabel = "HOST:PORT",
      description = {
        "Measure this server too, in turn with the first one,",
        "and show how many times as fast the first one is.",
        "Any Flight SQL server; asked with the same login."
      })
  private @Nullable String peer;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Measure N times; medians are shown. Default ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--warmups",
      paramLabel = "N",
      defaultValue = "2",
      description = "Rounds before those, not counted. Default ${DEFAULT-VALUE}.")
  private int warmups;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the results there.")
  private @Nullable Path json;

  ServerBenchmark benchmark(CliContext context, BufferAllocator allocator) {
    atLeast("--rounds", rounds, 1);
    atLeast("--warmups", warmups, 0);
    RemoteSettings settings = remote.settings(context.environment());
    List<Contender> contenders = new ArrayList<>();
    contenders.add(new Contender(settings.address().toString(), settings));
    if (peer != null) {
      RemoteSettings other =
          new RemoteSettings(
              ServerAddress.parse(peer),
              settings.credentials(),
              settings.caFile(),
              settings.verify());
      contenders.add(new Contender(other.address().toString(), other));
    }
    return new ServerBenchmark(contenders, new Turns(warmups, rounds), allocator);
  }

  static void atLeast(String option, int value, int least) {
    if (value < least) {
      throw CommandFailure.usage(option + " is " + value + "; give at least " + least + ".");
    }
  }

  /**
   * A figure of the report.
   *
   * @param header of its column
   * @param name in the JSON
   * @param of takes it from a pass
   * @param text how the table shows it
   */
  record Figure<T>(String header, String name, ToDoubleFunction<T> of, Format text) {}

  /** How a number is shown. */
  interface Format {
    String show(double value);
  }

  /** Prints the table and writes the JSON. */
  <T> void report(
      CliContext context, List<Comparison<T>> cases, List<Figure<T>> figures, Figure<T> compared)
      throws IOException {
    if (json != null) {
      ObjectNode root = JsonNodeFactory.instance.objectNode();
      root.put("clientProcessors", Runtime.getRuntime().availableProcessors());
      root.put("rounds", rounds);
      root.set("results", json(cases, figures, compared));
      Files.writeString(json, root.toPrettyString() + "\n");
    }
    draw(context, cases, figures, compared);
  }

  /** Prints one line per case and server. */
  static <T> void draw(
      CliContext context, List<Comparison<T>> cases, List<Figure<T>> figures, Figure<T> compared)
      throws IOException {
    List<String> names = new ArrayList<>(List.of("query", "path", "clients", "server"));
    figures.forEach(figure -> names.add(figure.header()));
    names.add("ratio");
    List<List<String>> rows = new ArrayList<>();
    for (Comparison<T> each : cases) {
      for (int server = 0; server < each.servers().size(); server++) {
        rows.add(row(each, server, figures, compared));
      }
    }
    boolean[] right = new boolean[names.size()];
    for (int i = 0; i < right.length; i++) {
      right[i] = i == 2 || i > 3;
    }
    TableStyle style = new TableStyle(context.terminals().width(), 0, true, "");
    TableDrawing.draw(context.out(), style, names, rows, right);
  }

  private static <T> List<String> row(
      Comparison<T> each, int server, List<Figure<T>> figures, Figure<T> compared) {
    List<String> cells =
        new ArrayList<>(
            List.of(
                each.query(),
                each.path(),
                String.valueOf(each.clients()),
                each.servers().get(server)));
    for (Figure<T> figure : figures) {
      cells.add(figure.text().show(each.median(server, figure.of())));
    }
    cells.add(server == 0 ? "" : times(each.ratio(server, compared.of())));
    return cells;
  }

  private static String times(double ratio) {
    return String.format(Locale.ROOT, "%.2fx", ratio);
  }

  /** One object per case and server. */
  static <T> ArrayNode json(
      List<Comparison<T>> cases, List<Figure<T>> figures, Figure<T> compared) {
    ArrayNode results = JsonNodeFactory.instance.arrayNode();
    for (Comparison<T> each : cases) {
      for (int server = 0; server < each.servers().size(); server++) {
        ObjectNode result = results.addObject();
        result.put("query", each.query()).put("path", each.path());
        result.put("clients", each.clients()).put("server", each.servers().get(server));
        for (Figure<T> figure : figures) {
          result.put(figure.name(), each.median(server, figure.of()));
          ArrayNode all = result.withObject("/byRound").putArray(figure.name());
          each.passes().get(server).forEach(pass -> all.add(figure.of().applyAsDouble(pass)));
        }
        if (server > 0) {
          result.put("firstServerIsTimesAsFast", each.ratio(server, compared.of()));
        }
      }
    }
    return results;
  }
}
