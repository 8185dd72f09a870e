package io.flashduck.server.engine;

import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.live.LiveTables;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.engine.sql.GuardOracle;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.SessionStatements;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.StatementGuard;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.engine.sql.TableReferences;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A fenced connection to DuckDB for one client session, or one of the read pool.
 *
 * <p>Every statement passes the {@link StatementGuard} before DuckDB binds it. Transactions are
 * read-only for the database, temporary tables can be written.
 *
 * <p>Threading: confined to its user's lane, except {@link #cancel} and {@link #close()}.
 */
public final class ClientConnection implements AutoCloseable {
  private final DuckSession session;
  private final DescriptionCache descriptions;
  private final StatementGuard guard;
  private final LiveTables live;
  private final StatementDescriber describer;
  private final TemporaryTables temporary;
  private final RecentTexts texts = new RecentTexts();
  private final Set<LiveTable> shown = EnumSet.noneOf(LiveTable.class);
  private SessionOptions options = SessionOptions.DEFAULT;
  private boolean wholePath = true;
  private long privateState;
  private boolean variables;
  private final Runnable closed;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /**
   * What clients can read besides the tables.
   *
   * @param live what is in memory only
   * @param versions what tables were
   */
  record Sources(LiveTables live, Supplier<TableVersions> versions) {}

  /**
   * @param closed hears once when the connection is closed
   */
  ClientConnection(
      DuckSession session, DescriptionCache descriptions, Sources sources, Runnable closed) {
    this.session = session;
    this.live = sources.live();
    this.descriptions = descriptions;
    this.closed = closed;
    this.guard = new StatementGuard(new SessionOracle());
    this.temporary = new TemporaryTables(session, guard);
    this.describer =
        new StatementDescriber(session, descriptions, texts, sources.versions(), guard);
  }

  /** What the session has set. */
  public SessionOptions options() {
    return options;
  }

  /** Whether a statement was described or run here lately, so that it is still prepared. */
  boolean knows(String sql) {
    return texts.contains(sql);
  }

  /** Whether a statement runs or its result is open. */
  public boolean busy() {
    return session.busy();
  }

  /**
   * Whether the session has tables or variables of its own, so that another connection cannot stand
   * in for it.
   */
  public boolean hasPrivateState() {
    return privateState != 0;
  }

  /** As {@link #describe(String, long, TypeMode)}, in the default types. */
  public StatementDescription describe(String sql, long schemaVersion) {
    return describe(sql, schemaVersion, TypeMode.DEFAULT);
  }

  /**
   * Describes one statement without running it; remembered by text, options, types and {@code
   * schemaVersion}.
   *
   * @param schemaVersion the catalog's, so that a changed table is described again
   * @param types of the result
   * @throws FlashDuckException what the guard or DuckDB says against the statement
   */
  public StatementDescription describe(String sql, long schemaVersion, TypeMode types) {
    return describer.describe(
        sql, new StatementDescriber.Circumstances(schemaVersion, privateState, options, types));
  }

  /** What a described query reads, also if its description does not say. */
  public TableReferences references(StatementDescription description) {
    return describer.references(description, options);
  }

  /** The schema of a query's result for these parameters. */
  public Schema describeBound(StatementDescription description, Parameters parameters) {
    return describer.bound(description, parameters, options);
  }

  /**
   * Fills the live tables that a described query may read with what a viewer may see now; to be
   * called before {@link #query}.
   */
  public void show(StatementDescription description, Viewer viewer) {
    for (LiveTable table : description.live()) {
      shown.add(table);
      session.update(
          "SET VARIABLE "
              + table.variable()
              + " = "
              + SqlIdentifiers.literal(live.rows(table, viewer)),
          Parameters.NONE);
    }
  }

  /** Empties the live tables, because the connection goes to somebody else. */
  public void hide() {
    for (LiveTable table : shown) {
      session.update("RESET VARIABLE " + table.variable(), Parameters.NONE);
    }
    shown.clear();
  }

