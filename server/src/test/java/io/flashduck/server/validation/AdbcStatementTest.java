package io.flashduck.server.validation;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.util.Map;
import org.apache.arrow.adbc.driver.testsuite.AbstractStatementTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Statements, prepared ones, and bulk ingest. */
@Tag("adbc-validation")
@DriverGap(
    tests = "executeSchemaParams",
    says = "FOO: Null",
    because =
        "FlightSqlStatement.executeSchema gives the schema from when the statement was prepared; it"
            + " does not ask again once the type of the parameter is known")
class AdbcStatementTest extends AbstractStatementTest {
  @TempDir private static Path folder;
  private static FlightFixture flight;

  @BeforeAll
  static void serve() {
    flight = new FlightFixture(folder, Map.of());
    quirks = new FlashDuckQuirks(flight);
  }

  @AfterAll
  static void stop() {
    flight.close();
  }
}
