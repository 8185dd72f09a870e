package io.flashduck.server.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.config.ServerConfig;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WebServerTest {
  @TempDir private Path dir;
  private final HttpClient client = HttpClient.newHttpClient();
  private @Nullable WebServer opened;

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  @Test
  void health_beforeAndAfterReady_tells() throws Exception {
    open(Map.of());
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(get("/").statusCode()).isEqualTo(503);
    server().ready(routes());
    assertThat(get("/health/ready").statusCode()).isEqualTo(200);
    server().stopping();
    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
  }

  @Test
  void page_isServedWithAStrictPolicyAndAValidator() throws Exception {
    openReady(Map.of());
    HttpResponse<String> page = get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body())
        .contains("<title>FlashDuck</title>")
        .doesNotContain("http://", "style=");
    assertThat(page.headers().firstValue("Content-Security-Policy"))
        .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'none'"));
    String tag = page.headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> again = send(request("/").header("If-None-Match", tag).GET());
    assertThat(again.statusCode()).isEqualTo(304);
    for (String file : new String[] {"/app.js", "/style.css", "/icon.svg"}) {
      assertThat(get(file).statusCode()).as(file).isEqualTo(200);
    }
  }

  @Test
  void unknownPathAndMethod_areToldApart() throws Exception {
    openReady(Map.of());
    assertThat(get("/nothing").statusCode()).isEqualTo(404);
    HttpResponse<String> wrongMethod =
        send(request("/").header("Content-Type", "application/json").DELETE());
    assertThat(wrongMethod.statusCode()).isEqualTo(405);
    assertThat(wrongMethod.headers().firstValue("Allow")).contains("GET");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[::2]"})
  void anonymous_otherHostName_isRefused(String host) throws Exception {
    openReady(Map.of());
    assertThat(rawStatus("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .contains(" 403 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:9"})
  void anonymous_localHostName_isServed(String host) throws Exception {
    openReady(Map.of());
    assertThat(rawStatus("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
        .contains(" 200 ");
  }

  @Test
  void post_fromAnotherSite_isRefused() throws Exception {
    openReady(Map.of());
    assertThat(post(Map.of())).contains(" 200 ");
    assertThat(post(Map.of("Origin", "http://evil.example"))).contains(" 403 ");
    assertThat(post(Map.of("Origin", "null"))).contains(" 403 ");
    assertThat(post(Map.of("Sec-Fetch-Site", "cross-site"))).contains(" 403 ");
    assertThat(post(Map.of("Content-Type", "text/plain"))).contains(" 403 ");
    String own = "http://127.0.0.1:" + server().port();
    assertThat(post(Map.of("Origin", own, "Sec-Fetch-Site", "same-origin"))).contains(" 200 ");
  }

  @Test
  void users_needCredentials() throws Exception {
    Path passwords = dir.resolve("passwords");
    Files.writeString(passwords, "open sesame\n");
    openReady(Map.of("access.user", "ann", "access.password-file", passwords.toString()));
    HttpResponse<String> none = get("/");
    assertThat(none.statusCode()).isEqualTo(401);
    assertThat(none.headers().firstValue("WWW-Authenticate"))
        .hasValueSatisfying(challenge -> assertThat(challenge).startsWith("Basic"));
    assertThat(
            send(request("/").header("Authorization", basic("ann:open sesame")).GET()).statusCode())
        .isEqualTo(200);
    assertThat(send(request("/").header("Authorization", basic("ann:wrong")).GET()).statusCode())
        .isEqualTo(401);
    assertThat(send(request("/").header("Authorization", "Bearer nonsense").GET()).statusCode())
        .isEqualTo(401);
    assertThat(get("/health/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void defect_isReportedWithoutItsDetails() throws Exception {
    openReady(Map.of());
    HttpResponse<String> answer = get("/defect");
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("INTERNAL", "log").doesNotContain("secret");
  }

  @Test
  void portInUse_isSaid() throws Exception {
    openReady(Map.of());
    ServerConfig config = config(Map.of("network.http-port", String.valueOf(server().port())));
    assertThatThrownBy(() -> WebServer.open(config.network(), authenticator(config)))
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_RUNNING))
        .hasMessageContaining("--http-port");
  }

  private void openReady(Map<String, String> settings) {
    open(settings);
    server().ready(routes());
  }

  private void open(Map<String, String> settings) {
    ServerConfig config = config(settings);
    opened = WebServer.open(config.network(), authenticator(config));
  }

  private WebServer server() {
    return Objects.requireNonNull(opened);
  }

  private ServerConfig config(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(Map.of("network.http-port", "0"));
    all.put("data.dir", dir.toString());
    all.putAll(settings);
    return ServerConfig.of(all);
  }

  private Authenticator authenticator(ServerConfig config) {
    return Authenticator.open(
        config.access(), SigningKey.open(dir.resolve("key")), Clock.systemUTC());
  }

  private static Router routes() {
    Router router = new Router();
    StaticFiles.load().addTo(router);
    return router
        .add("POST", "/echo", request -> Response.text(200, request.principal().name()))
        .add(
            "GET",
            "/defect",
            request -> {
              throw new IllegalStateException("secret");
            });
  }

  private String post(Map<String, String> headers) throws IOException {
    StringBuilder raw = new StringBuilder("POST /echo HTTP/1.1\r\nConnection: close\r\n");
    raw.append("Host: 127.0.0.1:").append(server().port()).append("\r\nContent-Length: 2\r\n");
    Map<String, String> all = new HashMap<>(Map.of("Content-Type", "application/json"));
    all.putAll(headers);
    all.forEach((name, value) -> raw.append(name).append(": ").append(value).append("\r\n"));
    return rawStatus(raw + "\r\n{}");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(request(path).GET());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server().port() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }

  /** The status line: the JDK's client sets some headers itself, so those go by hand. */
  private String rawStatus(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server().port())) {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
    }
  }
}
