package io.flashduck.server.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.EngineFixture;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FunctionListTest {
  @TempDir Path folder;

  @Test
  void lists_againstThisDuckDb_nameRealFunctionsAndMissNone() {
    try (EngineFixture fixture = new EngineFixture(folder);
        EngineConnection connection = fixture.engine.openInternal()) {
      Set<String> opening = names(connection, "'table', 'table_macro', 'pragma'");
      assertThat(opening)
          .containsAll(FunctionList.TABLE_FUNCTIONS)
          .containsAll(FunctionList.PRAGMAS);
      opening.removeAll(FunctionList.TABLE_FUNCTIONS);
      opening.removeAll(FunctionList.PRAGMAS);
      opening.removeAll(names(connection, "'scalar', 'macro', 'aggregate'"));
      opening.removeIf(name -> !FunctionList.allowsUnparsedCall(name));
      assertThat(opening)
          .as("pragma-only names, which no query can call")
          .allMatch(PRAGMA_ONLY::contains);
    }
  }

  private static final Set<String> PRAGMA_ONLY =
      Set.of(
          "add_parquet_key",
          "extension_versions",
          "force_checkpoint",
          "import_database",
          "metadata_info",
          "storage_info",
          "verify_parallelism");

  private static Set<String> names(EngineConnection connection, String types) {
    List<String> names =
        connection.query(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type IN ("
                + types
                + ")",
            row -> row.getString(1));
    return new HashSet<>(names);
  }
}
