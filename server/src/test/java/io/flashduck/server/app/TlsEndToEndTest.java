package io.flashduck.server.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.cli.CliRun;
import io.flashduck.server.cli.StartProgress;
import io.flashduck.server.config.ServerConfig;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightClientMiddleware;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server with a certificate and users, over everything that it listens with. */
@Timeout(60)
final class TlsEndToEndTest {
  @TempDir private static Path folder;
  private static TestCertificate identity;
  private static TestCertificate stranger;
  private static FlashDuckServer server;
  private static Path password;

  @BeforeAll
  static void start() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.writeString(data.resolve("people.csv"), "id,name\n1,Ann\n2,Bob\n");
    Path users = Files.writeString(folder.resolve("users"), "ada:love:lace\nbob:builder:reader\n");
    password = Files.writeString(folder.resolve("password"), "love:lace\n");
    identity = TestCertificate.in(folder, "server");
    stranger = TestCertificate.in(folder, "stranger");
    server =
        FlashDuckServer.start(
            ServerConfig.of(
                Map.of(
                    "data.dir", data.toString(),
                    "network.host", "0.0.0.0",
                    "network.port", "0",
                    "network.http-port", "0",
                    "network.tls-cert", identity.certificate().toString(),
                    "network.tls-key", identity.key().toString(),
                    "access.password-file", users.toString())),
            "test",
            StartProgress.NONE);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void commandLine_passwordAndCertificate_queriesPutsAndTellsStatus() throws Exception {
    assertThat(ok("sql", "--format", "csv", "SELECT name FROM people WHERE id = 1").out())
        .isEqualTo("name\nAnn\n");
    Path rows = Files.writeString(folder.resolve("rows.csv"), "id,name\n7,Gil\n");
    assertThat(ok("put", "people", rows.toString()).out()).startsWith("1 row upserted");
    assertThat(ok("put", "people", rows.toString(), "--op", "delete").out())
        .startsWith("1 row deleted");
    assertThat(ok("status").out()).contains("people");
    assertThat(ok("tables").out()).contains("people");
    assertThat(cli("SELECT 1 AS a;\nSELECT 2 AS b;\n", identity, password, "sql").out())
        .contains("│ a │", "│ b │");
  }

