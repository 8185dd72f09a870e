package io.flashduck.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.cli.CliRun;
import io.flashduck.server.cli.StartProgress;
import io.flashduck.server.config.ServerConfig;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.driver.jdbc.ArrowFlightJdbcDriver;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightClientMiddleware;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code flashduck doctor} says of servers in every state that clients stumble over. */
@Timeout(90)
final class DoctorEndToEndTest {
  @TempDir private static Path folder;
  private static FlashDuckServer plain;
  private static FlashDuckServer secure;
  private static FlashDuckServer stale;
  private static TestCertificate identity;
  private static TestCertificate old;
  private static Path password;

  @BeforeAll
  static void start() throws IOException {
    Path users = Files.writeString(folder.resolve("users"), "ada:love:lace\n");
    password = Files.writeString(folder.resolve("password"), "love:lace\n");
    identity = TestCertificate.in(folder, "good");
    Instant yesterday = Instant.now().minus(1, ChronoUnit.DAYS);
    old = TestCertificate.in(folder, "old", "elsewhere.example", yesterday);
    plain = serve("plain", Map.of());
    secure = serve("secure", encrypted(identity, users));
    stale = serve("stale", encrypted(old, users));
  }

  private static Map<String, String> encrypted(TestCertificate certificate, Path users) {
    return Map.of(
        "network.tls-cert", certificate.certificate().toString(),
        "network.tls-key", certificate.key().toString(),
        "access.password-file", users.toString());
  }

  private static FlashDuckServer serve(String name, Map<String, String> more) throws IOException {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("data.dir", Files.createDirectories(folder.resolve(name)).toString());
    settings.put("network.port", "0");
    settings.put("network.http-port", "0");
    return FlashDuckServer.start(ServerConfig.of(settings), "test", StartProgress.NONE);
  }

  @AfterAll
  static void stop() {
    plain.close();
    secure.close();
    stale.close();
  }

