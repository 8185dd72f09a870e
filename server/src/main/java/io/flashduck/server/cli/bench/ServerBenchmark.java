package io.flashduck.server.cli.bench;

import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.remote.PreparedQuery;
import io.flashduck.server.cli.remote.RemoteSession;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;

/**
 * Measures reads and small queries of running servers. Everything is seen from the client: the
 * clock, the bytes of the batches in memory, the processor time of this process.
 *
 * <p>Threading: one caller.
 */
public final class ServerBenchmark {
  /** {@code SELECT} sent as text each time: GetFlightInfo, then DoGet. */
  public static final String STATEMENT = "statement";

  /** Prepared once per connection, then executed. */
  public static final String PREPARED = "prepared";

  private static final com.sun.management.OperatingSystemMXBean PROCESS =
      (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final List<Contender> contenders;
  private final Turns turns;
  private final BufferAllocator allocator;

  /**
   * @param contenders the first one is compared with the others
   * @param allocator borrowed
   */
  public ServerBenchmark(List<Contender> contenders, Turns turns, BufferAllocator allocator) {
    this.contenders = List.copyOf(contenders);
    this.turns = turns;
    this.allocator = allocator;
  }

  /**
   * All clients read a whole result once.
   *
   * @param seconds until the last client was done
   * @param firstBatchSeconds until a client had its first batch: the median client
   * @param rows of all clients
   * @param bytes of all clients, as Arrow holds them
   * @param clientCpuSeconds of this process
   */
  public record Read(
      double seconds, double firstBatchSeconds, long rows, long bytes, double clientCpuSeconds) {
    public double rowsPerSecond() {
      return rows / seconds;
    }

    public double bytesPerSecond() {
      return bytes / seconds;
    }
  }

  /**
   * The clients ran small queries one after another.
   *
   * @param requests of all clients
   * @param seconds until the last client was done
   * @param p50Seconds half of the requests took at most this
   * @param p99Seconds 99 of 100 took at most this
   */
  public record Latency(int requests, double seconds, double p50Seconds, double p99Seconds) {
    public double requestsPerSecond() {
      return requests / seconds;
    }
  }

  /** Measures the transfer of a whole result. */
  public Comparison<Read> read(String query, int clients) throws InterruptedException {
    return compare(query, STATEMENT, clients, crew -> read(crew, query));
  }

  /**
   * Measures small queries.
   *
   * @param path {@link #STATEMENT} or {@link #PREPARED}
   * @param requests per pass, shared by the clients
   */
  public Comparison<Latency> latency(String query, String path, int clients, int requests)
      throws InterruptedException {
    int each = Math.max(1, requests / clients);
    return compare(query, path, clients, crew -> latency(crew, query, path, each));
  }

  private <T> Comparison<T> compare(
      String query, String path, int clients, Turns.Pass<Crew, T> pass)
      throws InterruptedException {
    List<Crew> crews = new ArrayList<>();
    try {
      for (Contender contender : contenders) {
        crews.add(Crew.open(contender, clients, allocator));
      }
      List<String> names = contenders.stream().map(Contender::name).toList();
      return new Comparison<>(query, path, clients, names, turns.run(crews, pass));
    } finally {
      crews.forEach(Crew::close);
    }
  }

  private static Read read(Crew crew, String query) throws InterruptedException {
    long cpu = PROCESS.getProcessCpuTime();
    long begun = System.nanoTime();
    List<Drained> drained = crew.together((session, number) -> drain(() -> session.query(query)));
    double seconds = (System.nanoTime() - begun) / 1e9;
    long[] first = drained.stream().mapToLong(Drained::firstBatchNanos).sorted().toArray();
    return new Read(
        seconds,
        first[first.length / 2] / 1e9,
        Crew.sum(drained, Drained::rows),
        Crew.sum(drained, Drained::bytes),
        (PROCESS.getProcessCpuTime() - cpu) / 1e9);
  }

  private static Latency latency(Crew crew, String query, String path, int each)
      throws InterruptedException {
    long begun = System.nanoTime();
    List<long[]> nanos =
        crew.together((session, number) -> requests(session, query, path.equals(PREPARED), each));
    double seconds = (System.nanoTime() - begun) / 1e9;
    long[] sorted = nanos.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    return new Latency(
        sorted.length, seconds, percentile(sorted, 50) / 1e9, percentile(sorted, 99) / 1e9);
  }

  private static long[] requests(RemoteSession session, String query, boolean prepared, int each) {
    if (!prepared) {
      return times(() -> session.query(query), each);
    }
    try (PreparedQuery statement = session.prepare(query)) {
      return times(statement::rows, each);
    }
  }

  private static long[] times(Supplier<RowStream> request, int count) {
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      long begun = System.nanoTime();
      drain(request);
      nanos[i] = System.nanoTime() - begun;
    }
    return nanos;
  }

  /** The smallest value that so many percent do not exceed. */
  static long percentile(long[] sorted, int percent) {
    return sorted[Math.max(0, (int) Math.ceil(sorted.length * percent / 100.0) - 1)];
  }

  private record Drained(long firstBatchNanos, long rows, long bytes) {}

  private static Drained drain(Supplier<RowStream> request) {
    long begun = System.nanoTime();
    long first = 0;
    long rows = 0;
    long bytes = 0;
    try (RowStream stream = request.get()) {
      while (stream.next()) {
        first = first == 0 ? System.nanoTime() - begun : first;
        rows += stream.root().getRowCount();
        for (FieldVector vector : stream.root().getFieldVectors()) {
          bytes += vector.getBufferSize();
        }
      }
    }
    return new Drained(first == 0 ? System.nanoTime() - begun : first, rows, bytes);
  }
}
