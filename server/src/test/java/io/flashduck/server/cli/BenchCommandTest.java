package io.flashduck.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BenchCommandTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"numbers", "lineitem"})
  void consolidate_smallTable_printsEachCaseAndWritesJson(String shape) throws IOException {
    Path json = dir.resolve("out.json");
    CliRun run =
        CliRun.of(
            "bench",
            "consolidate",
            "--rows",
            "400000",
            "--rounds",
            "1",
            "--shape",
            shape,
            "--folder",
            dir.toString(),
            "--json",
            json.toString());

    assertThat(run.err()).doesNotContain("Exception");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("one row", "1000 rows scattered", "every row");
    JsonNode results = new ObjectMapper().readTree(json.toFile());
    assertThat(results.path("shape").asText()).isEqualTo(shape);
    JsonNode oneRow = results.path("results").path(2);
    assertThat(oneRow.path("change").asText()).isEqualTo("one row");
    assertThat(oneRow.path("encodedRowGroups").asInt()).isEqualTo(1);
    assertThat(oneRow.path("copiedRowGroups").asInt()).isPositive();
    assertThat(dir).isDirectoryNotContaining("glob:**flashduck-*");
  }

  @Test
  void consolidate_tooFewRows_saysTheLeast() {
    CliRun run = CliRun.of("bench", "consolidate", "--rows", "5");

    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains("rows is 5; give at least 10000");
  }

  @Test
  void load_smallFolders_printsEachRatioAndWritesJson() throws IOException {
    Path json = dir.resolve("out.json");
    CliRun run =
        CliRun.of(
            "bench",
            "load",
            "--rows",
            "20000",
            "--files",
            "12",
            "--scan-files",
            "30",
            "--rest",
            "1",
            "--rounds",
            "1",
            "--memory",
            "500MB",
            "--folder",
            dir.toString(),
            "--json",
            json.toString());

    assertThat(run.err()).doesNotContain("Exception");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("one file, key not in order", "12 small files", "30 files");
    JsonNode results = new ObjectMapper().readTree(json.toFile());
    assertThat(results.path("results")).hasSize(6);
    assertThat(results.path("results").path(0).path("ratio").asDouble()).isPositive();
    assertThat(results.path("scan").path("files").asInt()).isEqualTo(30);
    assertThat(results.path("scan").path("restCores").asDouble()).isBetween(0.0, 64.0);
    assertThat(run.out()).contains("for 1 s while nothing happens");
    assertThat(dir).isDirectoryNotContaining("glob:**flashduck-*");
  }

  @Test
  void load_noRows_saysTheLeast() {
    CliRun run = CliRun.of("bench", "load", "--rows", "1");

    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains("rows is 1; give at least 8");
  }

  @Test
  void write_moreBulkThanRows_saysSo() {
    CliRun run = CliRun.of("bench", "write", "--rows", "10", "--bulk", "11");

    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains("--bulk is 11 and --rows 10; give 1 <= bulk <= rows");
  }

  @Test
  void write_peerWithoutDriver_namesBothOptions() {
    CliRun run = CliRun.of("bench", "write", "--peer", "jdbc:postgresql://localhost/x");

    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains("--peer and --peer-driver together");
  }

  @Test
  void write_jarWithoutDriver_saysSo() {
    CliRun run =
        CliRun.of("bench", "write", "--peer", "jdbc:none://x", "--peer-driver", "missing.jar");

    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains("missing.jar holds no JDBC driver for jdbc:none://x");
  }
}
