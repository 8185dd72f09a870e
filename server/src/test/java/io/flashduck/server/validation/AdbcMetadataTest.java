package io.flashduck.server.validation;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.util.Map;
import org.apache.arrow.adbc.driver.testsuite.AbstractConnectionMetadataTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** What a connection tells of the server and its tables. */
@Tag("adbc-validation")
@DriverGap(
    tests = "getTableTypes",
    says = "Connection does not support getTableTypes()",
    because = "FlightSqlConnection leaves the method as AdbcConnection has it")
@DriverGap(
    tests = {"getTableSchema", "getTableSchemaDoesNotExist"},
    says = "Connection does not support getTableSchema(String, String, String)",
    because = "FlightSqlConnection leaves the method as AdbcConnection has it")
@DriverGap(
    tests = "getObjectsConstraints",
    says = "because \"this.actual\" is null",
    because = "GetObjectsMetadataReaders asks for no keys and writes no table_constraints")
class AdbcMetadataTest extends AbstractConnectionMetadataTest {
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