  @Test
  void anonymousServer_everythingWorks_andTheUrlsAreItsOwn() {
    CliRun run = withDriver("--port", "" + plain.port());
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out())
        .contains(
            "ok       encryption    the port speaks gRPC without TLS",
            "runs SELECT 1 for anybody, without a login",
            "ok       JDBC          driver",
            "skipped  pyarrow",
            "jdbc:arrow-flight-sql://127.0.0.1:" + plain.port() + "?useEncryption=false\n",
            "pyarrow.flight.connect(\"grpc://127.0.0.1:" + plain.port() + "\")")
        .doesNotContain("wrong ");
  }

  @Test
  void tlsAndUsers_rightSettings_workAndNoSecretIsShown() {
    CliRun run = trusting("--user", "ada", "--password-file", password.toString());
    assertThat(run.exitCode()).as(run.out()).isZero();
    assertThat(run.out())
        .contains(
            "ok       certificate   trusted, valid until",
            "for user 'ada'",
            "skipped  JDBC",
            "?useEncryption=true&useSystemTrustStore=false&tlsRootCerts="
                + identity.certificate()
                + "&user=ada&password=PASSWORD",
            "AdbcDriver.PARAM_PASSWORD.set(options, \"PASSWORD\");",
            "client.authenticate_basic_token(\"ada\", \"PASSWORD\")")
        .doesNotContain("love:lace");
  }

  @Test
  void token_rightAndWrong_isTakenOrExplained() throws Exception {
    CliRun right = trusting("--token", token());
    assertThat(right.exitCode()).as(right.out()).isZero();
    assertThat(right.out()).contains("for the token", "&token=TOKEN", "\"Bearer TOKEN\"");
    CliRun wrong = trusting("--token", "nonsense");
    assertThat(wrong.exitCode()).as(wrong.out()).isEqualTo(4);
    assertThat(wrong.out()).contains("The token is not accepted.", "expired");
  }

  @Test
  void password_wrongOrMissing_isExplained() throws IOException {
    Path other = Files.writeString(folder.resolve("other"), "nope\n");
    CliRun wrong = trusting("--user", "ada", "--password-file", other.toString());
    assertThat(wrong.exitCode()).as(wrong.out()).isEqualTo(4);
    assertThat(wrong.out()).contains("The user 'ada' or the password is wrong.");
    CliRun missing = trusting();
    assertThat(missing.exitCode()).as(missing.out()).isEqualTo(4);
    assertThat(missing.out()).contains("The server wants to know who asks.", "--password-file");
  }

  @Test
  void tls_notAskedFor_isFoundAndUsedFurther() {
    CliRun run =
        doctor(
            "--host",
            "localhost",
            "--port",
            "" + secure.port(),
            "--ca-file",
            identity.certificate().toString(),
            "-u",
            "ada",
            "--password-file",
            password.toString());
    assertThat(run.exitCode()).as(run.out()).isEqualTo(3);
    assertThat(run.out())
        .contains("The server encrypts, but this client was told not to.", "Add --tls")
        .contains("for user 'ada'", "useEncryption=true");
  }

  @Test
  void tls_notOffered_isFoundAndLeftOutFurther() {
    CliRun run = doctor("--port", "" + plain.port(), "--tls");
    assertThat(run.exitCode()).as(run.out()).isEqualTo(3);
    assertThat(run.out())
        .contains("The server does not encrypt, but this client was told to.")
        .contains("without a login", "useEncryption=false");
  }

  @Test
  void certificate_unknown_isNotTrustedAndNoPasswordIsSent() {
    CliRun run = doctor("--url", url(secure), "-u", "ada", "--password-file", "" + password);
    assertThat(run.exitCode()).as(run.out()).isEqualTo(3);
    assertThat(run.out())
        .contains("not trusted: it is signed by itself.", "--ca-file", "SHA-256 fingerprint")
        .contains("no password goes to an unknown server");
    CliRun other = doctor("--url", url(secure), "--ca-file", old.certificate().toString());
    assertThat(other.exitCode()).as(other.out()).isEqualTo(3);
    assertThat(other.out()).contains(old.certificate() + " does not hold that one.");
    CliRun unreadable = doctor("--url", url(secure), "--ca-file", "" + password);
    assertThat(unreadable.out()).contains("cannot be read", "BEGIN CERTIFICATE");
  }

  @Test
  void certificate_expiredAndForAnotherHost_bothAreSaid() {
    CliRun run = doctor("--url", url(stale), "--ca-file", old.certificate().toString());
    assertThat(run.exitCode()).as(run.out()).isEqualTo(3);
    assertThat(run.out())
        .contains("The certificate expired at ")
        .contains("The certificate is for elsewhere.example, not for 'localhost'.")
        .doesNotContain("trusted");
  }

  @Test
  void port_closedOrForBrowsersOrSomethingElse_isTold() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    CliRun closed = doctor("--port", "" + free);
    assertThat(closed.exitCode()).as(closed.out()).isEqualTo(3);
    assertThat(closed.out()).contains("Nothing answers on 127.0.0.1:" + free, "refused");
    for (FlashDuckServer server : List.of(plain, secure)) {
      CliRun web = doctor("--port", "" + server.httpPort().orElseThrow());
      assertThat(web.exitCode()).as(web.out()).isEqualTo(3);
      assertThat(web.out()).contains("not gRPC: this is a port for browsers", "31337");
    }
    Thread greeter;
    try (ServerSocket other = new ServerSocket(0)) {
      greeter = new Thread(() -> greet(other), "greeter");
      greeter.start();
      CliRun unknown = doctor("--port", "" + other.getLocalPort());
      assertThat(unknown.exitCode()).as(unknown.out()).isEqualTo(3);
      assertThat(unknown.out()).contains("it speaks no gRPC");
    }
    greeter.join();
  }

  private static void greet(ServerSocket server) {
    try {
      while (true) {
        try (Socket socket = server.accept()) {
          socket.getOutputStream().write("SSH-2.0-x\r\n".getBytes(StandardCharsets.US_ASCII));
        }
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  @Test
  void host_unknown_isNamed() {
    CliRun run = doctor("--host", "no-such-host.invalid");
    assertThat(run.exitCode()).as(run.out()).isEqualTo(3);
    assertThat(run.out()).contains("No host is known by the name 'no-such-host.invalid'.");
  }

  @Test
  void jdbcUrl_withTraps_isReadAsTheDriverReadsIt() {
    CliRun encrypts = doctor("--url", "jdbc:arrow-flight-sql://127.0.0.1:" + plain.port());
    assertThat(encrypts.exitCode()).as(encrypts.out()).isEqualTo(3);
    assertThat(encrypts.out())
        .contains("It does not say useEncryption, which is true then", "?useEncryption=false");
    CliRun ignores =
        doctor(
            "--url",
            "jdbc:arrow-flight-sql://localhost:"
                + secure.port()
                + "?user=ada&password=love%3Alace&tlsRootCerts="
                + identity.certificate());
    assertThat(ignores.exitCode()).as(ignores.out()).isEqualTo(3);
    assertThat(ignores.out())
        .contains("the driver ignores them", "Add &useSystemTrustStore=false.")
        .doesNotContain("love");
    CliRun good =
        withDriver(
            "--url",
            "jdbc:arrow-flight-sql://localhost:"
                + secure.port()
                + "?user=ada&password=love%3Alace&useSystemTrustStore=false&tlsRootCerts="
                + identity.certificate());
    assertThat(good.exitCode()).as(good.out()).isZero();
    assertThat(good.out()).contains("for user 'ada'", "ok       JDBC").doesNotContain("love");
  }

  private static String url(FlashDuckServer server) {
    return "grpc+tls://localhost:" + server.port();
  }

  private static CliRun trusting(String... more) {
    List<String> all =
        new ArrayList<>(
            List.of("--url", url(secure), "--ca-file", identity.certificate().toString()));
    all.addAll(List.of(more));
    return doctor(all.toArray(String[]::new));
  }

  /** Also tries JDBC, which takes seconds: the driver is loaded anew, as a tool loads it. */
  private static CliRun withDriver(String... options) {
    List<String> all = new ArrayList<>(List.of("--jdbc-driver", driver()));
    all.addAll(List.of(options));
    return doctor(all.toArray(String[]::new));
  }

  private static CliRun doctor(String... options) {
    List<String> all = new ArrayList<>(List.of("doctor", "--python", "no-such-python"));
    all.addAll(List.of(options));
    return CliRun.with(
        Map.of("HOME", folder.toString()),
        "",
        (config, progress) -> {
          throw new AssertionError("no server is started in this test");
        },
        all.toArray(String[]::new));
  }

  private static String driver() {
    try {
      return Path.of(
              ArrowFlightJdbcDriver.class
                  .getProtectionDomain()
                  .getCodeSource()
                  .getLocation()
                  .toURI())
          .toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
  private static String token() throws Exception {
    List<String> seen = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator();
        var trusted = Files.newInputStream(identity.certificate());
        FlightClient client =
            FlightClient.builder(allocator, Location.forGrpcTls("localhost", secure.port()))
                .trustedCertificates(trusted)
                .intercept(info -> new Watching(seen))
                .build()) {
      client.authenticateBasicToken("ada", "love:lace");
    }
    return seen.get(0).substring("Bearer ".length());
  }

  private record Watching(List<String> seen) implements FlightClientMiddleware {
    @Override
    public void onBeforeSendingHeaders(CallHeaders outgoing) {}

    @Override
    public void onHeadersReceived(CallHeaders incoming) {
      String authorization = incoming.get("authorization");
      if (authorization != null) {
        seen.add(authorization);
      }
    }

    @Override
    public void onCallCompleted(CallStatus status) {}
  }
}
