package io.flashduck.server.cli.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Any;
import io.flashduck.server.cli.remote.Credentials;
import io.flashduck.server.cli.remote.RemoteSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;

/**
 * Connects with pyarrow and with ADBC in a Python of this machine; what it needs goes to the
 * program's standard input, so that no password is on a command line.
 *
 * <p>Threading: the caller's; blocks for {@value #LIMIT_SECONDS} seconds at most.
 *
 * @param python the interpreter, a name on the PATH or a path
 */
record PythonProbe(String python) {
  private static final int LIMIT_SECONDS = 60;
  private static final JsonMapper JSON = new JsonMapper();
  private static final String SUBJECT = "pyarrow";

  List<Finding> of(RemoteSettings settings) {
    Process process;
    try {
      process =
          new ProcessBuilder(python, "-c", program())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return List.of(
          Finding.skipped(
              SUBJECT,
              "not tried, because '" + python + "' does not start",
              "Name a Python that has pyarrow with --python."));
    }
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(JSON.writeValueAsBytes(described(settings)));
      }
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        return List.of(Finding.failed(SUBJECT, "No answer within " + LIMIT_SECONDS + " seconds."));
      }
      return findings(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      return List.of(
          Finding.skipped(SUBJECT, "not tried: '" + python + "' ended early, " + e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of(Finding.skipped(SUBJECT, "interrupted"));
    } finally {
      process.destroyForcibly();
    }
  }

  private static String program() throws IOException {
    try (InputStream in = PythonProbe.class.getResourceAsStream("probe.py")) {
      if (in == null) {
        throw new IOException("the resource probe.py is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static ObjectNode described(RemoteSettings settings) throws IOException {
    byte[] query =
        Any.pack(CommandStatementQuery.newBuilder().setQuery("SELECT 1").build()).toByteArray();
    ObjectNode described =
        JSON.createObjectNode()
            .put("location", new ClientCode(settings).location())
            .put("tls", settings.address().tls())
            .put("verify", settings.verify())
            .put("command", Base64.getEncoder().encodeToString(query));
    described.putNull("user").putNull("password").putNull("token").putNull("certificates");
    if (settings.credentials() instanceof Credentials.Password login) {
      described.put("user", login.user()).put("password", login.password());
    } else if (settings.credentials() instanceof Credentials.Token token) {
      described.put("token", token.token());
    }
    if (settings.caFile().isPresent()) {
      described.put("certificates", Files.readString(settings.caFile().get()));
    }
    return described;
  }

  private List<Finding> findings(String output) {
    List<Finding> findings = new ArrayList<>();
    for (String line : output.lines().toList()) {
      try {
        JsonNode answer = JSON.readTree(line);
        findings.add(finding(answer.path("client").asText(), answer));
      } catch (JsonProcessingException chatter) {
        // what else Python prints
      }
    }
    return findings.isEmpty()
        ? List.of(Finding.skipped(SUBJECT, "not tried, because '" + python + "' said nothing"))
        : findings;
  }

  private static Finding finding(String client, JsonNode answer) {
    String text = answer.path("text").asText();
    return switch (answer.path("state").asText()) {
      case "ok" -> Finding.ok(client, text);
      case "missing" -> Finding.skipped(client, "not tried: " + text);
      default ->
          Finding.failed(
              client,
              text,
              "If Flight SQL above is fine, it is this client, its certificates or a proxy.");
    };
  }
}
