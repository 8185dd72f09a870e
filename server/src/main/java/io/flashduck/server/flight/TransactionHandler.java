package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.sql.SessionStatements;
import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlToken;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.StatementRunner.Outcome;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.Transaction;
import io.flashduck.server.table.WriteAck;
import io.flashduck.server.table.WriteOptions;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginTransactionResult;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndTransactionRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndTransactionRequest.EndTransaction;

/**
 * Begins and ends transactions: by the actions of Flight SQL, each with an id that statements name,
 * or by SQL text, where all statements of the session are in it.
 *
 * <p>Threading: thread-safe; a call stays on its thread.
 */
final class TransactionHandler {
  private final Database database;
  private final Sessions sessions;

  TransactionHandler(Database database, Sessions sessions) {
    this.database = database;
    this.sessions = sessions;
  }

  ActionBeginTransactionResult begin(Call call) {
    String id = sessions.begin(call, false, connection -> begun(call, connection, false));
    return ActionBeginTransactionResult.newBuilder()
        .setTransactionId(ByteString.copyFromUtf8(id))
        .build();
  }

  private Transaction begun(Call call, ClientConnection connection, boolean readOnly) {
    Transaction transaction = database.begin(connection);
    if (readOnly) {
      transaction.readOnly();
    }
    call.reportSequence(transaction.sequence());
    return transaction;
  }

  /**
   * Ends a transaction by its id. To roll back one that has failed is well: clients do so before
   * they begin the next one.
   */
  void end(Call call, ActionEndTransactionRequest request) {
    String id = request.getTransactionId().toStringUtf8();
    boolean commit = request.getAction() == EndTransaction.END_TRANSACTION_COMMIT;
    if (!commit && request.getAction() != EndTransaction.END_TRANSACTION_ROLLBACK) {
      throw FlightErrors.invalid("EndTransaction takes COMMIT or ROLLBACK");
    }
    if (commit || !sessions.transactions().hasFailed(id)) {
      Outcome ignored = ended(call, sessions.transactions().session(id, call), commit);
    }
  }

  /** BEGIN, COMMIT or ROLLBACK as text. */
  Outcome run(Call call, String sql, Place place) {
    if (!place.transaction().isEmpty()) {
      throw FlightErrors.invalid(
          "The statement is in a transaction that BeginTransaction began; EndTransaction ends it");
    }
    String statement = SessionStatements.transaction(sql);
    if (statement.startsWith("BEGIN")) {
      boolean readOnly = isReadOnly(sql);
      sessions.known(call).ifPresent(Session::refuseIfLost);
      String unused = sessions.begin(call, true, connection -> begun(call, connection, readOnly));
      return Outcome.local(0);
    }
    boolean commit = statement.equals("COMMIT");
    Optional<Session> session = sessions.known(call);
    Optional<FlashDuckException> lost = session.flatMap(Session::takeLost);
    if (lost.isPresent()) {
      sessions.forgetIfEmpty(call);
      if (commit) {
        throw lost.get();
      }
      return Outcome.local(0);
    }
    if (session.isEmpty() || !sessions.inTransaction(place)) {
      throw FlightErrors.invalid(
          "TransactionContext Error: cannot "
              + (commit ? "commit" : "rollback")
              + " - no transaction is active");
    }
    return ended(call, session.get(), commit);
  }

  private Outcome ended(Call call, Session session, boolean commit) {
    WriteOptions options = call.headers().writeOptions(AckLevel.APPLIED, 0);
    Function<Transaction, WriteAck> committing =
        transaction -> {
          if (transaction.changed()) {
            call.requireWriter("change tables");
          }
          return transaction.commit(options);
        };
    Function<Transaction, WriteAck> rollingBack =
        transaction -> {
          transaction.rollback();
          return new WriteAck(0, 0, options.ack(), false);
        };
    try {
      WriteAck ack = session.end(commit ? committing : rollingBack);
      if (ack.sequence() > 0) {
        call.reportSequence(ack.sequence());
      }
      return new Outcome(
          0, ack.sequence() > 0 ? Optional.of(ack) : Optional.empty(), Optional.empty());
    } finally {
      sessions.forgetIfEmpty(call);
    }
  }

  /** Snapshot isolation is what there is; it gives what the weaker levels promise, and more. */
  private static boolean isReadOnly(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    String text = String.join(" ", tokens.stream().map(SqlToken::keyword).toList());
    String rest = text.replaceFirst("^(BEGIN|START)( TRANSACTION| WORK)?", "").strip();
    return switch (rest) {
      case "",
          "READ WRITE",
          "ISOLATION LEVEL SNAPSHOT",
          "ISOLATION LEVEL REPEATABLE READ",
          "ISOLATION LEVEL READ COMMITTED",
          "ISOLATION LEVEL READ UNCOMMITTED" ->
          false;
      case "READ ONLY" -> true;
      case "ISOLATION LEVEL SERIALIZABLE" ->
          throw FlightErrors.unimplemented(
              "Transactions see a snapshot and the first committer wins; SERIALIZABLE is not"
                  + " offered");
      default ->
          throw FlightErrors.invalid(
              "Parser Error: syntax error at or near \""
                  + rest
                  + "\"; write BEGIN or BEGIN TRANSACTION");
    };
  }
}
