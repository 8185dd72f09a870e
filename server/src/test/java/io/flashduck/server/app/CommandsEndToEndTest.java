package io.flashduck.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flashduck.server.cli.CliRun;
import io.flashduck.server.cli.StartProgress;
import io.flashduck.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a real server over real gRPC, each as a user types it. */
final class CommandsEndToEndTest {
  @TempDir private static Path data;
  @TempDir private Path work;
  private static FlashDuckServer server;

  @BeforeAll
  static void start() throws IOException {
    Files.writeString(data.resolve("people.csv"), "id,name,born\n1,Ann,1990-01-02\n2,Bob,\n");
    Files.createDirectory(data.resolve("sales"));
    Files.writeString(data.resolve("sales/lines.ndjson"), "{\"sku\":\"a\",\"n\":1}\n");
    server = FlashDuckServer.start(config(data), "test", StartProgress.NONE);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void sql_everyFormat_showsTheSameRows() throws IOException {
    String query = "SELECT id, name, born FROM people WHERE id <= 2 ORDER BY id";
    assertThat(ok("sql", query).out())
        .isEqualTo(
            """
            ┌────┬──────┬────────────┐
            │ id │ name │ born       │
            ├────┼──────┼────────────┤
            │  1 │ Ann  │ 1990-01-02 │
            │  2 │ Bob  │ NULL       │
            └────┴──────┴────────────┘
            """);
    assertThat(ok("sql", "--format", "csv", query).out())
        .isEqualTo("id,name,born\n1,Ann,1990-01-02\n2,Bob,\n");
    assertThat(ok("sql", "--format", "ndjson", query).out())
        .startsWith("{\"id\":1,\"name\":\"Ann\",\"born\":\"1990-01-02\"}\n");
    for (String name : new String[] {"people.parquet", "people.arrow", "people.json"}) {
      Path file = work.resolve(name);
      assertThat(ok("sql", query, "--output", file.toString()).err()).contains("2 rows written");
      assertThat(Files.size(file)).isPositive();
    }
  }

  @Test
  void sql_scriptOnStandardInput_runsEachStatement() {
    CliRun run =
        run(
            "CREATE TABLE scratch (id BIGINT PRIMARY KEY, t VARCHAR); INSERT INTO scratch VALUES (1, 'x;y');"
                + "SELECT t FROM scratch; DROP TABLE scratch;",
            "sql");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("x;y", "1 row changed");
  }

  @Test
  void sql_errors_haveCodesAndPositions() {
    CliRun syntax = run("", "sql", "SELEC 1");
    assertThat(syntax.exitCode()).isEqualTo(1);
    assertThat(syntax.err()).contains("SELEC").doesNotContain("\tat ");
    assertThat(run("", "sql", "FROM nothing").err()).contains("nothing");
    CliRun denied = run("", "sql", "SELECT * FROM read_csv('/etc/passwd')");
    assertThat(denied.exitCode()).isEqualTo(4);
  }

  @Test
  void benchRead_twoServers_countsEveryRowAndCompares() throws IOException {
    Path json = work.resolve("read.json");
    CliRun run =
        ok(
            "bench",
            "read",
            "--query",
            "SELECT i, i * 2 AS j FROM range(50000) t(i)",
            "--clients",
            "1,3",
            "--rounds",
            "2",
            "--warmups",
            "0",
            "--peer",
            "127.0.0.1:" + server.port(),
            "--json",
            json.toString());
    assertThat(run.out()).contains("rows/s", "first batch", "client CPU", "ratio");
    JsonNode results = new ObjectMapper().readTree(json.toFile()).path("results");
    assertThat(results).hasSize(4);
    for (JsonNode result : results) {
      JsonNode rounds = result.path("byRound");
      assertThat(rounds.path("seconds")).hasSize(2);
      double rows =
          rounds.path("rowsPerSecond").path(0).asDouble()
              * rounds.path("seconds").path(0).asDouble();
      assertThat(Math.round(rows)).isEqualTo(50_000 * result.path("clients").asLong());
    }
    assertThat(results.path(0).has("firstServerIsTimesAsFast")).isFalse();
    assertThat(results.path(3).path("firstServerIsTimesAsFast").asDouble()).isPositive();
  }

  @Test
  void benchLatency_bothPaths_reportsRateAndPercentiles() throws IOException {
    Path json = work.resolve("latency.json");
    ok(
        "bench",
        "latency",
        "--query",
        "SELECT name FROM people WHERE id = 1",
        "--clients",
        "1,2",
        "--requests",
        "10",
        "--rounds",
        "1",
        "--json",
        json.toString());
    JsonNode results = new ObjectMapper().readTree(json.toFile()).path("results");
    assertThat(results).hasSize(4);
    for (JsonNode result : results) {
      assertThat(result.path("queriesPerSecond").asDouble()).isPositive();
      assertThat(result.path("p99Seconds").asDouble())
          .isGreaterThanOrEqualTo(result.path("p50Seconds").asDouble());
    }
    assertThat(results.path(3).path("path").asText()).isEqualTo("prepared");
  }

  @Test
  void bench_wrongNumbers_sayTheLeast() {
    CliRun none = run("", "bench", "latency", "--clients", "0");
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("--clients is 0; give at least 1");
    assertThat(run("", "bench", "read").err()).contains("--query");
    assertThat(run("", "bench", "read", "-q", "SELECT 1", "--peer", "ftp://x").err())
        .contains("is not a server's address");
  }

  @Test
  void put_upsertDelete_areSeenByTheNextQuery() throws IOException {
    Path rows = work.resolve("more.csv");
    Files.writeString(rows, "id,name,born\n10,Cleo,2001-01-01\n11,Dan,\n");
    CliRun put = ok("put", "people", rows.toString(), "--batch-rows", "1");
    assertThat(put.out()).startsWith("2 rows upserted");
    assertThat(put.err().lines()).hasSize(2).allMatch(line -> line.contains("applied"));
    assertThat(ok("sql", "--format", "csv", "SELECT name FROM people WHERE id = 10").out())
        .isEqualTo("name\nCleo\n");
    assertThat(ok("put", "people", rows.toString(), "--op", "delete", "-q").out())
        .startsWith("2 rows deleted");
    assertThat(server.tables())
        .filteredOn(table -> table.name().equals("people"))
        .allMatch(table -> table.rows() == 2);
    assertThat(
            ok("sql", "--format", "csv", "SELECT count(*) AS n FROM people WHERE id >= 10").out())
        .isEqualTo("n\n0\n");
  }

  @Test
  void put_sameProducerTwice_changesNothingAgain() throws IOException {
    Path rows = work.resolve("line.ndjson");
    Files.writeString(rows, "{\"sku\":\"b\",\"n\":2}\n");
    String[] command = {
      "put", "sales.lines", rows.toString(), "--op", "append", "--producer", "job"
    };
    assertThat(ok(command).out()).startsWith("1 row appended");
    CliRun again = ok(command);
    assertThat(again.out()).startsWith("0 rows appended");
    assertThat(again.err()).contains("accepted before");
    assertThat(ok("sql", "--format", "csv", "SELECT count(*) AS n FROM sales.lines").out())
        .isEqualTo("n\n2\n");
  }

  @Test
  void put_unknownTable_namesIt() throws IOException {
    Path rows = work.resolve("x.csv");
    Files.writeString(rows, "id\n1\n");
    CliRun run = run("", "put", "nobody", rows.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("nobody");
  }

  @Test
  void statusExportVerify_tellOfEveryTable() {
    assertThat(ok("status").out()).contains("\"applied\"", "\"people.csv\"", "\"loaded\"");
    assertThat(ok("export", "people").out()).contains("main.people: ", "people.parquet");
    ok("export");
    assertThat(ok("tables").out()).contains("│ people ", "│ sales.lines ");
    assertThat(ok("verify", "people").out()).startsWith("main.people: equal, ");
    assertThat(ok("verify").out()).contains("main.people: equal", "sales.lines: equal");
    CliRun unknown = run("", "verify", "nobody");
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err()).contains("nobody");
  }

  @Test
  void file_changed_isSeenByTheNextQuery() throws Exception {
    Path part = Files.writeString(data.resolve(".fresh.part"), "a\n1\n");
    Files.setLastModifiedTime(part, FileTime.from(Instant.now().minusSeconds(60))); // not held back
    Files.move(part, data.resolve("fresh.csv"));
    assertThat(server.database().awaitQuiet(Duration.ofSeconds(10))).isTrue();
    assertThat(ok("sql", "--format", "csv", "FROM fresh").out()).isEqualTo("a\n1\n");
  }

  @Test
  void benchFreshness_fewRounds_measuresEachFormat() throws IOException {
    Path json = work.resolve("out.json");
    CliRun run =
        CliRun.with(
            Map.of(),
            "",
            (config, progress) -> FlashDuckServer.start(config, "test", progress),
            "bench",
            "freshness",
            "--rounds",
            "2",
            "--files",
            "3",
            "--folder",
            work.toString(),
            "--json",
            json.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("newline JSON", "one of 3", "median", "p99");
    assertThat(Files.readString(json)).contains("medianMillis");
    assertThat(work).isDirectoryNotContaining("glob:**flashduck-*");
  }

  @Test
  void benchWrite_smallTable_countsWhatWasAcknowledgedAndShowsTheRatios() throws IOException {
    Path json = work.resolve("write.json");
    CliRun run =
        CliRun.with(
            Map.of(),
            "",
            (config, progress) -> FlashDuckServer.start(config, "test", progress),
            "bench",
            "write",
            "--rows",
            "3000",
            "--bulk",
            "1000",
            "--clients",
            "1,3",
            "--singles",
            "30",
            "--rounds",
            "1",
            "--memory",
            "500MB",
            "--folder",
            work.toString(),
            "--json",
            json.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("single rows", "Bulk upsert of 1,000 rows into 3,000");
    assertThat(Files.readString(json)).contains("rowsPerSecond", "mergeIntoSeconds");
    assertThat(work).isDirectoryNotContaining("glob:**flashduck-*");
  }

  private static CliRun ok(String... args) {
    CliRun run = run("", args);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  private static CliRun run(String input, String... args) {
    String[] all = Arrays.copyOf(args, args.length + 2);
    all[args.length] = "--port";
    all[args.length + 1] = String.valueOf(server.port());
    return CliRun.with(
        Map.of(),
        input,
        (config, progress) -> {
          throw new AssertionError("no server is started in this test");
        },
        all);
  }

  static ServerConfig config(Path data) {
    return ServerConfig.of(
        Map.of(
            "data.dir", data.toString(),
            "network.port", "0",
            "network.http-port", "0",
            "engine.memory-limit", "512MB",
            "engine.threads", "2"));
  }
}
