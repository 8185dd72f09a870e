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
}
