package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.server.catalog.CatalogSnapshot;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.ArrowParameters;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.engine.WireDictionaries;
import io.flashduck.server.engine.live.QueryLog;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.Tickets.Bound;
import io.flashduck.server.flight.Tickets.Planned;
import io.flashduck.server.flight.Tickets.Yield;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.SqlUpdate;
import io.flashduck.server.table.UpdateDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Plans statements at GetFlightInfo and runs queries at DoGet. A statement that changes something
 * runs when it is planned, exactly once, however often its ticket is fetched: clients that do not
 * know what they send use this path for everything, and some never fetch.
 *
 * <p>Threading: thread-safe; a call stays on its thread.
 */
final class StatementHandler {
  private static final Schema NO_COLUMNS = new Schema(List.of());

  private final Database database;
  private final Sessions sessions;
  private final StatementRunner runner;
  private final Tickets tickets;
  private final WaitingRows waiting;
  private final BufferAllocator allocator;

  StatementHandler(
      Database database,
      Sessions sessions,
      StatementRunner runner,
      Tickets tickets,
      WaitingRows waiting,
      BufferAllocator allocator) {
    this.database = database;
    this.sessions = sessions;
    this.runner = runner;
    this.tickets = tickets;
    this.waiting = waiting;
    this.allocator = allocator;
  }

  FlightInfo plan(Call call, CommandStatementQuery command, FlightDescriptor descriptor) {
    List<String> statements = StatementRunner.split(command.getQuery());
    int last = statements.size() - 1;
    if (last > 0) {
      runner.runAll(call, statements.subList(0, last), command.getTransactionId());
    }
    Place place = sessions.place(call, command.getTransactionId());
    return plan(call, statements.get(last), place, Optional.empty(), descriptor);
  }

  /**
   * Plans one statement.
   *
   * @param parameters one row per execution; empty: one execution without parameters
   */
  FlightInfo plan(
      Call call,
      String sql,
      Place place,
      Optional<ArrowRows> parameters,
      FlightDescriptor descriptor) {
    String id = tickets.newQueryId();
    if (StatementRunner.kind(sql) != StatementKind.QUERY) {
      return ranAlready(call, id, place, runner.run(call, sql, place, parameters, 0), descriptor);
    }
    Schema schema;
    try {
      schema = querySchema(sql, place, parameters);
    } catch (FlashDuckException e) {
      runner.begin(call, id, sql).end(e);
      throw e;
    }
    Bound bound = parameters.map(rows -> carryOrKeep(id, rows)).orElse(Bound.NONE);
    call.reportSequence(database.catalog().sequence());
    Planned planned = new Planned(id, place, Yield.QUERY, sql, bound);
    return info(call, planned, schema, descriptor, new Answer(-1, new byte[0]));
  }

  /** The schema of the last statement's rows, without running anything. */
  Schema schema(Call call, CommandStatementQuery command) {
    List<String> statements = StatementRunner.split(command.getQuery());
    Place place = sessions.place(call, command.getTransactionId());
    return schema(statements.get(statements.size() - 1), place, Optional.empty());
  }

  /** The schema of a statement's rows, without running it; no columns if it has no rows. */
  Schema schema(String sql, Place place, Optional<ArrowRows> parameters) {
    StatementKind kind = StatementRunner.kind(sql);
    if (kind == StatementKind.CHANGE) {
      return describeChange(sql, place).returning().orElse(NO_COLUMNS);
    }
    if (kind != StatementKind.QUERY) {
      return NO_COLUMNS;
    }
    return querySchema(sql, place, parameters);
  }

  private Schema querySchema(String sql, Place place, Optional<ArrowRows> parameters) {
    if (parameters.isEmpty()) {
      return describe(sql, place).resultSchema();
    }
    try (SessionLease lease = sessions.lease(place, sql)) {
      return boundSchema(lease.connection(), describe(lease, sql, place), parameters);
    }
  }

