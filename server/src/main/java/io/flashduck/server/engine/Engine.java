package io.flashduck.server.engine;

import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.live.LiveTables;
import io.flashduck.server.engine.live.QueryLog;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.VersionCalls;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.duckdb.DuckDBConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one DuckDB instance: opens the cache file as catalog {@code flashduck}, fences it, and hands
 * out connections.
 *
 * <p>The fence of the instance: nothing outside the allowed directories can be opened, no extension
 * is installed or loaded, and the configuration is locked except for a session's search path,
 * schema and time zone. The second fence, which looks at the statements, is {@link
 * ClientConnection}'s.
 *
 * <p>Threading: thread-safe.
 */
public final class Engine implements AutoCloseable {
  /** The name under which clients see the database. */
  public static final String CATALOG = "flashduck_db";

  /** Rows of a batch of a query: larger ones can double the CPU of DuckDB's export. */
  public static final int BATCH_ROWS = 16_384;

  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  static final int PREPARED_PER_CLIENT = 32;

  private final DuckDBConnection root;
  private final Interrupter interrupter;
  private final boolean recreated;
  private final DescriptionCache descriptions = new DescriptionCache();
  private final LiveTables live = new LiveTables();
  private final QueryLog queries = new QueryLog(Clock.systemUTC());
  private final AtomicInteger clientConnections = new AtomicInteger();
  private final ReadPool readPool;
  private volatile List<String> clientSetup = List.of();
  private volatile TableVersions versions = TableVersions.NONE;

  private Engine(DuckDBConnection root, boolean recreated, ReadPoolSettings readPool) {
    this.root = root;
    this.interrupter = Interrupter.start();
    this.recreated = recreated;
    this.readPool = new ReadPool(readPool, this::openClient);
    live.tell(LiveTable.QUERIES, queries::tell);
  }

