package io.flashduck.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetCatalogs;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetCrossReference;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetDbSchemas;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetExportedKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetImportedKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetPrimaryKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetSqlInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetTableTypes;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetTables;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetXdbcTypeInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementSubstraitPlan;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;

/**
 * The commands of the Flight SQL specification, as they come packed in descriptors and tickets.
 *
 * <p>Threading: immutable.
 */
enum Command {
  STATEMENT_QUERY(CommandStatementQuery.getDescriptor()),
  STATEMENT_UPDATE(CommandStatementUpdate.getDescriptor()),
  STATEMENT_INGEST(CommandStatementIngest.getDescriptor()),
  STATEMENT_SUBSTRAIT_PLAN(CommandStatementSubstraitPlan.getDescriptor()),
  PREPARED_QUERY(CommandPreparedStatementQuery.getDescriptor()),
  PREPARED_UPDATE(CommandPreparedStatementUpdate.getDescriptor()),
  TICKET_STATEMENT(TicketStatementQuery.getDescriptor()),
  GET_CATALOGS(CommandGetCatalogs.getDescriptor()),
  GET_DB_SCHEMAS(CommandGetDbSchemas.getDescriptor()),
  GET_TABLES(CommandGetTables.getDescriptor()),
  GET_TABLE_TYPES(CommandGetTableTypes.getDescriptor()),
  GET_SQL_INFO(CommandGetSqlInfo.getDescriptor()),
  GET_XDBC_TYPE_INFO(CommandGetXdbcTypeInfo.getDescriptor()),
  GET_PRIMARY_KEYS(CommandGetPrimaryKeys.getDescriptor()),
  GET_EXPORTED_KEYS(CommandGetExportedKeys.getDescriptor()),
  GET_IMPORTED_KEYS(CommandGetImportedKeys.getDescriptor()),
  GET_CROSS_REFERENCE(CommandGetCrossReference.getDescriptor());

  private static final Map<String, Command> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toMap(c -> c.fullName, Function.identity()));

  private final String fullName;

  Command(Descriptor descriptor) {
    this.fullName = descriptor.getFullName();
  }

  /** The name of the message in the specification. */
  String messageName() {
    return fullName.substring(fullName.lastIndexOf('.') + 1);
  }

  /** Reads the envelope; INVALID_REQUEST if it is none. */
  static Any parse(byte[] bytes) {
    try {
      Any any = Any.parseFrom(bytes);
      if (!any.getTypeUrl().isEmpty()) {
        return any;
      }
    } catch (InvalidProtocolBufferException e) {
      throw notFlightSql();
    }
    throw notFlightSql();
  }

  /** Which command the envelope holds; UNIMPLEMENTED for one that is not in the specification. */
  static Command of(Any any) {
    String url = any.getTypeUrl();
    Command command = BY_NAME.get(url.substring(url.lastIndexOf('/') + 1));
    if (command == null) {
      throw FlightErrors.unimplemented("The command " + url + " is not known to this server");
    }
    return command;
  }

  /** Unpacks the command; INVALID_REQUEST if its bytes are damaged. */
  static <T extends Message> T unpack(Any any, Class<T> type) {
    try {
      return any.unpack(type);
    } catch (InvalidProtocolBufferException e) {
      throw FlightErrors.invalid("The " + type.getSimpleName() + " is damaged: " + e.getMessage());
    }
  }

  private static RuntimeException notFlightSql() {
    return FlightErrors.invalid(
        "The descriptor or ticket is not a Flight SQL command; send one, or a path");
  }
}
