package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.proto.PutAck;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.PreparedHandles.Prepared;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.UpdateDescription;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionClosePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementResult;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.DoPutPreparedStatementResult;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Prepared statements. Preparing runs nothing; the handle carries the statement. Bound rows are
 * carried by a new handle that the bind returns, and kept under the old one as well, because not
 * every client reads the new one.
 *
 * <p>Threading: thread-safe; a call stays on its thread.
 */
final class PreparedHandler {
  private static final Schema NO_COLUMNS = new Schema(List.of());

  private final Sessions sessions;
  private final StatementHandler statements;
  private final StatementRunner runner;
  private final Handles handles;
  private final long maxChangeBytes;

  /**
   * How statements and bound rows are named.
   *
   * @param signed the handles that clients hold
   * @param tickets new ids
   * @param waiting rows of parameters
   */
  record Handles(PreparedHandles signed, Tickets tickets, WaitingRows waiting) {}

  PreparedHandler(
      Sessions sessions,
      StatementHandler statements,
      StatementRunner runner,
      Handles handles,
      long maxChangeBytes) {
    this.sessions = sessions;
    this.statements = statements;
    this.runner = runner;
    this.handles = handles;
    this.maxChangeBytes = maxChangeBytes;
  }

  /** What is told about a statement; an empty data schema means "update" to JDBC. */
  private record Description(Schema data, Schema parameters, int parameterCount) {}

  ActionCreatePreparedStatementResult create(
      Call call, ActionCreatePreparedStatementRequest request) {
    Place place = sessions.place(call, request.getTransactionId());
    List<String> script = StatementRunner.split(request.getQuery());
    for (String statement : script.subList(0, script.size() - 1)) {
      StatementRunner.kind(statement);
      if (Placeholders.count(statement) > 0) {
        throw FlightErrors.unimplemented("Only a single statement can have parameters");
      }
    }
    String sql = script.get(script.size() - 1);
    String id = handles.tickets().newQueryId();
    Description description;
    try {
      description = describe(sql, place, script.size() == 1);
    } catch (FlashDuckException e) {
      runner.begin(call, id, sql).end(e);
      throw e;
    }
    Prepared prepared =
        new Prepared(
            id,
            request.getQuery(),
            place.options(),
            place.transaction(),
            description.parameterCount(),
            Optional.empty());
    return ActionCreatePreparedStatementResult.newBuilder()
        .setPreparedStatementHandle(handles.signed().sign(prepared, call.principal().name()))
        .setDatasetSchema(message(description.data()))
        .setParameterSchema(message(description.parameters()))
        .build();
  }

  /** Frees bound rows; the handle itself holds nothing. */
  void close(Call call, ActionClosePreparedStatementRequest request) {
    Prepared prepared =
        handles.signed().open(request.getPreparedStatementHandle(), call.principal().name());
    handles.waiting().remove(prepared.id());
  }

  /** Keeps the rows that the next execution binds. */
  DoPutPreparedStatementResult bind(
      Call call, CommandPreparedStatementQuery command, PutReader reader) {
    Prepared prepared = open(call, command.getPreparedStatementHandle());
    ArrowRows rows = read(prepared, reader);
    handles.waiting().put(prepared.id(), rows);
    ByteString handle =
        handles.signed().sign(prepared.withBound(BoundRows.carried(rows)), call.principal().name());
    return DoPutPreparedStatementResult.newBuilder().setPreparedStatementHandle(handle).build();
  }

  FlightInfo plan(Call call, CommandPreparedStatementQuery command, FlightDescriptor descriptor) {
    Prepared prepared = open(call, command.getPreparedStatementHandle());
    List<String> script = StatementRunner.split(prepared.sql());
    int last = script.size() - 1;
    if (last > 0) {
      runner.runAll(call, script.subList(0, last), transaction(prepared));
    }
    Optional<ArrowRows> parameters =
        prepared.parameterCount() == 0 ? Optional.empty() : Optional.of(bound(prepared));
    return statements.plan(call, script.get(last), place(call, prepared), parameters, descriptor);
  }

