package io.flashduck.server.flight;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.QueryConfig.SessionLimits;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.ReadPool;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.StatementGuard;
import io.flashduck.server.table.Database;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The parts of the server, wired; closed in reverse order.
 *
 * <p>Threading: the parts are thread-safe.
 */
record FlightParts(
    BufferAllocator allocator,
    Watchdog watchdog,
    ResultStreamer streamer,
    StartedQueries started,
    Sessions sessions,
    FlightDispatcher dispatcher)
    implements AutoCloseable {
  /** As long as a session: clients prepare once and execute for hours. */
  private static final Duration HANDLE_LIFETIME = Duration.ofDays(30);

  static FlightParts build(FlightSettings settings, FlightBackend backend) {
    BufferAllocator allocator = backend.allocator().newChildAllocator("flight", 0, Long.MAX_VALUE);
    Watchdog watchdog = Watchdog.start();
    ResultStreamer streamer = ResultStreamer.start(allocator, watchdog, settings);
    Engine engine = backend.database().engine();
    SessionLimits limits = settings.query().sessions();
    Session.Rules rules =
        new Session.Rules(
            settings.query().timeout(), HoldBudget.of(limits.held(), settings.temporary()));
    Sessions sessions = new Sessions(engine, limits, rules, backend.clock());
    engine.live().tell(LiveTable.SESSIONS, sessions::tell);
    watchdog.watch(sessions);
    StartedQueries started =
        new StartedQueries(allocator, watchdog, settings, sessions::closedSince);
    watchdog.watch(started);
    Wiring wiring = new Wiring(settings, backend, allocator, watchdog, streamer, started, sessions);
    return new FlightParts(allocator, watchdog, streamer, started, sessions, wiring.dispatcher());
  }

  @Override
  public void close() {
    streamer.close();
    started.close();
    sessions.close();
    watchdog.close();
    allocator.close();
  }

  /** Makes the handlers. */
  private record Wiring(
      FlightSettings settings,
      FlightBackend backend,
      BufferAllocator allocator,
      Watchdog watchdog,
      ResultStreamer streamer,
      StartedQueries started,
      Sessions sessions) {
    FlightDispatcher dispatcher() {
      Database database = backend.database();
      long maxChangeBytes = settings.bounds().maxChangeBytes();
      Tickets tickets =
          new Tickets(backend.key(), backend.clock(), settings.bounds().ticketLifetime());
      WaitingRows waiting = new WaitingRows(settings.bounds().maxWaitingBytes());
      TransactionHandler transactions = new TransactionHandler(database, sessions);
      StatementRunner runner =
          new StatementRunner(
              database,
              sessions,
              transactions,
              tickets::newQueryId,
              new Planning(watchdog, settings.query().timeout()),
              allocator);
      StatementHandler statements =
          new StatementHandler(database, sessions, runner, tickets, waiting, allocator);
      PreparedHandler.Handles handles =
          new PreparedHandler.Handles(
              new PreparedHandles(backend.key(), backend.clock(), HANDLE_LIFETIME),
              tickets,
              waiting);
      PreparedHandler prepared =
          new PreparedHandler(sessions, statements, runner, handles, maxChangeBytes);
      PutDispatcher puts =
          new PutDispatcher(
              new UpdateHandler(runner),
              prepared,
              new IngestHandler(database, sessions, allocator, maxChangeBytes),
              new PathPutHandler(database, sessions, allocator, maxChangeBytes),
              allocator,
              new PutDispatcher.Stalls(watchdog, settings.query().stalledClientLimit()));
      ActionDispatcher actions =
          new ActionDispatcher(
              prepared,
              transactions,
              new CancelActions(tickets, streamer, started),
              new SessionActions(sessions),
              new OwnActions(database));
      CallGate gate =
          new CallGate(database, streamer, sessions, settings.bounds().visibilityLimit());
      PollHandler polls = new PollHandler(database, statements, started);
      return new FlightDispatcher(gate, statements, polls, prepared, metadata(), puts, actions);
    }

    private MetadataHandler metadata() {
      Database database = backend.database();
      return new MetadataHandler(
          database::catalog,
          this::schemaNames,
          new TableSchemas(this::describe),
          SqlInfoTable.of(
              Versions.server(),
              Versions.arrow(),
              settings.query().timeout(),
              settings.query().sessions().transactions().idleLimit()));
    }

    private List<String> schemaNames() {
      try (EngineConnection connection = backend.database().engine().openInternal()) {
        return connection.query(
            "SELECT schema_name FROM system.main.duckdb_schemas() WHERE database_name = ? AND NOT"
                + " internal AND schema_name <> ?",
            row -> row.getString(1),
            Engine.CATALOG,
            StatementGuard.INTERNAL_SCHEMA);
      }
    }

    private StatementDescription describe(TableName name, TypeMode types) {
      try (ReadPool.Lease lease =
          backend.database().engine().readPool().borrow(SessionOptions.DEFAULT)) {
        return lease
            .connection()
            .describe(
                "SELECT * FROM " + SqlIdentifiers.quote(name),
                backend.database().catalog().schemaVersion(),
                types);
      }
    }
  }
}
