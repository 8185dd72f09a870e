package io.flashduck.server.cli.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The passes of one case over every server.
 *
 * <p>Threading: immutable.
 *
 * @param query the SQL
 * @param path how it was asked for, such as {@code statement} or {@code prepared}
 * @param clients connections at the same time
 * @param servers the names of the servers
 * @param passes per server, one per round; the same number for each
 * @param <T> what one pass measured
 */
public record Comparison<T>(
    String query, String path, int clients, List<String> servers, List<List<T>> passes) {
  public Comparison {
    servers = List.copyOf(servers);
    passes = passes.stream().map(List::copyOf).toList();
  }

  /** The median of a figure over the rounds. */
  public double median(int server, ToDoubleFunction<T> figure) {
    return middle(passes.get(server).stream().mapToDouble(figure).sorted().toArray());
  }

  /**
   * How many times the first server's figure is that of another: the median of the ratios round by
   * round, which a slow minute of the machine changes less than the ratio of the medians.
   */
  public double ratio(int other, ToDoubleFunction<T> figure) {
    List<T> first = passes.get(0);
    List<T> second = passes.get(other);
    return middle(
        IntStream.range(0, first.size())
            .mapToDouble(
                round ->
                    figure.applyAsDouble(first.get(round))
                        / figure.applyAsDouble(second.get(round)))
            .sorted()
            .toArray());
  }

  private static double middle(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