  /** What a changing statement takes and returns, without running it. */
  UpdateDescription describeChange(String sql, Place place) {
    SqlUpdate update = place.update(sql, Optional.empty());
    if (sessions.inTransaction(place)) {
      try (SessionLease lease = sessions.lease(place)) {
        if (lease.transaction().isPresent()) {
          return lease.transaction().get().describe(update);
        }
      }
    }
    return database.describeUpdate(update);
  }

  /** A table by its path, {@code [table]} or {@code [schema, table]}. */
  FlightInfo planPath(Call call, FlightDescriptor descriptor) {
    String sql = "SELECT * FROM " + SqlIdentifiers.quote(table(descriptor.getPath()));
    return plan(call, sql, here(call), Optional.empty(), descriptor);
  }

  Schema schemaOfPath(Call call, FlightDescriptor descriptor) {
    String sql = "SELECT * FROM " + SqlIdentifiers.quote(table(descriptor.getPath()));
    return schema(sql, here(call), Optional.empty());
  }

  private Place here(Call call) {
    return sessions.place(call, ByteString.EMPTY);
  }

  /** Every table and view as a flight that can be planned by its path. */
  Iterable<FlightInfo> flights(Call call) {
    CatalogSnapshot catalog = database.catalog();
    call.reportSequence(catalog.sequence());
    List<TableName> names = new ArrayList<>(catalog.tables().keySet());
    names.addAll(catalog.views().keySet());
    return names.stream()
        .map(
            name ->
                new FlightInfo(
                    null,
                    FlightDescriptor.path(name.schema(), name.name()),
                    List.<FlightEndpoint>of(),
                    -1,
                    -1,
                    IpcOption.DEFAULT))
        .toList();
  }

  /** What a ticket says; refused if it is not the caller's. */
  Planned open(Call call, TicketStatementQuery ticket) {
    return tickets.open(ticket, call.principal().name());
  }

  /** What a ticket yields. */
  IdentifiedRows rows(Call call, Planned planned) {
    if (!planned.place().transaction().isEmpty()) {
      sessions.transactions().session(planned.place().transaction(), call);
    }
    call.reportSequence(database.catalog().sequence());
    String user = call.principal().name();
    return switch (planned.yield()) {
      case NOTHING -> new IdentifiedRows(planned.queryId(), user, "", MemoryRows.empty(NO_COLUMNS));
      case KEPT_ROWS -> new IdentifiedRows(planned.queryId(), user, "", kept(planned.queryId()));
      case QUERY -> {
        QueryLog.Entry entry = runner.begin(call, planned.queryId(), planned.sql());
        try {
          yield new IdentifiedRows(
              planned.queryId(), user, planned.sql(), query(call, planned), Optional.of(entry));
        } catch (RuntimeException e) {
          entry.end(e);
          throw e;
        }
      }
    };
  }

  /** The types of a call's results. */
  TypeMode types(Call call) {
    return sessions.types(call);
  }

  /** Rows that are no statement's. */
  IdentifiedRows identified(Call call, Rows rows) {
    call.reportSequence(database.catalog().sequence());
    return new IdentifiedRows(tickets.newQueryId(), call.principal().name(), "", rows);
  }

  /** Rows that a handle carried. */
  ArrowRows carried(ByteString rows) {
    return BoundRows.read(rows, allocator);
  }

  /** Describes a query; one that was described before costs no connection. */
  StatementDescription describe(String sql, Place place) {
    Optional<StatementDescription> known =
        sessions.pooled(place)
            ? database
                .engine()
                .described(sql, database.catalog().schemaVersion(), place.options(), place.types())
            : Optional.empty();
    if (known.isPresent()) {
      return known.get();
    }
    try (SessionLease lease = sessions.lease(place, sql)) {
      return describe(lease, sql, place);
    }
  }

  private StatementDescription describe(SessionLease lease, String sql, Place place) {
    return runner
        .planning()
        .watched(
            lease,
            () ->
                lease
                    .connection()
                    .describe(
                        lease.reading(sql), database.catalog().schemaVersion(), place.types()));
  }