  /**
   * Starts a described query.
   *
   * @param allocator pays for the batches; must outlive the result
   * @return caller closes, before the next statement on this connection
   */
  public ArrowResult query(
      StatementDescription description, Parameters parameters, BufferAllocator allocator) {
    if (description.kind() != StatementKind.QUERY) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The statement returns no rows: " + description.sql());
    }
    texts.add(description.sql());
    String sql = description.execution().sql();
    TypeMode types = description.execution().types();
    try {
      if (!description.resultKnown()) {
        return session.arrow(
            sql,
            parameters,
            new ResultForm(types, options.timeZone()),
            allocator,
            Engine.BATCH_ROWS);
      }
      Optional<Schema> strict =
          types == TypeMode.STRICT ? Optional.of(description.resultSchema()) : Optional.empty();
      ArrowResult result = session.arrowAsIs(sql, parameters, strict, allocator, Engine.BATCH_ROWS);
      return explains(sql) ? new ExplainedResult(result, allocator) : result;
    } catch (FlashDuckException e) {
      throw VersionedText.explained(e, description.execution().versions());
    }
  }

  private static boolean explains(String sql) {
    return sql.regionMatches(true, 0, "EXPLAIN", 0, "EXPLAIN".length())
        && SqlLexer.tokens(sql).get(0).isWord("EXPLAIN");
  }

  /**
   * Runs a statement that only this session feels: SET, RESET, USE, BEGIN, COMMIT, ROLLBACK, and
   * changes of temporary tables.
   *
   * @return the number of changed rows
   * @throws FlashDuckException PERMISSION_DENIED for any other statement
   */
  public long execute(String text, Parameters parameters) {
    String sql = StatementDescriber.single(text);
    SqlStatement statement = StatementParser.parse(sql);
    StatementKind kind = StatementKind.of(statement);
    switch (kind) {
      case TRANSACTION -> {
        return session.update(SessionStatements.transaction(sql), Parameters.NONE);
      }
      case SESSION -> {
        SessionStatements.check(sql, guard);
        if (SessionStatements.setsVariable(sql)) {
          variables = true;
          privateState = descriptions.newState();
        }
        session.update(SessionStatements.session(sql), Parameters.NONE);
        readOptions();
        return 0;
      }
      case CHANGE, DEFINITION -> {
        long rows = temporary.change(sql, statement, parameters);
        changedPrivately();
        return rows;
      }
      default -> throw SessionStatements.refusal(sql);
    }
  }

  /**
   * The parameters of a statement that changes temporary tables, in the types that JDBC's driver
   * can bind; nothing is run.
   */
  public Schema describeTemporary(String text) {
    return temporary.describe(StatementDescriber.single(text));
  }

  /** Whether a statement changes nothing but this session's temporary tables and views. */
  public boolean isTemporary(SqlStatement statement) {
    return temporary.isTemporary(statement);
  }

  /** Whether a name means one of this session's temporary tables or views. */
  public boolean isTemporary(QualifiedName name) {
    return temporary.isTemporary(name);
  }

  /**
   * Checks the queries and expressions inside of a changing statement, before somebody plans it.
   */
  public void checkChange(SqlStatement statement) {
    guard.checkChange(statement);
  }

  /**
   * This connection for the server's own statements, which are not checked. Borrowed; the client's
   * statements and these take turns.
   */
  public EngineConnection internal() {
    return new EngineConnection(session);
  }

  /**
   * Says that tables of this connection alone have changed, so that no description is shared with
   * others.
   */
  public void changedPrivately() {
    privateState = descriptions.newState();
  }

  /**
   * Says that {@link #internal} has begun a transaction of the client's, or ended it. Its snapshot
   * has descriptions of its own, and it outlives the cancel of a query that then soon stops.
   */
  public void inTransaction(boolean open) {
    session.inTransaction(open);
    changedPrivately();
  }

  /** Says that {@link #internal} makes or changes a temporary table of the client. */
  public void changedTemporaryTables() {
    temporary.made();
    changedPrivately();
  }

  /** Whether the session made temporary tables or variables of its own. */
  public boolean hasTemporaryState() {
    return temporary.any() || variables;
  }

  /**
   * Takes over a session's options. Schemas that were dropped are not looked into, but stay in its
   * search path in case they are made again.
   */
  public void apply(SessionOptions wanted) {
    if (!wholePath || !wanted.searchPath().equals(options.searchPath())) {
      wholePath = SearchPaths.set(session, wanted.searchPath());
    }
    if (!wanted.timeZone().equals(options.timeZone())) {
      session.update(
          "SET TimeZone = " + SqlIdentifiers.literal(wanted.timeZone()), Parameters.NONE);
    }
    set(wanted);
  }

  private void set(SessionOptions now) {
    options = now;
    session.options(now);
  }

  /**
   * Makes a schema the first one to look for tables in.
   *
   * @throws FlashDuckException NOT_FOUND if there is none of that name
   */
  public void useSchema(String schema) {
    execute("USE " + Engine.CATALOG + "." + SqlIdentifiers.quote(schema), Parameters.NONE);
  }

  /** The schema in which an unqualified name of a new table lands. */
  public String currentSchema() {
    return session.query("SELECT current_schema()", r -> r.getString(1), Parameters.NONE).get(0);
  }

  private void readOptions() {
    set(
        session
            .query(
                "SELECT current_setting('search_path'), current_setting('TimeZone')",
                r -> new SessionOptions(r.getString(1), r.getString(2)),
                Parameters.NONE)
            .get(0));
  }

  /** Has DuckDB count how far queries are, or no longer; costs a little. */
  public void trackProgress(boolean wanted) {
    session.trackProgress(wanted);
  }

  /** How far the running query is, 0 to 1; empty if it is not known. Thread-safe. */
  public OptionalDouble progress() {
    return session.progress();
  }

  /** Stops the running statement, which then fails with {@code reason}. Thread-safe. */
  public void cancel(FlashDuckException reason) {
    session.cancel(reason);
  }

  /** Stops what runs, rolls back, and closes; temporary tables are gone. */
  @Override
  public void close() {
    session.close();
    if (open.compareAndSet(true, false)) {
      closed.run();
    }
  }

  /** The guard's questions, asked on this connection so that it sees temporary tables. */
  private final class SessionOracle implements GuardOracle {
    @Override
    public String serialize(String sql) {
      return session.serializedParse(sql);
    }

    @Override
    public boolean exists(QualifiedName relation) {
      return session.exists(relation);
    }
  }
}
