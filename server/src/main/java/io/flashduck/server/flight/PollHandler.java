package io.flashduck.server.flight;

import com.google.protobuf.Any;
import io.flashduck.server.flight.Tickets.Planned;
import io.flashduck.server.flight.Tickets.Yield;
import io.flashduck.server.table.Database;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.apache.arrow.vector.ipc.message.IpcOption;

/**
 * PollFlightInfo: the first poll plans as GetFlightInfo does and starts the query; each answers as
 * soon as rows are there, or after a moment with how far the query is. The descriptor to ask again
 * with is the ticket: signed, its user's alone, and good for a normal run if what was started is
 * gone.
 *
 * <p>Threading: thread-safe; a call stays on its thread.
 */
final class PollHandler {
  /** Short enough for clients that show progress. */
  private static final Duration WAIT = Duration.ofMillis(500);

  private final Database database;
  private final StatementHandler statements;
  private final StartedQueries started;

  PollHandler(Database database, StatementHandler statements, StartedQueries started) {
    this.database = database;
    this.statements = statements;
    this.started = started;
  }

  /** Whether a descriptor is one that an earlier poll gave. */
  static boolean isPoll(FlightDescriptor descriptor) {
    return descriptor.isCommand()
        && Command.of(Command.parse(descriptor.getCommand())) == Command.TICKET_STATEMENT;
  }

  /** Starts what was planned, if it is a query. */
  PollInfo first(Call call, FlightInfo info) {
    Any packed = Command.parse(info.getEndpoints().get(0).getTicket().getBytes());
    if (Command.of(packed) != Command.TICKET_STATEMENT) {
      return complete(info);
    }
    Planned planned = open(call, packed);
    if (planned.yield() != Yield.QUERY) {
      return complete(info);
    }
    long sequence = database.catalog().sequence();
    return started
        .start(call, () -> statements.rows(call, planned), sequence)
        .map(query -> firstAnswer(query, info))
        .orElseGet(() -> complete(info));
  }

  /** A query that has failed already is not kept: the client has no ticket to ask for it. */
  private PollInfo firstAnswer(StartedQuery query, FlightInfo info) {
    try {
      return answer(query, info);
    } catch (RuntimeException e) {
      Optional<StartedQuery> unused = started.take(query.id());
      throw e;
    }
  }

  /** Tells how far it is. */
  PollInfo again(Call call, FlightDescriptor descriptor) {
    Planned planned = open(call, Command.parse(descriptor.getCommand()));
    FlightInfo info =
        new FlightInfo(
            null,
            descriptor,
            List.of(new FlightEndpoint(new Ticket(descriptor.getCommand()))),
            -1,
            -1,
            IpcOption.DEFAULT);
    return started
        .find(planned.queryId())
        .map(query -> answer(query, info))
        .orElseGet(() -> complete(info));
  }

  /** What a ticket yields: what was started for it, else what running it gives. */
  IdentifiedRows rows(Call call, TicketStatementQuery ticket) {
    Planned planned = statements.open(call, ticket);
    Optional<StartedQuery> taken = started.take(planned.queryId());
    return taken.map(query -> query.taken(call)).orElseGet(() -> statements.rows(call, planned));
  }

  private Planned open(Call call, Any packed) {
    return statements.open(call, Command.unpack(packed, TicketStatementQuery.class));
  }

  private static PollInfo answer(StartedQuery query, FlightInfo info) {
    if (query.await(WAIT)) {
      return complete(info);
    }
    FlightEndpoint endpoint = info.getEndpoints().get(0);
    return new PollInfo(
        info,
        FlightDescriptor.command(endpoint.getTicket().getBytes()),
        query.progress(),
        endpoint.getExpirationTime().orElse(null));
  }

  private static PollInfo complete(FlightInfo info) {
    return new PollInfo(info, null, 1.0, null);
  }
}
