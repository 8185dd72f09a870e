package io.flashduck.server.validation;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.util.Map;
import org.apache.arrow.adbc.core.AdbcStatement;
import org.apache.arrow.adbc.driver.testsuite.AbstractSqlTypeTest;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One table with a column of each type. */
@Tag("adbc-validation")
@SuppressWarnings("try") // ADBC says that closing can be interrupted
@DriverGap(
    tests = {
      "bigintType",
      "blobType",
      "booleanType",
      "dateType",
      "intType",
      "smallintType",
      "textType",
      "timeWithoutTimeZoneType",
      "timestampWithoutTimeZoneType",
      "timestampWithTimeZoneType"
    },
    says = "Connection does not support getTableSchema(String, String, String)",
    because = "FlightSqlConnection leaves the method as AdbcConnection has it")
@DriverGap(
    tests = "timestampWithoutTimeZoneValue",
    says = "but was: 2000-01-02T03:04:05.123 (java.time.LocalDateTime)",
    because =
        "the suite expects a number from a vector of timestamps without a zone, whose getObject"
            + " gives a LocalDateTime: the right one")
class AdbcSqlTypeTest extends AbstractSqlTypeTest {
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

  /** What the tests of types ask of getTableSchema, which the driver does not have. */
  @Test
  void executeSchema_everyColumn_hasItsType() throws Exception {
    try (AdbcStatement select = connection.createStatement()) {
      select.setSqlQuery("SELECT * FROM adbc_alltypes");
      assertThat(select.executeSchema().getFields())
          .extracting(Field::getType)
          .containsExactly(
              new ArrowType.Int(64, true),
              new ArrowType.Binary(),
              new ArrowType.Bool(),
              new ArrowType.Date(DateUnit.DAY),
              new ArrowType.Int(32, true),
              new ArrowType.Int(16, true),
              new ArrowType.Utf8(),
              quirks.defaultTimeType(),
              new ArrowType.Timestamp(quirks.defaultTimestampUnit(), null),
              new ArrowType.Timestamp(quirks.defaultTimestampUnit(), "UTC"));
    }
  }
}
