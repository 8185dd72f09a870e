package io.flashduck.server.engine;

import io.flashduck.server.engine.StatementDescription.Execution;
import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.live.LiveTables;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.engine.sql.GuardOracle;
import io.flashduck.server.engine.sql.NumberedParameters;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.SearchPath;
import io.flashduck.server.engine.sql.SessionStatements;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlScript;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.StatementGuard;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.engine.sql.TableReferences;
import io.flashduck.server.engine.sql.VersionCalls;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBResultSetMetaData;
import org.duckdb.StatementReturnType;

/**
 * A fenced connection to DuckDB for one client session, or one of the read pool.
 *
 * <p>Every statement passes the {@link StatementGuard} before DuckDB binds it. Transactions are
 * read-only for the database, temporary tables can be written.
 *
 * <p>Threading: confined to its user's lane, except {@link #cancel} and {@link #close()}.
 */
public final class ClientConnection implements AutoCloseable {
  private static final Schema NO_COLUMNS = new Schema(List.of());

  private final DuckSession session;
  private final DescriptionCache descriptions;
  private final StatementGuard guard;
  private final LiveTables live;
  private final Supplier<TableVersions> versions;
  private final Set<LiveTable> shown = EnumSet.noneOf(LiveTable.class);
  private final Set<String> texts = Collections.newSetFromMap(new LastUsed());
  private SessionOptions options = SessionOptions.DEFAULT;
  private long privateState;
  private boolean temporaryTables;
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
    this.versions = sources.versions();
    this.descriptions = descriptions;
    this.closed = closed;
    this.guard = new StatementGuard(new SessionOracle());
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
    VersionedText text = versioned(sql);
    DescriptionCache.Key key =
        new DescriptionCache.Key(sql, schemaVersion, options, types, privateState, text.versions());
    StatementDescription known = descriptions.get(key);
    if (known != null) {
      return known;
    }
    StatementDescription described;
    try {
      described = describeNow(single(sql), text, schemaVersion, types);
    } catch (FlashDuckException e) {
      throw VersionedText.explained(e, text.versions());
    }
    descriptions.put(key, described);
    texts.add(sql);
    return described;
  }

  /** The text with the files of the earlier versions that a query reads now. */
  private VersionedText versioned(String sql) {
    if (!VersionCalls.possibleIn(sql)) {
      return VersionedText.of(sql);
    }
    String single = single(sql);
    return StatementKind.of(single) == StatementKind.QUERY
        ? VersionedText.of(VersionCalls.in(single), this::version, new SessionOracle()::serialize)
        : VersionedText.of(sql);
  }

  private TableVersions.Version version(VersionCalls.Call call) {
    TableVersions finder = versions.get();
    List<String> schemas = SearchPath.schemas(options.searchPath());
    return switch (call.function()) {
      case AT -> finder.version(call.table(), call.sequence(), schemas);
      case CHANGES -> finder.changes(call.table(), call.sequence(), schemas);
    };
  }

  /** The one statement of a text, without its semicolon and the comments around it. */
  private static String single(String text) {
    List<String> statements = SqlScript.split(text);
    if (statements.size() > 1) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "Expected one statement, got " + statements.size() + ".");
    }
    return statements.isEmpty() ? "" : statements.get(0);
  }

  private StatementDescription describeNow(
      String sql, VersionedText text, long schemaVersion, TypeMode types) {
    StatementKind kind = StatementKind.of(sql);
    if (kind == StatementKind.REFUSED) {
      throw SessionStatements.refusal(sql);
    }
    if (kind != StatementKind.QUERY) {
      return new StatementDescription(
          sql,
          kind,
          NO_COLUMNS,
          true,
          NO_COLUMNS,
          TableReferences.UNKNOWN,
          Set.of(),
          new Execution(sql, types, List.of(), List.of(), List.of()));
    }
    boolean plain = text.versions().isEmpty();
    String checked = plain ? sql : text.checked();
    TableReferences references = guard.checkQuery(checked);
    NumberedParameters numbered = NumberedParameters.of(plain ? sql : text.executed());
    Reads reads =
        new Reads(references, liveViews(schemaVersion).readBy(checked), text.versions(), types);
    return session.inspect(
        numbered.sql(),
        (metadata, statement) -> described(sql, numbered, reads, metadata, statement));
  }

  /** What a query reads, and the types in which it answers. */
  private record Reads(
      TableReferences references,
      Set<LiveTable> live,
      List<TableVersions.Version> versions,
      TypeMode types) {}

  private LiveViews liveViews(long schemaVersion) {
    return descriptions.liveViews(
        schemaVersion,
        privateState,
        () ->
            LiveViews.of(
                session.query(
                    LiveViews.TEXTS,
                    row -> new LiveViews.Text(row.getString(1), row.getString(2)),
                    Parameters.NONE)));
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

  private StatementDescription described(
      String sql,
      NumberedParameters numbered,
      Reads reads,
      DuckDBResultSetMetaData metadata,
      PreparedStatement statement)
      throws SQLException {
    if (metadata.getReturnType() != StatementReturnType.QUERY_RESULT) {
      throw new FlashDuckException(ErrorCode.UNIMPLEMENTED, "The statement is not a query: " + sql);
    }
    ParameterMetaData parameters = statement.getParameterMetaData();
    List<String> names = new ArrayList<>();
    List<String> types = new ArrayList<>();
    for (int i = 1; i <= parameters.getParameterCount(); i++) {
      names.add(i <= numbered.names().size() ? numbered.names().get(i - 1) : "parameter_" + i);
      types.add(parameters.getParameterTypeName(i));
    }
    ResultColumns columns = ResultColumns.of(metadata);
    boolean known = !columns.unresolved();
    Parameters nulls = Parameters.ofList(Collections.nCopies(names.size(), null));
    columns =
        known
            ? session.withValues(numbered.sql(), columns, nulls, reads.types())
            : session.resolvedColumns(numbered.sql(), nulls, reads.types());
    return new StatementDescription(
        sql,
        StatementKind.QUERY,
        columns.wireSchema(form(reads.types())),
        known,
        ParameterTypes.schema(names, types),
        reads.references(),
        reads.live(),
        new Execution(
            known ? columns.wireSql(numbered.sql(), reads.types()) : numbered.sql(),
            reads.types(),
            columns.types().stream().map(DuckType::sql).toList(),
            types,
            reads.versions()));
  }

  private ResultForm form(TypeMode types) {
    return new ResultForm(types, options.timeZone());
  }

  /** What a described query reads, also if its description does not say. */
  public TableReferences references(StatementDescription description) {
    return description.references().complete() || description.kind() != StatementKind.QUERY
        ? description.references()
        : guard.references(versioned(description.sql()).checked());
  }

  /** The schema of a query's result for these parameters. */
  public Schema describeBound(StatementDescription description, Parameters parameters) {
    return description.resultKnown()
        ? description.resultSchema()
        : session
            .boundColumns(
                description.execution().sql(), parameters, description.execution().types())
            .wireSchema(form(description.execution().types()));
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
        return session.arrow(sql, parameters, form(types), allocator, Engine.BATCH_ROWS);
      }
      Optional<Schema> strict =
          types == TypeMode.STRICT ? Optional.of(description.resultSchema()) : Optional.empty();
      return session.arrowAsIs(sql, parameters, strict, allocator, Engine.BATCH_ROWS);
    } catch (FlashDuckException e) {
      throw VersionedText.explained(e, description.execution().versions());
    }
  }

  /**
   * Runs a statement that only this session feels: SET, RESET, USE, BEGIN, COMMIT, ROLLBACK, and
   * changes of temporary tables.
   *
   * @return the number of changed rows
   * @throws FlashDuckException PERMISSION_DENIED for any other statement
   */
  public long execute(String text, Parameters parameters) {
    String sql = single(text);
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
        return changeTemporary(sql, statement, parameters);
      }
      default -> throw SessionStatements.refusal(sql);
    }
  }

  private long changeTemporary(String sql, SqlStatement statement, Parameters parameters) {
    if (!isTemporary(statement)) {
      throw new FlashDuckException(
          ErrorCode.PERMISSION_DENIED,
          "Only temporary tables can be changed on a client's connection.");
    }
    guard.checkChange(statement);
    long rows =
        session.update(NumberedParameters.of(SessionStatements.temporary(sql)).sql(), parameters);
    temporaryTables = true;
    privateState = descriptions.newState();
    return rows;
  }

  /**
   * The parameters of a statement that changes temporary tables, in the types that JDBC's driver
   * can bind; nothing is run.
   */
  public Schema describeTemporary(String text) {
    String sql = single(text);
    guard.checkChange(StatementParser.parse(sql));
    NumberedParameters numbered = NumberedParameters.of(SessionStatements.temporary(sql));
    return session.describeParameters(numbered.sql(), numbered.names());
  }

  /** Whether a statement changes nothing but this session's temporary tables and views. */
  public boolean isTemporary(SqlStatement statement) {
    if (statement instanceof SqlStatement.CreateTable create) {
      return create.temporary() || inTemporaryCatalog(create.target());
    }
    if (statement instanceof SqlStatement.CreateView create) {
      return create.temporary() || inTemporaryCatalog(create.target());
    }
    if (statement instanceof SqlStatement.Dml dml) {
      return isTemporary(dml.target());
    }
    if (statement instanceof SqlStatement.AlterTable alter) {
      return isTemporary(alter.target());
    }
    return statement instanceof SqlStatement.Drop drop
        && drop.kind() != SqlStatement.ObjectKind.SCHEMA
        && drop.targets().stream().allMatch(this::isTemporary);
  }

  private static boolean inTemporaryCatalog(QualifiedName name) {
    return name.parts().size() > 1 && name.parts().get(0).equalsIgnoreCase("temp");
  }

  /** Whether a name means one of this session's temporary tables or views. */
  public boolean isTemporary(QualifiedName name) {
    boolean ofServer = name.name().toLowerCase(Locale.ROOT).startsWith("_fd_");
    if (!temporaryTables || ofServer) {
      return false;
    }
    if (name.parts().size() > 1 && !inTemporaryCatalog(name)) {
      return false;
    }
    return !session
        .query(
            "SELECT 1 FROM system.main.duckdb_tables() WHERE database_name = 'temp' AND lower(table_name) = lower($1)"
                + " UNION ALL SELECT 1 FROM system.main.duckdb_views() WHERE database_name = 'temp' AND lower(view_name) = lower($1)",
            row -> true,
            Parameters.of(name.name()))
        .isEmpty();
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

  /** Says that {@link #internal} makes or changes a temporary table of the client. */
  public void changedTemporaryTables() {
    temporaryTables = true;
    changedPrivately();
  }

  /** Whether the session made temporary tables or variables of its own. */
  public boolean hasTemporaryState() {
    return temporaryTables || variables;
  }

  /** Takes over a session's options. */
  public void apply(SessionOptions wanted) {
    if (!wanted.searchPath().equals(options.searchPath())) {
      session.update(
          "SET search_path = " + SqlIdentifiers.literal(wanted.searchPath()), Parameters.NONE);
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

  /** As many texts as statements are kept. */
  private static final class LastUsed extends LinkedHashMap<String, Boolean> {
    private static final long serialVersionUID = 1L;

    LastUsed() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
      return size() > Engine.PREPARED_PER_CLIENT;
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
