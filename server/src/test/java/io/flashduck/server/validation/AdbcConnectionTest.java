package io.flashduck.server.validation;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.util.Map;
import org.apache.arrow.adbc.driver.testsuite.AbstractConnectionTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Connections. */
@Tag("adbc-validation")
@DriverGap(
    tests = "currentCatalog",
    says = "Connection does not support current catalog",
    because =
        "FlightSqlConnection leaves the methods for catalog and schema as AdbcConnection has them")
class AdbcConnectionTest extends AbstractConnectionTest {
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