  /**
   * Opens the database file, or a new one if there is none or DuckDB cannot read it; an unreadable
   * file is moved aside, because the cache can be built again from the truth.
   *
   * @throws FlashDuckException ALREADY_RUNNING if another process has the file open; IO_ERROR
   */
  public static Engine open(EngineSettings settings) {
    try {
      Files.createDirectories(settings.tempDirectory());
      Files.createDirectories(settings.databaseFile().toAbsolutePath().getParent());
      boolean existed = Files.exists(settings.databaseFile());
      try {
        return new Engine(connect(settings), !existed, settings.readPool());
      } catch (SQLException e) {
        FlashDuckException failure = EngineErrors.translate(e);
        if (!existed || isLocked(failure) || failure.code() == ErrorCode.INVALID_REQUEST) {
          throw failure;
        }
        LOG.warn(
            "The cache {} cannot be read and is built anew: {}",
            settings.databaseFile(),
            failure.getMessage());
        return openFresh(settings);
      }
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR,
          "Cannot prepare the folder of " + settings.databaseFile() + ": " + e,
          e);
    }
  }

  /** Moves an existing database file aside and opens a new one. */
  public static Engine openFresh(EngineSettings settings) {
    try {
      moveAside(settings.databaseFile());
      Files.createDirectories(settings.tempDirectory());
      Files.createDirectories(settings.databaseFile().toAbsolutePath().getParent());
      return new Engine(connect(settings), true, settings.readPool());
    } catch (SQLException e) {
      throw EngineErrors.translate(e);
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Cannot move " + settings.databaseFile() + " aside: " + e, e);
    }
  }

  private static boolean isLocked(FlashDuckException failure) {
    String message = String.valueOf(failure.getMessage());
    return message.contains("Could not set lock") || message.contains("is already attached");
  }

  /** Keeps one earlier unreadable file for a post-mortem. */
  private static void moveAside(Path file) throws IOException {
    for (String suffix : List.of("", ".wal")) {
      Path from = file.resolveSibling(file.getFileName() + suffix);
      if (Files.exists(from)) {
        Path to = file.resolveSibling(file.getFileName() + ".unreadable" + suffix);
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static DuckDBConnection connect(EngineSettings settings)
      throws SQLException, IOException {
    Properties properties = new Properties();
    properties.setProperty("jdbc_stream_results", "true");
    properties.setProperty("autoinstall_known_extensions", "false");
    properties.setProperty("autoload_known_extensions", "false");
    properties.setProperty("memory_limit", settings.memoryLimit());
    properties.setProperty("threads", Integer.toString(settings.threads()));
    DuckDBConnection connection =
        (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:", properties);
    try (Statement statement = connection.createStatement()) {
      for (String sql : openingStatements(settings)) {
        statement.execute(sql);
      }
      return connection;
    } catch (SQLException | IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static List<String> openingStatements(EngineSettings settings) throws IOException {
    List<Path> directories = new ArrayList<>(settings.allowedDirectories());
    directories.add(settings.tempDirectory());
    List<String> allowed = new ArrayList<>();
    for (Path directory : directories) {
      // DuckDB resolves links before it compares, so the list must be resolved too.
      allowed.add(SqlIdentifiers.literal(directory.toRealPath() + "/"));
    }
    return List.of(
        "ATTACH " + SqlIdentifiers.literal(settings.databaseFile().toString()) + " AS " + CATALOG,
        "USE " + CATALOG,
        "DETACH memory",
        "SET temp_directory = "
            + SqlIdentifiers.literal(
                settings.tempDirectory().toRealPath().resolve("spill").toString()),
        "SET TimeZone = 'UTC'",
        "SET streaming_buffer_size = '4MB'",
        // Files are written by the statement's own threads: with the writing threads of DuckDB 2.0
        // a
        // cancelled COPY can wait for itself forever (AsyncWriteQueue::AbortWrites holds the lock
        // that
        // the writer wants).
        "SET async_threads = 0",
        "SET allow_community_extensions = false",
        "SET allow_persistent_secrets = false",
        "SET allowed_directories = " + allowed.stream().collect(Collectors.joining(", ", "[", "]")),
        "SET enable_external_access = false",
        "SET allowed_configs = ['search_path', 'schema', 'TimeZone', 'enable_progress_bar',"
            + " 'enable_progress_bar_print']",
        "SET lock_configuration = true");
  }

  /** Whether the database is new: there was no file, or it could not be read. */
  public boolean recreated() {
    return recreated;
  }

  /** A trusted connection for the server itself; caller closes. */
  public EngineConnection openInternal() {
    return openInternal(0);
  }

  /**
   * A trusted connection that keeps statements prepared, see {@link EngineConnection#updateKept};
   * caller closes.
   *
   * @param keptStatements how many of them at most
   */
  public EngineConnection openInternal(int keptStatements) {
    return new EngineConnection(new DuckSession(duplicate(), interrupter, keptStatements));
  }

  /** A fenced connection for one client session; caller closes. */
  public ClientConnection openClient() {
    DuckSession session = new DuckSession(duplicate(), interrupter, PREPARED_PER_CLIENT);
    try {
      clientSetup.forEach(sql -> session.update(sql, Parameters.NONE));
      ClientConnection opened =
          new ClientConnection(
              session,
              descriptions,
              new ClientConnection.Sources(live, () -> versions),
              clientConnections::decrementAndGet);
      clientConnections.incrementAndGet();
      return opened;
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * The description of a query, if any connection of the pool has made it under these options; asks
   * nobody.
   */
  public Optional<StatementDescription> described(
      String sql, long schemaVersion, SessionOptions options, TypeMode types) {
    return VersionCalls.possibleIn(sql)
        ? Optional.empty()
        : Optional.ofNullable(
            descriptions.get(
                new DescriptionCache.Key(sql, schemaVersion, options, types, 0, List.of())));
  }

  /** How many connections of clients are open, those of the pool included. */
  public int clientConnections() {
    return clientConnections.get();
  }

  /** Has every client connection that is opened from now on run these statements first. */
  public void prepareClients(List<String> statements) {
    clientSetup = List.copyOf(statements);
  }

  /**
   * The pool of fenced connections for calls without a session; borrowed, closed with the engine.
   */
  public ReadPool readPool() {
    return readPool;
  }

  /** What clients' queries see of what is in memory only. */
  public LiveTables live() {
    return live;
  }

  /** Has clients' queries read earlier versions of tables from where {@code finder} says. */
  public void versions(TableVersions finder) {
    versions = finder;
  }

  /** The statements that run and ran. */
  public QueryLog queries() {
    return queries;
  }

  private DuckDBConnection duplicate() {
    try {
      return root.duplicate();
    } catch (SQLException e) {
      throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The engine is closed.", e);
    }
  }

  /** Writes the log into the file and closes it; connections should be closed before. */
  @Override
  public void close() {
    readPool.close();
    interrupter.close();
    try {
      root.close();
    } catch (SQLException e) {
      LOG.warn("Closing DuckDB failed: {}", e.getMessage());
    }
  }
}
