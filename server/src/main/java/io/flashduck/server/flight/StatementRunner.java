package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.engine.live.QueryLog;
import io.flashduck.server.engine.sql.SessionStatements;
import io.flashduck.server.engine.sql.SqlScript;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.engine.sql.TypesStatement;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.SqlResult;
import io.flashduck.server.table.SqlUpdate;
import io.flashduck.server.table.Transaction;
import io.flashduck.server.table.WriteAck;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Runs the statements that give no stream of rows: changes and definitions through the database,
 * settings and temporary tables on the session's connection. Queries among them are only checked:
 * without somebody to fetch their rows they have no effect.
 *
 * <p>Threading: thread-safe; a call stays on its thread.
 */
final class StatementRunner {
  private final Database database;
  private final Sessions sessions;
  private final TransactionHandler transactions;
  private final Supplier<String> newId;
  private final Planning planning;
  private final BufferAllocator allocator;

  /**
   * @param newId names statements in the log of queries
   */
  StatementRunner(
      Database database,
      Sessions sessions,
      TransactionHandler transactions,
      Supplier<String> newId,
      Planning planning,
      BufferAllocator allocator) {
    this.database = database;
    this.sessions = sessions;
    this.transactions = transactions;
    this.newId = newId;
    this.planning = planning;
    this.allocator = allocator;
  }

  /**
   * What a statement did.
   *
   * @param count the rows that it changed; -1 for a query
   * @param ack of the change, if it went through the write queue
   * @param returning the rows of RETURNING
   */
  record Outcome(long count, Optional<WriteAck> ack, Optional<ArrowRows> returning) {
    static final Outcome QUERY = new Outcome(-1, Optional.empty(), Optional.empty());

    static Outcome local(long count) {
      return new Outcome(count, Optional.empty(), Optional.empty());
    }
  }

  /** The statements of a script; at least one. */
  static List<String> split(String script) {
    List<String> statements = SqlScript.split(script);
    if (statements.isEmpty()) {
      throw FlightErrors.invalid("There is no statement in the text");
    }
    return statements;
  }

  /** The kind of one statement; throws the refusal of one that is not offered. */
  static StatementKind kind(String sql) {
    StatementKind kind = StatementKind.of(sql);
    if (kind == StatementKind.REFUSED) {
      throw SessionStatements.refusal(sql);
    }
    return kind;
  }

  /**
   * Runs the statements one after another; each commits by itself, if no transaction is open.
   *
   * @param transaction the id of the transaction that the call names; empty for none
   */
  Outcome runAll(Call call, List<String> statements, ByteString transaction) {
    Outcome last = Outcome.QUERY;
    long count = 0;
    boolean counted = false;
    for (int i = 0; i < statements.size(); i++) {
      try {
        last = run(call, statements.get(i), sessions.place(call, transaction), Optional.empty(), i);
      } catch (FlashDuckException e) {
        throw statements.size() == 1 ? e : numbered(e, i, statements.size());
      }
      if (last.count() >= 0) {
        count += last.count();
        counted = true;
      }
    }
    return new Outcome(counted ? count : -1, last.ack(), last.returning());
  }

  /**
   * Runs one statement.
   *
   * @param parameters one row per execution; empty: one execution without parameters
   * @param index the number of the change in this call, for the producer's position
   */
  Outcome run(Call call, String sql, Place place, Optional<ArrowRows> parameters, int index) {
    StatementKind kind = kind(sql);
    return switch (kind) {
      case QUERY -> {
        check(sql, place);
        yield Outcome.QUERY;
      }
      case SESSION -> set(call, sql, place);
      case CHANGE, DEFINITION ->
          logged(call, sql, () -> change(call, sql, place, parameters, index));
      case TRANSACTION -> logged(call, sql, () -> transactions.run(call, sql, place));
      case REFUSED -> throw new IllegalStateException("Refused before: " + kind);
    };
  }