  private Rows query(Call call, Planned planned) {
    Optional<ArrowRows> bound =
        planned.bound().any() ? Optional.of(bound(planned)) : Optional.empty();
    SessionLease lease = sessions.lease(planned.place(), planned.sql());
    try {
      StatementDescription description = describe(lease, planned.sql(), planned.place());
      Schema schema = boundSchema(lease.connection(), description, bound);
      lease.connection().show(description, call.viewer());
      return lease.outliving(new QueryRows(lease, description, schema, bound));
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  private ArrowRows bound(Planned planned) {
    Optional<ByteString> here = planned.bound().here();
    return here.isPresent()
        ? BoundRows.read(here.get(), allocator)
        : waiting.get(planned.queryId()).orElseThrow(() -> dropped("bound parameters"));
  }

  private Rows kept(String queryId) {
    ArrowRows rows = waiting.get(queryId).orElseThrow(() -> dropped("rows of RETURNING"));
    return new KeptRows(rows, schema(rows));
  }

  private Schema schema(ArrowRows rows) {
    return WireDictionaries.onWire(rows.schema(allocator));
  }

  private static FlashDuckException dropped(String what) {
    return new FlashDuckException(
        ErrorCode.NOT_FOUND,
        "The "
            + what
            + " were not fetched in time and are gone; a change took effect all the same");
  }

  private Schema boundSchema(
      ClientConnection connection,
      StatementDescription description,
      Optional<ArrowRows> parameters) {
    if (description.resultKnown() || parameters.isEmpty()) {
      return description.resultSchema();
    }
    try (ArrowReader reader = parameters.get().open(allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      while (reader.loadNextBatch()) {
        if (root.getRowCount() > 0) {
          return connection.describeBound(description, ArrowParameters.row(root, 0, description));
        }
      }
      return description.resultSchema();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // encoded here, in memory
    }
  }

  private Bound carryOrKeep(String id, ArrowRows rows) {
    Optional<ByteString> carried = BoundRows.carried(rows);
    if (carried.isEmpty()) {
      waiting.put(id, rows);
    }
    return new Bound(true, carried);
  }

  private FlightInfo ranAlready(
      Call call,
      String id,
      Place place,
      StatementRunner.Outcome outcome,
      FlightDescriptor descriptor) {
    Optional<ArrowRows> returning = outcome.returning();
    returning.ifPresent(rows -> waiting.put(id, rows));
    Yield yields = returning.isPresent() ? Yield.KEPT_ROWS : Yield.NOTHING;
    Schema schema = returning.map(this::schema).orElse(NO_COLUMNS);
    Planned planned =
        new Planned(
            id,
            new Place(place.session(), place.options(), "", place.types()),
            yields,
            "",
            Bound.NONE);
    Answer answer =
        new Answer(
            returning.map(ArrowRows::rowCount).orElse(0L), PutAcks.of(outcome).toByteArray());
    return info(call, planned, schema, descriptor, answer);
  }

  /**
   * What a FlightInfo says besides its ticket.
   *
   * @param rows how many there will be, or -1
   * @param metadata a PutAck for what ran already, or empty
   */
  private record Answer(long rows, ByteString metadata) {
    Answer(long rows, byte[] metadata) {
      this(rows, ByteString.copyFrom(metadata));
    }
  }

  private FlightInfo info(
      Call call, Planned planned, Schema schema, FlightDescriptor descriptor, Answer answer) {
    Instant expires = tickets.expiry();
    return new FlightInfo(
        schema,
        descriptor,
        List.of(
            new FlightEndpoint(tickets.sign(planned, call.principal().name(), expires), expires)),
        -1,
        answer.rows(),
        false,
        IpcOption.DEFAULT,
        answer.metadata().toByteArray());
  }

  private static TableName table(List<String> path) {
    return switch (path.size()) {
      case 1 -> TableName.ofMain(path.get(0));
      case 2 -> new TableName(path.get(0), path.get(1));
      default ->
          throw FlightErrors.invalid(
              "The path " + path + " is not a table's: use [table] or [schema, table]");
    };
  }
}
