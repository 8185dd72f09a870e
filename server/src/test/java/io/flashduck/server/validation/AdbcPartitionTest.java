package io.flashduck.server.validation;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.util.Map;
import org.apache.arrow.adbc.driver.testsuite.AbstractPartitionDescriptorTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Results that another connection reads. */
@Tag("adbc-validation")
class AdbcPartitionTest extends AbstractPartitionDescriptorTest {
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
