package io.flashduck.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import io.flashduck.server.engine.sql.SessionStatements;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.ActionType;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.RenewFlightEndpointRequest;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.SetSessionOptionsRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginTransactionRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCancelQueryRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionClosePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndTransactionRequest;

/**
 * Hands each action to its handler.
 *
 * <p>Threading: thread-safe.
 */
final class ActionDispatcher {
  private final PreparedHandler prepared;
  private final TransactionHandler transactions;
  private final CancelActions cancels;
  private final SessionActions sessions;
  private final OwnActions own;

  ActionDispatcher(
      PreparedHandler prepared,
      TransactionHandler transactions,
      CancelActions cancels,
      SessionActions sessions,
      OwnActions own) {
    this.prepared = prepared;
    this.transactions = transactions;
    this.cancels = cancels;
    this.sessions = sessions;
    this.own = own;
  }

  /** The actions that do something. */
  List<ActionType> types() {
    return Arrays.stream(FlightAction.values())
        .filter(FlightAction::offered)
        .map(FlightAction::type)
        .toList();
  }

  List<Result> act(Call call, Action action) {
    FlightAction known =
        FlightAction.named(action.getType())
            .orElseThrow(
                () ->
                    FlightErrors.unimplemented(
                        "The action " + action.getType() + " is not known to this server"));
    byte[] body = action.getBody();
    return switch (known) {
      case CREATE_PREPARED_STATEMENT ->
          packed(prepared.create(call, unpack(body, ActionCreatePreparedStatementRequest.class)));
      case CLOSE_PREPARED_STATEMENT -> {
        prepared.close(call, unpack(body, ActionClosePreparedStatementRequest.class));
        yield List.of();
      }
      case CREATE_PREPARED_SUBSTRAIT_PLAN -> throw FlightErrors.noSubstrait();
      case BEGIN_TRANSACTION -> {
        unpack(body, ActionBeginTransactionRequest.class);
        yield packed(transactions.begin(call));
      }
      case END_TRANSACTION -> {
        transactions.end(call, unpack(body, ActionEndTransactionRequest.class));
        yield List.of();
      }
      case BEGIN_SAVEPOINT, END_SAVEPOINT ->
          throw FlightErrors.unimplemented(SessionStatements.NO_SAVEPOINTS);
      case CANCEL_QUERY -> packed(cancels.cancelQuery(call, infoToCancel(body)));
      case CANCEL_FLIGHT_INFO ->
          plain(
              cancels
                  .cancelFlightInfo(
                      call, read(body, CancelFlightInfoRequest::deserialize).getInfo())
                  .serialize());
      case RENEW_FLIGHT_ENDPOINT ->
          plain(
              cancels
                  .renew(
                      call, read(body, RenewFlightEndpointRequest::deserialize).getFlightEndpoint())
                  .serialize());
      case SET_SESSION_OPTIONS ->
          plain(
              sessions
                  .set(call, read(body, SetSessionOptionsRequest::deserialize).getSessionOptions())
                  .serialize());
      case GET_SESSION_OPTIONS -> plain(sessions.get(call).serialize());
      case CLOSE_SESSION -> plain(sessions.close(call).serialize());
      case STATUS -> own.status(call);
      case VERIFY -> own.verify(call, body);
      case EXPORT -> own.export(call, body);
    };
  }

  @SuppressWarnings("deprecation") // older clients send it
  private static FlightInfo infoToCancel(byte[] body) {
    ActionCancelQueryRequest request = unpack(body, ActionCancelQueryRequest.class);
    return read(request.getInfo().toByteArray(), FlightInfo::deserialize);
  }

  private static <T extends Message> T unpack(byte[] body, Class<T> type) {
    return Command.unpack(Command.parse(body), type);
  }

  /** Arrow's own way to read one of its messages. */
  @FunctionalInterface
  private interface Deserializer<T> {
    T read(ByteBuffer bytes) throws IOException, URISyntaxException;
  }

  private static <T> T read(byte[] body, Deserializer<T> deserializer) {
    try {
      return deserializer.read(ByteBuffer.wrap(body));
    } catch (IOException
        | URISyntaxException
        | IllegalArgumentException
        | UnsupportedOperationException e) {
      throw FlightErrors.invalid("The body of the action is damaged: " + e.getMessage());
    }
  }

  private static List<Result> packed(Message message) {
    return List.of(new Result(Any.pack(message).toByteArray()));
  }

  private static List<Result> plain(ByteBuffer serialized) {
    byte[] bytes = new byte[serialized.remaining()];
    serialized.get(bytes);
    return List.of(new Result(bytes));
  }
}
