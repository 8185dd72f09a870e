package io.flashduck.server.validation;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.util.Map;
import org.apache.arrow.adbc.driver.testsuite.AbstractTransactionTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Transactions. */
@Tag("adbc-validation")
@DriverGap(
    tests = {
      "autoCommitByDefault",
      "toggleAutoCommit",
      "rollback",
      "commit",
      "enableAutoCommitAlsoCommits"
    },
    says = "[Flight SQL] Transaction methods are not supported",
    because = "FlightSqlConnection throws in commit, rollback and setAutoCommit(false)")
class AdbcTransactionTest extends AbstractTransactionTest {
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
