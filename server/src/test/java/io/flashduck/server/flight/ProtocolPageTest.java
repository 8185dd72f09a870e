package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the protocol says what the server does. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class ProtocolPageTest {
  private static final Path PAGE = Path.of("docs", "flight-sql.md");

  @TempDir private Path folder;

  @Test
  void protocolPage_comparedWithARunningServer_isUpToDate() throws Exception {
    try (FlightFixture flight = new FlightFixture(folder, Map.of());
        FlightClient client = flight.client()) {
      String page = new ProtocolPage(client, flight.allocator()).markdown();
      if (Boolean.getBoolean("flashduck.docs.write")) {
        Files.writeString(PAGE, page);
      }
      assertThat(Files.readString(PAGE))
          .as(
              "server/docs/flight-sql.md is stale; regenerate it with ./mvnw -pl server -am test"
                  + " -Dtest=ProtocolPageTest -Dflashduck.docs.write=true")
          .isEqualTo(page);
      assertThat(page).doesNotContain("(not described)").doesNotContain("not known to this server");
    }
  }

  @Test
  void actions_ofTheSpecification_areAllKnown() {
    List<String> known =
        Arrays.stream(FlightAction.values()).map(action -> action.type().getType()).toList();
    List<String> specified =
        FlightSql.getDescriptor().getMessageTypes().stream()
            .map(type -> type.getName())
            .filter(name -> name.startsWith("Action") && name.endsWith("Request"))
            .map(name -> name.substring("Action".length(), name.length() - "Request".length()))
            .toList();
    assertThat(known).containsAll(specified);
  }
}
