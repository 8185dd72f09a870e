package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.access.SettableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.grpc.CredentialCallOption;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may call, with what, and what comes back. */
@SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
class AccessTest {
  private static final String ROWS = "SELECT 42 AS x";

  @TempDir private Path folder;
  private Path users = Path.of("");

  @SuppressWarnings("NullAway.Init") // before each test
  private FlightFixture flight;

  @BeforeEach
  void serve() throws IOException {
    users = Files.writeString(folder.resolve("users"), "ada:love:lace\nbob:builder:reader\n");
    Files.createDirectories(folder.resolve("data"));
    flight = open();
  }

  @AfterEach
  void stop() {
    flight.close();
  }

  private FlightFixture open() {
    return new FlightFixture(
        folder.resolve("data"), Map.of("access.password-file", users.toString()));
  }

  @Test
  void call_withoutCredentials_isUnauthenticated() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      assertStatus(() -> client.execute(ROWS), FlightStatusCode.UNAUTHENTICATED);
      assertStatus(
          () -> client.execute(ROWS, authorization("Basic " + base64("ada:wrong"))),
          FlightStatusCode.UNAUTHENTICATED);
      assertStatus(
          () -> client.execute(ROWS, authorization("Bearer nonsense")),
          FlightStatusCode.UNAUTHENTICATED);
      assertStatus(
          () -> client.execute(ROWS, authorization("Negotiate abc")),
          FlightStatusCode.UNAUTHENTICATED);
    }
  }

  @Test
  void call_withBasicPaddedOrNot_isAnsweredWithAToken() throws Exception {
    String unpadded = base64("ada:love:lace").replace("=", "");
    for (String credentials : List.of(base64("ada:love:lace"), unpadded)) {
      Seen seen = new Seen();
      try (FlightSqlClient client = new FlightSqlClient(flight.client(seen))) {
        client.execute(ROWS, authorization("Basic " + credentials));
        String bearer = seen.header("authorization").orElseThrow();
        assertThat(bearer).startsWith("Bearer ");
        assertThat(
                FlightFixture.rows(
                    client, client.execute(ROWS, authorization(bearer)), authorization(bearer)))
            .containsExactly(List.of("42"));
      }
    }
  }

  @Test
  void handshake_withBasicThenBearer_returnsTokenAndCookie() throws Exception {
    Seen seen = new Seen();
    try (FlightClient client = flight.client(seen)) {
      CredentialCallOption token = client.authenticateBasicToken("bob", "builder").orElseThrow();
      assertThat(seen.header("set-cookie").orElseThrow()).startsWith("flashduck_session=");
      client.handshake(token);
      assertThat(seen.header("authorization")).isPresent();
      assertThat(client.listFlights(Criteria.ALL, token)).isEmpty();
    }
  }

  @Test
  void token_afterARestart_isAccepted() throws Exception {
    CredentialCallOption token;
    try (FlightClient client = flight.client()) {
      token = client.authenticateBasicToken("bob", "builder").orElseThrow();
    }
    flight.close();
    flight = open();
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      assertThat(FlightFixture.rows(client, client.execute(ROWS, token), token)).hasSize(1);
    }
  }

  @Test
  void cookie_alone_isAnIdentityUntilItsSessionIsClosed() throws Exception {
    Seen seen = new Seen();
    try (FlightSqlClient client = new FlightSqlClient(flight.client(seen))) {
      client.execute(ROWS, authorization("Basic " + base64("bob:builder")));
      String cookie = seen.header("set-cookie").orElseThrow();
      CallOption withCookie = flight.headers("cookie", "other=1; " + cookie);
      assertThat(FlightFixture.rows(client, client.execute(ROWS, withCookie), withCookie))
          .hasSize(1);
      String value = cookie.substring(cookie.indexOf('=') + 1);
      CallOption quoted = flight.headers("cookie", "flashduck_session=\"" + value + "\"");
      assertThat(client.execute(ROWS, quoted)).isNotNull();
      assertStatus(
          () -> client.execute(ROWS, flight.headers("cookie", cookie + "x")),
          FlightStatusCode.UNAUTHENTICATED);
      client.closeSession(new CloseSessionRequest(), withCookie);
      assertThat(seen.header("set-cookie").orElseThrow()).contains("Max-Age=0");
      assertStatus(() -> client.execute(ROWS, withCookie), FlightStatusCode.UNAUTHENTICATED);
    }
  }

  private String newCookie(String credentials) throws Exception {
    Seen seen = new Seen();
    try (FlightClient client = flight.client(seen)) {
      assertThat(client.listFlights(Criteria.ALL, authorization("Basic " + base64(credentials))))
          .isEmpty();
    }
    String cookie = seen.header("set-cookie").orElseThrow();
    return cookie.substring(cookie.indexOf('=') + 1);
  }

  @Test
  void cookies_ofSeveralSessionsAndUsersInOneHeader_theFirstOfTheCallerCounts() throws Exception {
    String adas = "flashduck_session=" + newCookie("ada:love:lace");
    String other = "flashduck_session=" + newCookie("ada:love:lace");
    String bobs = "flashduck_session=" + newCookie("bob:builder");
    String basic = "Basic " + base64("ada:love:lace");
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      CallOption alone = flight.headers("cookie", adas);
      client.executeUpdate("CREATE TEMP TABLE mine AS SELECT 5 AS id", alone);
      for (String mixed :
          List.of(
              adas + "; " + other,
              "flashduck_session=forged; x=y; " + bobs + "; " + adas + "; " + other,
              bobs + ", flashduck_session=\"" + adas.substring(adas.indexOf('=') + 1) + "\"",
              "flashduck_session=; FLASHDUCK_SESSION; ;=; " + adas)) {
        CallOption call = flight.headers("cookie", mixed, "authorization", basic);
        assertThat(FlightFixture.rows(client, client.execute("FROM mine", call), call))
            .as(mixed)
            .containsExactly(List.of("5"));
      }
      CallOption first = flight.headers("cookie", other + "; " + adas, "authorization", basic);
      assertStatus(() -> client.execute("FROM mine", first), FlightStatusCode.NOT_FOUND);
      // Without other credentials the first genuine one says who calls.
      CallOption bob = flight.headers("cookie", bobs + "; " + adas);
      assertStatus(() -> client.execute("FROM mine", bob), FlightStatusCode.NOT_FOUND);
    }
  }

  @Test
  void token_thatExpiresDuringAStream_endsWithTheStream() throws Exception {
    flight.close();
    SettableClock clock = new SettableClock();
    flight =
        new FlightFixture(
            folder.resolve("data"),
            Map.of("access.password-file", users.toString(), "access.token-lifetime", "1h"),
            clock);
    try (FlightClient raw = flight.client();
        FlightSqlClient client = new FlightSqlClient(flight.client())) {
      CallOption token = raw.authenticateBasicToken("bob", "builder").orElseThrow();
      FlightInfo info = client.execute("SELECT i, repeat('x', 500) FROM range(50000) t(i)", token);
      try (FlightStream stream = client.getStream(info.getEndpoints().get(0).getTicket(), token)) {
        assertThat(stream.next()).isTrue();
        clock.advance(Duration.ofHours(2));
        long rows = stream.getRoot().getRowCount();
        while (stream.next()) {
          rows += stream.getRoot().getRowCount();
        }
        assertThat(rows).isEqualTo(50_000);
      }
      assertStatus(() -> client.execute(ROWS, token), FlightStatusCode.UNAUTHENTICATED);
      assertStatus(() -> FlightFixture.rows(client, info, token), FlightStatusCode.UNAUTHENTICATED);
    }
  }

  @Test
  void ticket_ofAnotherUser_isDenied() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      CallOption ada = authorization("Basic " + base64("ada:love:lace"));
      CallOption bob = authorization("Basic " + base64("bob:builder"));
      FlightInfo adas = client.execute(ROWS, ada);
      assertStatus(() -> FlightFixture.rows(client, adas, bob), FlightStatusCode.UNAUTHORIZED);
      assertThat(FlightFixture.rows(client, adas, ada)).hasSize(1);
    }
  }

  @Test
  void reader_thatWrites_isDenied() throws Exception {
    try (FlightSqlClient client = new FlightSqlClient(flight.client())) {
      CallOption bob = authorization("Basic " + base64("bob:builder"));
      assertThatThrownBy(() -> client.executeUpdate("CREATE TABLE t (x INTEGER)", bob))
          .hasStackTraceContaining("'bob' with the role reader may not change tables");
      assertThat(FlightFixture.rows(client, client.execute(ROWS, bob), bob)).hasSize(1);
    }
  }

  @Test
  void jdbc_userAndPassword_connects() throws SQLException {
    String url = flight.jdbcUrl();
    try (Connection connection = DriverManager.getConnection(url, "ada", "love:lace");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TEMP TABLE t AS SELECT 1 AS x");
      try (ResultSet rows = statement.executeQuery("SELECT x FROM t")) {
        assertThat(rows.next()).isTrue();
      }
    }
    assertThatThrownBy(() -> DriverManager.getConnection(url, "ada", "no"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("Wrong user or password");
  }

  @Test
  void jdbc_token_connects() throws Exception {
    Seen seen = new Seen();
    try (FlightClient client = flight.client(seen)) {
      client.authenticateBasicToken("ada", "love:lace");
    }
    String token = seen.header("authorization").orElseThrow().substring("Bearer ".length());
    try (Connection connection = DriverManager.getConnection(flight.jdbcUrl() + "&token=" + token);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(ROWS)) {
      assertThat(rows.next()).isTrue();
    }
  }

  private CallOption authorization(String value) {
    return flight.headers("authorization", value);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertStatus(ThrowingCallable call, FlightStatusCode code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FlightRuntimeException.class, e -> assertThat(e.status().code()).isEqualTo(code));
  }
}
