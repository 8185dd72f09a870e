package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the types says what the server does. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class TypesPageTest {
  private static final Path PAGE = Path.of("docs", "types.md");

  @TempDir private Path folder;

  @Test
  void typesPage_comparedWithARunningServer_isUpToDate() throws Exception {
    try (FlightFixture flight = new FlightFixture(folder, Map.of());
        FlightSqlClient client = new FlightSqlClient(flight.client())) {
      String page = new TypesPage(flight, client).markdown();
      if (Boolean.getBoolean("flashduck.docs.write")) {
        Files.writeString(PAGE, page);
      }
      assertThat(Files.readString(PAGE))
          .as(
              "server/docs/types.md is stale; regenerate it with ./mvnw -pl server -am test"
                  + " -Dtest=TypesPageTest -Dflashduck.docs.write=true")
          .isEqualTo(page);
      assertThat(page).doesNotContain("not exact");
    }
  }
}