  Schema schema(Call call, CommandPreparedStatementQuery command) {
    Prepared prepared = open(call, command.getPreparedStatementHandle());
    List<String> script = StatementRunner.split(prepared.sql());
    String sql = script.get(script.size() - 1);
    return statements.schema(sql, place(call, prepared), boundIfAny(prepared));
  }

  /** Runs an update once per bound row, as one change; its rows come with the call. */
  PutAck update(Call call, CommandPreparedStatementUpdate command, PutReader reader) {
    Prepared prepared = open(call, command.getPreparedStatementHandle());
    List<String> script = StatementRunner.split(prepared.sql());
    if (prepared.parameterCount() == 0) {
      // Not read: not every client ends its stream before it has the answer.
      return PutAcks.of(runner.runAll(call, script, transaction(prepared)));
    }
    ArrowRows rows =
        reader.hasSchema() && !reader.getVectorSchemaRoot().getSchema().getFields().isEmpty()
            ? read(prepared, reader)
            : bound(prepared);
    return PutAcks.of(runner.run(call, script.get(0), place(call, prepared), Optional.of(rows), 0));
  }

  private Description describe(String sql, Place place, boolean single) {
    StatementKind kind = StatementRunner.kind(sql);
    return switch (kind) {
      case QUERY -> {
        StatementDescription query = statements.describe(sql, place);
        Schema parameters = query.parameterSchema();
        yield new Description(query.resultSchema(), parameters, parameters.getFields().size());
      }
      case CHANGE -> single ? describeChange(sql, place) : noColumns(sql);
      case DEFINITION, SESSION, TRANSACTION -> noColumns(sql);
      case REFUSED -> throw new IllegalStateException("Refused before: " + kind);
    };
  }

  private Description describeChange(String sql, Place place) {
    if (runner.isTemporary(StatementParser.parse(sql), place)) {
      return describeTemporary(sql, place);
    }
    UpdateDescription change = statements.describeChange(sql, place);
    return new Description(
        change.returning().orElse(NO_COLUMNS),
        change.parameters(),
        change.parameters().getFields().size());
  }

  private Description describeTemporary(String sql, Place place) {
    if (Placeholders.count(sql) == 0) {
      return noColumns(sql);
    }
    try (SessionLease lease = sessions.lease(place)) {
      Schema parameters = lease.connection().describeTemporary(sql);
      return new Description(NO_COLUMNS, parameters, parameters.getFields().size());
    }
  }

  private static Description noColumns(String sql) {
    return new Description(NO_COLUMNS, NO_COLUMNS, Placeholders.count(sql));
  }

  private static ByteString transaction(Prepared prepared) {
    return ByteString.copyFromUtf8(prepared.transaction());
  }

  private Place place(Call call, Prepared prepared) {
    return sessions.place(call, transaction(prepared)).with(prepared.options());
  }

  private Prepared open(Call call, ByteString handle) {
    return handles.signed().open(handle, call.principal().name());
  }

  private ArrowRows read(Prepared prepared, PutReader reader) {
    ArrowRows rows = ArrowRows.readAll(reader, maxChangeBytes);
    int columns = reader.getVectorSchemaRoot().getSchema().getFields().size();
    if (columns != prepared.parameterCount()) {
      throw FlightErrors.invalid(
          "The statement has "
              + prepared.parameterCount()
              + " parameters, but rows of "
              + columns
              + " values were bound");
    }
    return rows;
  }

  private ArrowRows bound(Prepared prepared) {
    return boundIfAny(prepared)
        .orElseThrow(
            () ->
                new FlashDuckException(
                    ErrorCode.INVALID_REQUEST,
                    "The statement has "
                        + prepared.parameterCount()
                        + " parameters, but nothing was bound, or so long ago that it is gone;"
                        + " bind and execute again"));
  }

  private Optional<ArrowRows> boundIfAny(Prepared prepared) {
    return prepared.bound().map(statements::carried).or(() -> handles.waiting().get(prepared.id()));
  }

  /** An empty schema is no bytes at all: that is what says "update". */
  private static ByteString message(Schema schema) {
    return schema.getFields().isEmpty()
        ? ByteString.EMPTY
        : ByteString.copyFrom(WireSchemas.serialize(schema));
  }
}
