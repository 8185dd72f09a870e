package io.flashduck.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.cli.CliRun;
import io.flashduck.server.cli.RunningServer;
import io.flashduck.server.cli.ServerStarter;
import io.flashduck.server.cli.StartProgress;
import io.flashduck.server.config.ServerConfig;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** How {@code serve} and {@code demo} start, tell, fail and stop. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class ServeEndToEndTest {
  @TempDir private Path data;
  @TempDir private Path state;

  @Test
  void serve_printsConnectionsAndTables_untilItIsStopped() throws Exception {
    settled(Files.writeString(data.resolve("people.csv"), "id,name\n1,Ann\n"));
    settled(Files.writeString(data.resolve("broken.parquet"), "no Parquet"));
    Starting starting = new Starting();
    CompletableFuture<CliRun> run =
        CompletableFuture.supplyAsync(
            () ->
                CliRun.with(
                    Map.of("FLASHDUCK_HTTP_PORT", "0"),
                    "",
                    starting,
                    "serve",
                    "--data",
                    data.toString(),
                    "--port",
                    "0"));
    RunningServer server = starting.server.get();
    server.close();
    CliRun ended = run.get();
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out())
        .contains(
            "1 table",
            "│ people │    1 │       2 │ id  │",
            "Not served: broken.parquet",
            "jdbc:arrow-flight-sql://127.0.0.1:" + server.port() + "?useEncryption=false",
            "grpc://127.0.0.1:" + server.port(),
            "http://127.0.0.1:" + server.httpPort().orElseThrow() + "/");
  }

  /** A file that changed a moment ago may still be written, so it is not read at once. */
  private static void settled(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
  }

  @Test
  void serve_stateFolderInUse_saysByWhom() {
    try (RunningServer first = start(data, state)) {
      CliRun second = serve("--data", data.toString(), "--state", state.toString());
      assertThat(second.exitCode()).isEqualTo(7);
      assertThat(second.err()).contains(state.toString(), "--state").doesNotContain("\tat ");
      assertThat(first.port()).isPositive();
    }
  }

  @Test
  void serve_portInUse_saysWhichOption() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      String port = String.valueOf(taken.getLocalPort());
      CliRun flight = serve("--data", data.toString(), "--port", port);
      assertThat(flight.exitCode()).as(flight.err()).isEqualTo(7);
      assertThat(flight.err()).contains(port, "--port");
      CliRun http = serve("--data", data.toString(), "--port", "0", "--http-port", port);
      assertThat(http.exitCode()).as(http.err()).isEqualTo(7);
      assertThat(http.err()).contains(port, "--http-port");
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void serve_stateFolderCannotBeMade_saysWhatToDo() throws IOException {
    Path file = Files.writeString(state.resolve("a-file"), "");
    CliRun run = serve("--data", data.toString(), "--state", file.resolve("below").toString());
    assertThat(run.exitCode()).isIn(1, 2);
    assertThat(run.err()).contains("below", "--state");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data))).isNotEmpty();
  }

  @Test
  void demo_someChanges_showsHowSoonEachIsVisible() {
    Path shop = data.resolve("shop");
    CliRun run =
        CliRun.with(
            Map.of(),
            "",
            ServeEndToEndTest::starter,
            "demo",
            "--dir",
            shop.toString(),
            "--port",
            "0",
            "--http-port",
            "0",
            "--rows",
            "2000",
            "--changes",
            "4",
            "--every",
            "10");
    assertThat(run.exitCode()).as(run.err() + run.out()).isZero();
    assertThat(run.out().lines().filter(line -> line.contains("visible after"))).hasSize(4);
    assertThat(shop.resolve("orders.parquet")).exists();
    CliRun again = CliRun.of("demo", "--dir", shop.toString());
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("not empty");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void process_terminated_stopsCleanly() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path").replace(':', File.pathSeparatorChar));
    command.add(Main.class.getName());
    command.addAll(
        List.of("serve", "--data", data.toString(), "--port", "0", "--http-port", "off"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      StringBuilder seen = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        seen.append(line).append('\n');
        if (line.contains("shell    flashduck sql")) {
          process.toHandle().destroy();
        }
      }
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as(seen.toString()).isTrue();
      assertThat(process.exitValue()).as(seen.toString()).isZero();
      assertThat(seen.toString()).contains("Stopping");
    } finally {
      process.destroyForcibly();
    }
  }

  /** Starts for real, and hands the server out once everything about it was printed. */
  private static final class Starting implements ServerStarter {
    private final CompletableFuture<RunningServer> server = new CompletableFuture<>();

    @Override
    public RunningServer start(ServerConfig config, StartProgress progress) {
      try {
        return new Announced(starter(config, progress), server);
      } catch (RuntimeException e) {
        server.completeExceptionally(e);
        throw e;
      }
    }
  }

  private record Announced(RunningServer real, CompletableFuture<RunningServer> announced)
      implements RunningServer {
    @Override
    public int port() {
      return real.port();
    }

    @Override
    public OptionalInt httpPort() {
      return real.httpPort();
    }

    @Override
    public List<TableLine> tables() {
      return real.tables();
    }

    @Override
    public List<String> problems() {
      return real.problems();
    }

    @Override
    public void awaitClosed() throws InterruptedException {
      announced.complete(real);
      real.awaitClosed();
    }

    @Override
    public void close() {
      real.close();
    }
  }

  private static RunningServer starter(ServerConfig config, StartProgress progress) {
    return FlashDuckServer.start(config, "test", progress);
  }

  private static RunningServer start(Path data, Path state) {
    return starter(
        ServerConfig.of(
            Map.of(
                "data.dir",
                data.toString(),
                "data.state",
                state.toString(),
                "network.port",
                "0",
                "network.http-port",
                "off")),
        StartProgress.NONE);
  }

  private static CliRun serve(String... options) {
    List<String> command = new ArrayList<>(List.of("serve"));
    command.addAll(List.of(options));
    if (!command.contains("--port")) {
      command.addAll(List.of("--port", "0"));
    }
    if (!command.contains("--http-port")) {
      command.addAll(List.of("--http-port", "off"));
    }
    return CliRun.with(Map.of(), "", ServeEndToEndTest::starter, command.toArray(String[]::new));
  }
}
