package io.flashduck.server.validation;

import io.flashduck.server.flight.FlightFixture;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.arrow.adbc.core.AdbcDatabase;
import org.apache.arrow.adbc.core.AdbcDriver;
import org.apache.arrow.adbc.core.AdbcException;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlConnectionProperties;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlDriver;
import org.apache.arrow.adbc.driver.testsuite.SqlValidationQuirks;
import org.apache.arrow.adbc.sql.SqlQuirks;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/** What the suites must know of FlashDuck. */
final class FlashDuckQuirks extends SqlValidationQuirks {
  private final FlightFixture flight;

  FlashDuckQuirks(FlightFixture flight) {
    this.flight = flight;
  }

  @Override
  public AdbcDatabase initDatabase(BufferAllocator allocator) throws AdbcException {
    Map<String, Object> parameters = new HashMap<>();
    AdbcDriver.PARAM_URI.set(parameters, flight.server().uri());
    parameters.put(
        FlightSqlDriver.PARAM_SQL_QUIRKS,
        SqlQuirks.builder().arrowToSqlTypeNameMapping(FlashDuckQuirks::typeName).build());
    FlightSqlConnectionProperties.WITH_COOKIE_MIDDLEWARE.set(parameters, true);
    return new FlightSqlDriver(allocator).open(parameters);
  }

  /** For the driver's CREATE TABLE; its own names make every integer an INT. */
  private static @Nullable String typeName(ArrowType type) {
    if (type instanceof ArrowType.Int integer) {
      return integer.getBitWidth() == 64 ? "BIGINT" : "INTEGER";
    }
    return type instanceof ArrowType.Utf8 ? "VARCHAR" : null;
  }

  @Override
  public void cleanupTable(String name) {
    flight.sql("DROP TABLE IF EXISTS " + name);
  }

  @Override
  public String defaultCatalog() {
    return "flashduck_db";
  }

  @Override
  public String defaultDbSchema() {
    return "main";
  }

  @Override
  public boolean supportsCurrentCatalog() {
    return true;
  }

  /** Names are kept as written and found in any case; the suites' queries write them large. */
  @Override
  public String caseFoldColumnName(String name) {
    return name.toUpperCase(Locale.ROOT);
  }

  /** A key is declared when a table is made. */
  @Override
  public String generateAddPrimaryKeyQuery(
      String constraintName, String table, List<String> columns) {
    return "DROP TABLE "
        + table
        + "; CREATE TABLE "
        + table
        + " ("
        + String.join(" INTEGER, ", columns)
        + " INTEGER, PRIMARY KEY ("
        + String.join(", ", columns)
        + "))";
  }

  /** There are no references between tables. */
  @Override
  public String generateAddForeignKeyQuery(
      String constraintName,
      String table,
      String column,
      String referenceTable,
      String referenceColumn) {
    return "ALTER TABLE " + table + " ALTER COLUMN " + column + " SET NOT NULL";
  }

  @Override
  public TimeUnit defaultTimeUnit() {
    return TimeUnit.MICROSECOND;
  }

  @Override
  public TimeUnit defaultTimestampUnit() {
    return TimeUnit.MICROSECOND;
  }
}
