package io.flashduck.server.flight;

import io.flashduck.proto.PutAck;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;

/**
 * CommandStatementUpdate: one statement or a script. The stream is not read: Go sends no schema and
 * Java does not end its stream before it has the answer.
 *
 * <p>Threading: thread-safe; a call stays on its thread.
 */
final class UpdateHandler {
  private final StatementRunner runner;

  UpdateHandler(StatementRunner runner) {
    this.runner = runner;
  }

  PutAck update(Call call, CommandStatementUpdate command) {
    return PutAcks.of(
        runner.runAll(call, StatementRunner.split(command.getQuery()), command.getTransactionId()));
  }
}
