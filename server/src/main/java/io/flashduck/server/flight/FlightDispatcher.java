package io.flashduck.server.flight;

import com.google.protobuf.Any;
import java.util.List;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.ActionType;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.SchemaResult;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Arrow's entry point: hands each call to the handler of its command, and failures to {@link
 * FlightErrors}. Nothing else happens here.
 *
 * <p>Threading: thread-safe; calls come on threads {@code flashduck-flight-N} and may wait there,
 * except that results are sent by {@link ResultStreamer}.
 */
final class FlightDispatcher implements FlightProducer {
  private final CallGate gate;
  private final StatementHandler statements;
  private final PollHandler polls;
  private final PreparedHandler prepared;
  private final MetadataHandler metadata;
  private final PutDispatcher puts;
  private final ActionDispatcher actions;

  FlightDispatcher(
      CallGate gate,
      StatementHandler statements,
      PollHandler polls,
      PreparedHandler prepared,
      MetadataHandler metadata,
      PutDispatcher puts,
      ActionDispatcher actions) {
    this.gate = gate;
    this.statements = statements;
    this.polls = polls;
    this.prepared = prepared;
    this.metadata = metadata;
    this.puts = puts;
    this.actions = actions;
  }

  @Override
  public FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
    return gate.call(context, call -> info(call, descriptor));
  }

  @Override
  public PollInfo pollFlightInfo(CallContext context, FlightDescriptor descriptor) {
    return gate.call(
        context,
        call ->
            PollHandler.isPoll(descriptor)
                ? polls.again(call, descriptor)
                : polls.first(call, info(call, descriptor)));
  }

  @Override
  public SchemaResult getSchema(CallContext context, FlightDescriptor descriptor) {
    return gate.call(context, call -> new SchemaResult(schema(call, descriptor)));
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    gate.stream(context, listener, call -> rows(call, ticket));
  }

  @Override
  public Runnable acceptPut(
      CallContext context, FlightStream stream, StreamListener<PutResult> listener) {
    return () ->
        gate.call(
            context,
            call -> {
              puts.put(call, stream, listener);
              return true;
            });
  }

  @Override
  public void doAction(CallContext context, Action action, StreamListener<Result> listener) {
    gate.listen(context, listener, call -> actions.act(call, action));
  }

  @Override
  public void listActions(CallContext context, StreamListener<ActionType> listener) {
    gate.listen(context, listener, call -> actions.types());
  }

  @Override
  public void listFlights(
      CallContext context, Criteria criteria, StreamListener<FlightInfo> listener) {
    gate.listen(context, listener, call -> statements.flights(call));
  }

  private FlightInfo info(Call call, FlightDescriptor descriptor) {
    if (!descriptor.isCommand()) {
      return statements.planPath(call, descriptor);
    }
    Any packed = Command.parse(descriptor.getCommand());
    Command command = Command.of(packed);
    return switch (command) {
      case STATEMENT_QUERY ->
          statements.plan(call, Command.unpack(packed, CommandStatementQuery.class), descriptor);
      case PREPARED_QUERY ->
          prepared.plan(
              call, Command.unpack(packed, CommandPreparedStatementQuery.class), descriptor);
      case GET_CATALOGS,
          GET_DB_SCHEMAS,
          GET_TABLES,
          GET_TABLE_TYPES,
          GET_SQL_INFO,
          GET_XDBC_TYPE_INFO,
          GET_PRIMARY_KEYS,
          GET_EXPORTED_KEYS,
          GET_IMPORTED_KEYS,
          GET_CROSS_REFERENCE ->
          metadataInfo(metadata.schema(command, packed), descriptor);
      case STATEMENT_SUBSTRAIT_PLAN -> throw FlightErrors.noSubstrait();
      case STATEMENT_UPDATE, STATEMENT_INGEST, PREPARED_UPDATE, TICKET_STATEMENT ->
          throw FlightErrors.wrongCall(command, "GetFlightInfo");
    };
  }

  /**
   * The ticket of a metadata command is the command. The endpoint has no location, which every
   * client takes as "where you got this from"; ADBC Java refuses the newer way to say so.
   */
  private static FlightInfo metadataInfo(Schema schema, FlightDescriptor descriptor) {
    FlightEndpoint here = new FlightEndpoint(new Ticket(descriptor.getCommand()));
    return new FlightInfo(schema, descriptor, List.of(here), -1, -1);
  }

  private Schema schema(Call call, FlightDescriptor descriptor) {
    if (!descriptor.isCommand()) {
      return statements.schemaOfPath(call, descriptor);
    }
    Any packed = Command.parse(descriptor.getCommand());
    Command command = Command.of(packed);
    return switch (command) {
      case STATEMENT_QUERY ->
          statements.schema(call, Command.unpack(packed, CommandStatementQuery.class));
      case PREPARED_QUERY ->
          prepared.schema(call, Command.unpack(packed, CommandPreparedStatementQuery.class));
      case GET_CATALOGS,
          GET_DB_SCHEMAS,
          GET_TABLES,
          GET_TABLE_TYPES,
          GET_SQL_INFO,
          GET_XDBC_TYPE_INFO,
          GET_PRIMARY_KEYS,
          GET_EXPORTED_KEYS,
          GET_IMPORTED_KEYS,
          GET_CROSS_REFERENCE ->
          metadata.schema(command, packed);
      case STATEMENT_SUBSTRAIT_PLAN -> throw FlightErrors.noSubstrait();
      case STATEMENT_UPDATE, STATEMENT_INGEST, PREPARED_UPDATE, TICKET_STATEMENT ->
          throw FlightErrors.wrongCall(command, "GetSchema");
    };
  }

  private IdentifiedRows rows(Call call, Ticket ticket) {
    Any packed = Command.parse(ticket.getBytes());
    Command command = Command.of(packed);
    return switch (command) {
      case TICKET_STATEMENT -> polls.rows(call, Command.unpack(packed, TicketStatementQuery.class));
      case GET_CATALOGS,
          GET_DB_SCHEMAS,
          GET_TABLES,
          GET_TABLE_TYPES,
          GET_SQL_INFO,
          GET_XDBC_TYPE_INFO,
          GET_PRIMARY_KEYS,
          GET_EXPORTED_KEYS,
          GET_IMPORTED_KEYS,
          GET_CROSS_REFERENCE ->
          statements.identified(call, metadata.rows(command, packed, statements.types(call)));
      case STATEMENT_SUBSTRAIT_PLAN -> throw FlightErrors.noSubstrait();
      case STATEMENT_QUERY, STATEMENT_UPDATE, STATEMENT_INGEST, PREPARED_QUERY, PREPARED_UPDATE ->
          throw FlightErrors.wrongCall(command, "DoGet");
    };
  }
}