  @Test
  void commandLine_token_logsIn() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), token() + "\n");
    CliRun run =
        CliRun.with(
            Map.of(
                "FLASHDUCK_URL", "grpc+tls://localhost:" + server.port(),
                "FLASHDUCK_CA_FILE", identity.certificate().toString(),
                "FLASHDUCK_TOKEN_FILE", token.toString()),
            "",
            TlsEndToEndTest::noServer,
            "sql",
            "--format",
            "csv",
            "SELECT 42 AS x");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo("x\n42\n");
  }

  @Test
  void commandLine_wrongPasswordCertificateOrNoTls_isRefusedWithAReason() throws Exception {
    Path wrong = Files.writeString(folder.resolve("wrong"), "nope\n");
    CliRun password = cli("", identity, wrong, "sql", "SELECT 1");
    assertThat(password.exitCode()).as(password.err()).isEqualTo(4);
    assertThat(password.err()).contains("Wrong user or password").doesNotContain("\tat ");
    CliRun certificate = cli("", stranger, TlsEndToEndTest.password, "sql", "SELECT 1");
    assertThat(certificate.exitCode()).as(certificate.err()).isEqualTo(3);
    assertThat(certificate.err()).contains("certificate").doesNotContain("\tat ");
    CliRun plain =
        CliRun.of("sql", "SELECT 1", "--host", "127.0.0.1", "--port", "" + server.port());
    assertThat(plain.exitCode()).as(plain.err()).isEqualTo(3);
    assertThat(plain.err()).contains("--tls").doesNotContain("\tat ");
  }

  @Test
  void jdbc_certificateUserAndPassword_connects() throws SQLException {
    String url =
        "jdbc:arrow-flight-sql://localhost:"
            + server.port()
            + "?useEncryption=true&useSystemTrustStore=false&tlsRootCerts=";
    try (Connection connection =
            DriverManager.getConnection(url + identity.certificate(), "ada", "love:lace");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM people")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getInt(1)).isEqualTo(2);
    }
    assertThatThrownBy(() -> DriverManager.getConnection(url + identity.certificate(), "ada", "no"))
        .hasMessageContaining("Wrong user or password");
  }

  @Test
  void http_overTls_asksForAUserAndServesPageAndApi() throws Exception {
    HttpClient client = HttpClient.newBuilder().sslContext(trusting(identity)).build();
    assertThat(send(client, get("/", Optional.empty())).statusCode()).isEqualTo(401);
    assertThat(send(client, get("/", basic("ada:nope"))).statusCode()).isEqualTo(401);
    assertThat(send(client, get("/", basic("ada:love:lace"))).body()).contains("<html");
    assertThat(send(client, get("/api/status", Optional.of("Bearer " + token()))).body())
        .contains("people");
    HttpRequest query =
        HttpRequest.newBuilder(uri("/api/query"))
            .header("Authorization", basic("bob:builder").orElseThrow())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"sql\": \"SELECT name FROM people\"}"))
            .build();
    assertThat(send(client, query).body()).contains("Ann");
    HttpRequest change =
        HttpRequest.newBuilder(uri("/api/tables/people/upsert"))
            .header("Authorization", basic("bob:builder").orElseThrow())
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("[{\"id\": 9, \"name\": \"No\"}]"))
            .build();
    assertThat(send(client, change).statusCode()).isEqualTo(403);
    assertThat(send(client, get("/health/live", Optional.empty())).statusCode()).isEqualTo(200);
    HttpClient wary = HttpClient.newBuilder().sslContext(trusting(stranger)).build();
    assertThatThrownBy(() -> send(wary, get("/", Optional.empty())))
        .isInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void serve_withoutTlsOrUsersBeyondThisMachine_isRefused() {
    List<String> everywhere =
        List.of("serve", "--data", folder.resolve("data").toString(), "--host", "0.0.0.0");
    assertRefused(everywhere, List.of(), "0.0.0.0", "TLS", "network.tls-cert");
    assertRefused(
        everywhere,
        List.of("--password-file", folder.resolve("users").toString()),
        "TLS",
        "network.tls-cert");
    assertRefused(
        everywhere,
        List.of(
            "--tls-cert",
            identity.certificate().toString(),
            "--tls-key",
            identity.key().toString()),
        "access.password-file");
    assertRefused(everywhere, List.of("--tls-cert", identity.certificate().toString()), "tls-key");
  }

  private static void assertRefused(
      List<String> command, List<String> options, String... messageParts) {
    List<String> all = new ArrayList<>(command);
    all.addAll(options);
    CliRun run =
        CliRun.with(
            Map.of(),
            "",
            (config, progress) -> {
              throw new AssertionError("it started");
            },
            all.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains(messageParts);
  }

  private static CliRun ok(String... command) {
    CliRun run = cli("", identity, password, command);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  private static CliRun cli(
      String input, TestCertificate trusted, Path passwordFile, String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(
        List.of(
            "--url",
            "grpc+tls://localhost:" + server.port(),
            "--ca-file",
            trusted.certificate().toString(),
            "--user",
            "ada",
            "--password-file",
            passwordFile.toString()));
    return CliRun.with(Map.of(), input, TlsEndToEndTest::noServer, all.toArray(String[]::new));
  }

  private static io.flashduck.server.cli.RunningServer noServer(
      ServerConfig config, StartProgress progress) {
    throw new AssertionError("no server is started in this test");
  }

  /** A token as the server hands it out for a password. */
  @SuppressWarnings("try") // Arrow's clients say that closing them can be interrupted
  private static String token() throws Exception {
    List<String> seen = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator();
        InputStream trusted = Files.newInputStream(identity.certificate());
        FlightClient client =
            FlightClient.builder(allocator, Location.forGrpcTls("localhost", server.port()))
                .trustedCertificates(trusted)
                .intercept(info -> new Watching(seen))
                .build()) {
      assertThatThrownBy(() -> client.authenticateBasicToken("ada", "nope"))
          .isInstanceOf(FlightRuntimeException.class)
          .hasMessageContaining("Wrong user or password");
      assertThat(client.authenticateBasicToken("ada", "love:lace")).isPresent();
    }
    return seen.get(seen.size() - 1).substring("Bearer ".length());
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

  private static URI uri(String path) {
    return URI.create("https://localhost:" + server.httpPort().orElseThrow() + path);
  }

  private static HttpRequest get(String path, Optional<String> authorization) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request.build();
  }

  private static Optional<String> basic(String pair) {
    return Optional.of("Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8)));
  }

  private static HttpResponse<String> send(HttpClient client, HttpRequest request)
      throws Exception {
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static SSLContext trusting(TestCertificate trusted) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(trusted.certificate())) {
      store.setCertificateEntry(
          "server", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
