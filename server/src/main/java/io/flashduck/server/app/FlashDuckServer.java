package io.flashduck.server.app;

import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.cli.RunningServer;
import io.flashduck.server.cli.StartProgress;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.FlightBackend;
import io.flashduck.server.flight.FlightSettings;
import io.flashduck.server.flight.FlightSqlServer;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.DatabaseStatus;
import io.flashduck.server.web.RunningQuery;
import io.flashduck.server.web.ServerInfo;
import io.flashduck.server.web.WebBackend;
import io.flashduck.server.web.WebLimits;
import io.flashduck.server.web.WebServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole server: health checks first, then the database, then Flight SQL, then the rest of HTTP;
 * stopped in the reverse order.
 *
 * <p>Threading: thread-safe.
 */
public final class FlashDuckServer implements RunningServer {
  private static final Logger log = LoggerFactory.getLogger(FlashDuckServer.class);
  private static final Duration QUERY_TIME = Duration.ofSeconds(30);
  private static final Duration WRITE_TIME = Duration.ofSeconds(60);

  private final Database database;
  private final int port;
  private final OptionalInt httpPort;
  private final Parts parts;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);

  private FlashDuckServer(Database database, int port, OptionalInt httpPort, Parts parts) {
    this.database = database;
    this.port = port;
    this.httpPort = httpPort;
    this.parts = parts;
  }

  /**
   * Starts everything; returns once queries are answered.
   *
   * @param version the program's, for the page
   * @throws FlashDuckException if a part cannot start; those before it are stopped again
   */
  public static FlashDuckServer start(ServerConfig config, String version, StartProgress progress) {
    Parts parts = new Parts();
    try {
      return start(config, version, progress, parts);
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  private static FlashDuckServer start(
      ServerConfig config, String version, StartProgress progress, Parts parts) {
    long began = System.nanoTime();
    BufferAllocator allocator = parts.add("memory", new RootAllocator());
    Clock clock = Clock.systemUTC();
    SigningKey key = SigningKey.open(stateDir(config).resolve("signing.key"));
    Authenticator authenticator = Authenticator.open(config.access(), key, clock);
    Optional<WebServer> web =
        config.network().httpEnabled()
            ? Optional.of(parts.add("HTTP", WebServer.open(config.network(), authenticator)))
            : Optional.empty();
    progress.step("Reading " + config.data().dataDir());
    Database database = parts.add("database", Database.open(config, allocator, progress::step));
    FlightSqlServer flight =
        parts.add(
            "Flight SQL",
            FlightSqlServer.open(
                FlightSettings.of(config),
                new FlightBackend(database, authenticator, key, allocator, clock)));
    web.ifPresent(
        server -> {
          ScheduledExecutorService timer = timer();
          parts.add("HTTP timer", timer::shutdownNow);
          server.ready(backend(config, version, database, flight, allocator, timer, clock));
          parts.add("HTTP readiness", server::stopping);
        });
    log.info(
        "Serving {} on {}:{}, {} ms",
        config.data().dataDir(),
        config.network().host(),
        flight.port(),
        (System.nanoTime() - began) / 1_000_000);
    OptionalInt httpPort = web.isPresent() ? OptionalInt.of(web.get().port()) : OptionalInt.empty();
    return new FlashDuckServer(database, flight.port(), httpPort, parts);
  }

  private static Path stateDir(ServerConfig config) {
    Path dir = config.data().stateDir();
    try {
      return Files.createDirectories(dir);
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR,
          "The state folder "
              + dir
              + " cannot be made: "
              + e
              + ". Choose another with --state, or allow this user to write there",
          e);
    }
  }

  private static ScheduledExecutorService timer() {
    return Executors.newSingleThreadScheduledExecutor(
        work -> {
          Thread thread = new Thread(work, "flashduck-http-timer");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static WebBackend backend(
      ServerConfig config,
      String version,
      Database database,
      FlightSqlServer flight,
      BufferAllocator allocator,
      ScheduledExecutorService timer,
      Clock clock) {
    String scheme = config.network().tls().isPresent() ? "grpc+tls://" : "grpc://";
    return new WebBackend(
        database,
        database.engine(),
        allocator,
        new ServerInfo(
            version,
            clock.instant(),
            config.data().dataDir().toString(),
            scheme + config.network().host() + ":" + flight.port()),
        new WebLimits(
            QUERY_TIME,
            WRITE_TIME,
            config.queue().maxFrameBytes(),
            config.data().stateDir().resolve("tmp")),
        timer,
        () ->
            flight.activeQueries().stream()
                .map(q -> new RunningQuery(q.id(), q.user(), q.sql(), q.started()))
                .toList());
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public OptionalInt httpPort() {
    return httpPort;
  }

  /** The tables, the queue and the files; borrowed. */
  public Database database() {
    return database;
  }

  @Override
  public List<TableLine> tables() {
    return database.status().tables().stream()
        .map(
            table ->
                new TableLine(
                    table.definition().name().toString().replaceFirst("^main\\.", ""),
                    table.rows(),
                    table.definition().columns().size(),
                    table.definition().key().map(k -> String.join(", ", k.columns())).orElse("")))
        .toList();
  }

  @Override
  public List<String> problems() {
    return database.status().files().stream()
        .filter(
            file ->
                file.state() != DatabaseStatus.State.LOADED
                    && file.state() != DatabaseStatus.State.IGNORED)
        .map(file -> file.path() + ": " + file.reason().orElse(file.state().name()))
        .toList();
  }

  @Override
  public void awaitClosed() throws InterruptedException {
    closed.await();
  }

  @Override
  public void close() {
    if (closing.compareAndSet(false, true)) {
      try {
        parts.close();
      } finally {
        closed.countDown();
      }
      return;
    }
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What was started, to be stopped last first; one that fails does not keep the others. */
  private static final class Parts implements AutoCloseable {
    private final Deque<Part> started = new ArrayDeque<>();

    private record Part(String name, AutoCloseable closeable) {}

    <T extends AutoCloseable> T add(String name, T part) {
      started.push(new Part(name, part));
      return part;
    }

    @Override
    public void close() {
      while (!started.isEmpty()) {
        Part part = started.pop();
        try {
          part.closeable().close();
        } catch (Exception e) {
          log.error("Stopping {} failed", part.name(), e);
        }
      }
    }
  }
}
