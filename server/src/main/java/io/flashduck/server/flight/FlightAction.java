package io.flashduck.server.flight;

import java.util.Arrays;
import java.util.Optional;
import org.apache.arrow.flight.ActionType;
import org.apache.arrow.flight.FlightConstants;
import org.apache.arrow.flight.sql.FlightSqlUtils;

/**
 * The actions of Flight, Flight SQL and FlashDuck. Those of Flight itself are plain protobuf
 * messages, those of Flight SQL are packed in an {@code Any}, FlashDuck's own are JSON.
 *
 * <p>Threading: immutable.
 */
enum FlightAction {
  CREATE_PREPARED_STATEMENT(FlightSqlUtils.FLIGHT_SQL_CREATE_PREPARED_STATEMENT, true),
  CLOSE_PREPARED_STATEMENT(FlightSqlUtils.FLIGHT_SQL_CLOSE_PREPARED_STATEMENT, true),
  CREATE_PREPARED_SUBSTRAIT_PLAN(FlightSqlUtils.FLIGHT_SQL_CREATE_PREPARED_SUBSTRAIT_PLAN, false),
  BEGIN_TRANSACTION(FlightSqlUtils.FLIGHT_SQL_BEGIN_TRANSACTION, true),
  END_TRANSACTION(FlightSqlUtils.FLIGHT_SQL_END_TRANSACTION, true),
  BEGIN_SAVEPOINT(FlightSqlUtils.FLIGHT_SQL_BEGIN_SAVEPOINT, false),
  END_SAVEPOINT(FlightSqlUtils.FLIGHT_SQL_END_SAVEPOINT, false),
  CANCEL_QUERY(FlightSqlUtils.FLIGHT_SQL_CANCEL_QUERY, true),
  CANCEL_FLIGHT_INFO(FlightConstants.CANCEL_FLIGHT_INFO, true),
  RENEW_FLIGHT_ENDPOINT(FlightConstants.RENEW_FLIGHT_ENDPOINT, true),
  SET_SESSION_OPTIONS(FlightConstants.SET_SESSION_OPTIONS, true),
  GET_SESSION_OPTIONS(FlightConstants.GET_SESSION_OPTIONS, true),
  CLOSE_SESSION(FlightConstants.CLOSE_SESSION, true),
  STATUS(new ActionType("flashduck.status", "The server's state, as JSON"), true),
  VERIFY(
      new ActionType("flashduck.verify", "Compares exported files with their tables, as JSON"),
      true),
  EXPORT(
      new ActionType("flashduck.export", "Waits until exported files are current, as JSON"), true);

  private final String name;
  private final String description;
  private final boolean offered;

  FlightAction(ActionType type, boolean offered) {
    this.name = type.getType();
    this.description = type.getDescription();
    this.offered = offered;
  }

  /** Name and description, for ListActions. */
  ActionType type() {
    return new ActionType(name, description);
  }

  /** Whether it does something; the others are refused with a reason. */
  boolean offered() {
    return offered;
  }

  static Optional<FlightAction> named(String name) {
    return Arrays.stream(values()).filter(a -> a.name.equals(name)).findFirst();
  }
}