  /** Whether a changing statement is about the session's own temporary tables. */
  boolean isTemporary(SqlStatement statement, Place place) {
    try (SessionLease lease = sessions.lease(place)) {
      return lease.connection().isTemporary(statement);
    }
  }

  /** Enters a statement into the log of queries. */
  QueryLog.Entry begin(Call call, String id, String sql) {
    QueryLog.Who who = new QueryLog.Who(id, call.principal().name(), call.session());
    return database.engine().queries().start(who, sql);
  }

  /** What watches the planning of statements. */
  Planning planning() {
    return planning;
  }

  private void check(String sql, Place place) {
    try (SessionLease lease = sessions.lease(place)) {
      long version = database.catalog().schemaVersion();
      StatementDescription unused =
          planning.watched(lease, () -> lease.connection().describe(lease.reading(sql), version));
    }
  }

  private Outcome set(Call call, String sql, Place place) {
    Optional<String> types = TypesStatement.value(sql);
    if (types.isPresent()) {
      sessions.setTypes(
          call, types.filter(t -> !t.isEmpty()).map(t -> TypeMode.named(t, "The setting types")));
      return Outcome.local(0);
    }
    boolean needsOwn = SessionStatements.setsVariable(sql);
    try (SessionLease lease = needsOwn ? sessions.leaseOwn(call, place) : sessions.lease(place)) {
      lease.connection().execute(sql, Parameters.NONE);
      if (place.transaction().isEmpty()) {
        sessions.keepOptions(call, lease.connection().options());
      }
      return Outcome.local(0);
    }
  }

  private Outcome logged(Call call, String sql, Supplier<Outcome> work) {
    QueryLog.Entry entry = begin(call, newId.get(), sql);
    try {
      Outcome outcome = work.get();
      entry.sent(Math.max(0, outcome.count()), 0);
      entry.end(null);
      return outcome;
    } catch (RuntimeException e) {
      entry.end(FlightErrors.unwrap(e));
      throw e;
    }
  }

  private Outcome change(
      Call call, String sql, Place place, Optional<ArrowRows> parameters, int index) {
    SqlStatement statement = StatementParser.parse(sql);
    if (isTemporary(statement, place)) {
      return changeTemporary(call, sql, place, parameters);
    }
    call.requireWriter("change tables");
    SqlUpdate update = place.update(sql, parameters);
    try (SessionLease lease = sessions.lease(place)) {
      lease.connection().checkChange(statement);
      if (lease.transaction().isPresent()) {
        Transaction transaction = lease.transaction().get();
        Transaction.Result result = planning.running(lease, () -> transaction.execute(update));
        return new Outcome(result.count(), Optional.empty(), result.returning());
      }
    }
    SqlResult result =
        Waiting.onStatement(
            database.execute(update, call.headers().writeOptions(AckLevel.APPLIED, index)));
    if (result.ack().sequence() > 0) {
      call.reportSequence(result.ack().sequence());
    }
    return new Outcome(result.count(), Optional.of(result.ack()), result.returning());
  }

  private Outcome changeTemporary(
      Call call, String sql, Place place, Optional<ArrowRows> parameters) {
    try (SessionLease lease = sessions.leaseOwn(call, place)) {
      String text = lease.transaction().map(t -> t.temporary(sql, place.searchPath())).orElse(sql);
      if (parameters.isEmpty()) {
        return planning.running(
            lease, () -> Outcome.local(lease.connection().execute(text, Parameters.NONE)));
      }
      StatementDescription description =
          lease.connection().describe(text, database.catalog().schemaVersion());
      long count = 0;
      for (Parameters values : BoundRows.values(parameters.get(), description, allocator)) {
        count += planning.running(lease, () -> lease.connection().execute(text, values));
      }
      return Outcome.local(count);
    }
  }

  private static FlashDuckException numbered(FlashDuckException e, int index, int count) {
    String done = index == 0 ? "nothing was run before it" : "those before it took effect";
    return new FlashDuckException(
        e.code(),
        "Statement " + (index + 1) + " of " + count + " (" + done + "): " + e.getMessage(),
        e);
  }
}
