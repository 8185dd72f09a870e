package io.flashduck.server.flight;

import com.google.protobuf.Any;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Instant;
import org.apache.arrow.flight.CancelFlightInfoResult;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCancelQueryResult;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;

/**
 * Cancels and renews what was planned. The ticket names the query and is signed for its user, so
 * nobody cancels another one's.
 *
 * <p>Threading: thread-safe.
 */
final class CancelActions {
  private final Tickets tickets;
  private final ResultStreamer streamer;
  private final StartedQueries started;

  CancelActions(Tickets tickets, ResultStreamer streamer, StartedQueries started) {
    this.tickets = tickets;
    this.streamer = streamer;
    this.started = started;
  }

  CancelFlightInfoResult cancelFlightInfo(Call call, FlightInfo info) {
    return new CancelFlightInfoResult(
        cancel(call, info) ? CancelStatus.CANCELLED : CancelStatus.NOT_CANCELLABLE);
  }

  /** The older form of the same, which older clients send. */
  @SuppressWarnings("deprecation")
  ActionCancelQueryResult cancelQuery(Call call, FlightInfo info) {
    return ActionCancelQueryResult.newBuilder()
        .setResult(
            cancel(call, info)
                ? ActionCancelQueryResult.CancelResult.CANCEL_RESULT_CANCELLED
                : ActionCancelQueryResult.CancelResult.CANCEL_RESULT_NOT_CANCELLABLE)
        .build();
  }

  /** The endpoint with a ticket that is valid for the full time again. */
  FlightEndpoint renew(Call call, FlightEndpoint endpoint) {
    Any packed = Command.parse(endpoint.getTicket().getBytes());
    if (Command.of(packed) != Command.TICKET_STATEMENT) {
      return endpoint; // metadata does not end
    }
    String owner = call.principal().name();
    Tickets.Planned planned =
        tickets.open(Command.unpack(packed, TicketStatementQuery.class), owner);
    Instant expires = tickets.expiry();
    Ticket renewed = tickets.sign(planned, owner, expires);
    return new FlightEndpoint(renewed, expires);
  }

  private boolean cancel(Call call, FlightInfo info) {
    boolean any = false;
    for (FlightEndpoint endpoint : info.getEndpoints()) {
      Any packed = Command.parse(endpoint.getTicket().getBytes());
      if (Command.of(packed) == Command.TICKET_STATEMENT) {
        Tickets.Planned planned =
            tickets.open(
                Command.unpack(packed, TicketStatementQuery.class), call.principal().name());
        FlashDuckException reason =
            new FlashDuckException(ErrorCode.CANCELLED, "The query was cancelled");
        any |= started.cancel(planned.queryId(), reason);
        any |= streamer.cancel(planned.queryId(), reason);
      }
    }
    return any;
  }
}
