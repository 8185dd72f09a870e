package io.flashduck.server.cli.bench;

import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.remote.RemoteSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Measures writes into tables of a FlashDuck server.
 *
 * <p>Threading: one caller; each connection has a thread, {@code flashduck-bench}.
 */
public final class WriteBenchmark {
  /** A row group of DuckDB. */
  private static final int BATCH_ROWS = 122_880;

  private static final String SINGLE = "single";

  private final RemoteSettings server;
  private final Turns turns;
  private final BufferAllocator allocator;
  private final AtomicLong nextKey = new AtomicLong();

  /**
   * @param server is given a table {@code single} by {@link #createSingle}
   * @param allocator borrowed
   */
  public WriteBenchmark(RemoteSettings server, Turns turns, BufferAllocator allocator) {
    this.server = server;
    this.turns = turns;
    this.allocator = allocator;
  }

  /**
   * Connections sent rows in order, each row with an acknowledgement of its own.
   *
   * @param rows of all connections
   * @param seconds until the last connection was done
   * @param p50Seconds half of the acknowledgements took at most this
   * @param p99Seconds 99 of 100 took at most this
   */
  public record Singles(int rows, double seconds, double p50Seconds, double p99Seconds) {
    public double rowsPerSecond() {
      return rows / seconds;
    }
  }

  /** Makes the table of single rows. */
  public void createSingle() {
    try (RemoteSession session = RemoteSession.open(server, allocator)) {
      session.run("CREATE TABLE " + SINGLE + " (" + EightNumbers.COLUMNS + ", PRIMARY KEY (id))");
    }
  }

  /** How many single rows FlashDuck has after applying all of them. */
  public long singleRows() throws InterruptedException {
    try (FlightRowSender last = new FlightRowSender(server, SINGLE, "applied", 1, allocator)) {
      last.send(() -> -1, 1);
    }
    try (RemoteSession session = RemoteSession.open(server, allocator);
        RowStream rows = session.query("SELECT count(*) - 1 FROM " + SINGLE)) {
      rows.next();
      return ((Number) rows.root().getVector(0).getObject(0)).longValue();
    }
  }

  /**
   * Durable single rows, and the same for the peers in turn, which have one row on its way.
   *
   * @param inFlight how many rows of a connection may be on their way, each with its own answer
   * @param rows per pass, shared by the connections
   * @return a comparison with the same passes of the peers for each of {@code inFlight}
   */
  public List<Comparison<Singles>> singles(
      int clients, List<Integer> inFlight, int rows, List<JdbcPeer> peers)
      throws InterruptedException {
    List<Supplier<RowSender>> servers = new ArrayList<>();
    for (int each : inFlight) {
      servers.add(() -> new FlightRowSender(server, SINGLE, "durable", each, allocator));
    }
    peers.forEach(peer -> servers.add(peer::sender));
    int each = Math.max(1, rows / clients);
    List<List<Singles>> passes = turns.run(servers, senders -> pass(senders, clients, each));
    List<String> names = new ArrayList<>(List.of("FlashDuck"));
    peers.forEach(peer -> names.add(peer.name()));
    List<Comparison<Singles>> cases = new ArrayList<>();
    for (int i = 0; i < inFlight.size(); i++) {
      List<List<Singles>> compared = new ArrayList<>(List.of(passes.get(i)));
      compared.addAll(passes.subList(inFlight.size(), passes.size()));
      String path = "durable, " + inFlight.get(i) + " in flight";
      cases.add(new Comparison<>("single rows", path, clients, names, compared));
    }
    return cases;
  }

  private Singles pass(Supplier<RowSender> connect, int clients, int each)
      throws InterruptedException {
    List<RowSender> senders = new ArrayList<>();
    ExecutorService threads = threads(clients);
    try {
      for (int i = 0; i < clients; i++) {
        senders.add(connect.get());
      }
      List<Callable<long[]>> work = new ArrayList<>();
      for (RowSender sender : senders) {
        work.add(() -> sender.send(nextKey::getAndIncrement, each));
      }
      long begun = System.nanoTime();
      List<Future<long[]>> done = threads.invokeAll(work);
      double seconds = (System.nanoTime() - begun) / 1e9;
      List<long[]> nanos = new ArrayList<>();
      for (Future<long[]> future : done) {
        nanos.add(result(future));
      }
      long[] sorted = nanos.stream().flatMapToLong(Arrays::stream).sorted().toArray();
      return new Singles(
          sorted.length,
          seconds,
          ServerBenchmark.percentile(sorted, 50) / 1e9,
          ServerBenchmark.percentile(sorted, 99) / 1e9);
    } finally {
      threads.shutdownNow();
      senders.forEach(RowSender::close);
    }
  }

  /**
   * Upserts rows of a bulk, each batch a change of its own.
   *
   * @param keys where the rows go
   * @return seconds from the first row's departure until the last is visible
   */
  public double bulk(String table, Keys keys, long rows, long round) throws InterruptedException {
    try (FlightRowSender sender = new FlightRowSender(server, table, "applied", 1, allocator)) {
      long begun = System.nanoTime();
      for (long first = 0; first < rows; first += BATCH_ROWS) {
        int count = (int) Math.min(BATCH_ROWS, rows - first);
        sender.batch(first, count, keys::key, round);
      }
      sender.await();
      return (System.nanoTime() - begun) / 1e9;
    }
  }

  /**
   * Keys scattered over a table, each once.
   *
   * @param step has no divisor in common with {@code tableRows}
   * @param tableRows keys are below it
   */
  public record Keys(long step, long tableRows) {
    /** Chooses the step. */
    public static Keys scattered(long tableRows) {
      long step = 7919;
      while (divisor(step, tableRows) > 1) {
        step++;
      }
      return new Keys(step, tableRows);
    }

    private static long divisor(long a, long b) {
      return b == 0 ? a : divisor(b, a % b);
    }

    long key(long i) {
      return i * step % tableRows;
    }

    /** The same in SQL, of a column {@code i}. */
    public String sql() {
      return "i * " + step + " % " + tableRows;
    }
  }

  /** A task that runs beside. */
  public interface Beside {
    void run() throws InterruptedException;
  }

  /**
   * How many times a second a query is answered while something else runs, one after the other.
   *
   * @param clients connections that ask
   */
  public double queriesPerSecond(String query, int clients, Beside beside)
      throws InterruptedException {
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = threads(clients);
    try {
      List<Future<Integer>> counts = new ArrayList<>();
      long begun = System.nanoTime();
      for (int i = 0; i < clients; i++) {
        counts.add(threads.submit(() -> ask(query, stop)));
      }
      try {
        beside.run();
      } finally {
        stop.set(true);
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      int answered = 0;
      for (Future<Integer> count : counts) {
        answered += result(count);
      }
      return answered / seconds;
    } finally {
      threads.shutdownNow();
    }
  }

  private int ask(String query, AtomicBoolean stop) {
    int answered = 0;
    try (RemoteSession session = RemoteSession.open(server, allocator)) {
      while (!stop.get()) {
        try (RowStream rows = session.query(query)) {
          while (rows.next()) {
            rows.root();
          }
        }
        answered++;
      }
    }
    return answered;
  }

  private static ExecutorService threads(int count) {
    return Executors.newFixedThreadPool(
        count,
        work -> {
          Thread thread = new Thread(work, "flashduck-bench");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static <T> T result(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
