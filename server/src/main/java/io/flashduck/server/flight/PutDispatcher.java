package io.flashduck.server.flight;

import com.google.protobuf.Any;
import java.time.Duration;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightProducer.StreamListener;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Hands each DoPut to the handler of its command or path.
 *
 * <p>Threading: thread-safe; a call stays on its thread.
 */
final class PutDispatcher {
  private final UpdateHandler updates;
  private final PreparedHandler prepared;
  private final IngestHandler ingests;
  private final PathPutHandler paths;
  private final BufferAllocator allocator;
  private final Stalls stalls;

  /**
   * How clients that do not go on are noticed.
   *
   * @param watchdog borrowed
   * @param limit how long a client may take for the next message
   */
  record Stalls(Watchdog watchdog, Duration limit) {}

  PutDispatcher(
      UpdateHandler updates,
      PreparedHandler prepared,
      IngestHandler ingests,
      PathPutHandler paths,
      BufferAllocator allocator,
      Stalls stalls) {
    this.updates = updates;
    this.prepared = prepared;
    this.ingests = ingests;
    this.paths = paths;
    this.allocator = allocator;
    this.stalls = stalls;
  }

  /** Serves one DoPut to its end; Arrow completes the call afterwards. */
  void put(Call call, FlightStream stream, StreamListener<PutResult> listener) {
    try (PutGuard guard = PutGuard.watch(stalls.watchdog(), call::isCancelled)) {
      FlightDescriptor descriptor = guard.waiting(stream::getDescriptor, stalls.limit());
      if (descriptor.isCommand()) {
        Any packed = Command.parse(descriptor.getCommand());
        try (PutReader reader = new PutReader(stream, allocator, guard, stalls.limit())) {
          command(call, packed, reader, listener);
        }
      } else {
        paths.put(call, descriptor.getPath(), stream, guard, listener);
      }
    }
  }

  private void command(
      Call call, Any packed, PutReader reader, StreamListener<PutResult> listener) {
    Command command = Command.of(packed);
    switch (command) {
      case STATEMENT_UPDATE ->
          PutAcks.send(
              listener,
              allocator,
              updates.update(call, Command.unpack(packed, CommandStatementUpdate.class)));
      case PREPARED_UPDATE ->
          PutAcks.send(
              listener,
              allocator,
              prepared.update(
                  call, Command.unpack(packed, CommandPreparedStatementUpdate.class), reader));
      case PREPARED_QUERY ->
          PutAcks.send(
              listener,
              allocator,
              prepared.bind(
                  call, Command.unpack(packed, CommandPreparedStatementQuery.class), reader));
      case STATEMENT_INGEST ->
          PutAcks.send(
              listener,
              allocator,
              PutAcks.of(
                  ingests.ingest(
                      call, Command.unpack(packed, CommandStatementIngest.class), reader)));
      case STATEMENT_SUBSTRAIT_PLAN -> throw FlightErrors.noSubstrait();
      case STATEMENT_QUERY,
          TICKET_STATEMENT,
          GET_CATALOGS,
          GET_DB_SCHEMAS,
          GET_TABLES,
          GET_TABLE_TYPES,
          GET_SQL_INFO,
          GET_XDBC_TYPE_INFO,
          GET_PRIMARY_KEYS,
          GET_EXPORTED_KEYS,
          GET_IMPORTED_KEYS,
          GET_CROSS_REFERENCE ->
          throw FlightErrors.wrongCall(command, "DoPut");
    }
  }
}
