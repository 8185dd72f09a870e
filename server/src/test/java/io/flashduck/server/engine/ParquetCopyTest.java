package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ParquetCopyTest {
  @TempDir Path folder;

  @Test
  void write_ofAQuery_hasItsRowsGroupsAndFooter() {
    Path file = folder.resolve("data/it's.parquet");
    try (EngineFixture fixture = new EngineFixture(folder);
        EngineConnection connection = fixture.engine.openInternal()) {
      long rows =
          ParquetCopy.write(
              connection,
              "SELECT range AS i FROM range(10000) -- comment",
              file,
              new ParquetCopy.Options(1, 4_096, true),
              Map.of("flashduck.table", "main.it's", "flashduck.version", "7"));
      assertThat(rows).isEqualTo(10_000);
      String name = SqlIdentifiers.literal(file.toString());
      assertThat(connection.query("SELECT sum(i) FROM " + name, r -> r.getLong(1)))
          .containsExactly(49_995_000L);
      assertThat(
              connection.query(
                  "SELECT count(DISTINCT row_group_id), any_value(compression) FROM"
                      + " parquet_metadata("
                      + name
                      + ")",
                  r -> r.getInt(1) + r.getString(2)))
          .containsExactly("3ZSTD");
      assertThat(
              connection.query(
                  "SELECT decode(key) || '=' || decode(value) FROM parquet_kv_metadata("
                      + name
                      + ") ORDER BY 1",
                  r -> r.getString(1)))
          .containsExactly("flashduck.table=main.it's", "flashduck.version=7");
    }
  }

  @Test
  void write_outsideTheAllowedFolders_isRefused() {
    try (EngineFixture fixture = new EngineFixture(folder);
        EngineConnection connection = fixture.engine.openInternal()) {
      assertThatThrownBy(
              () ->
                  ParquetCopy.write(
                      connection,
                      "SELECT 1 AS x",
                      folder.resolve("outside.parquet"),
                      ParquetCopy.Options.DEFAULT,
                      Map.of()))
          .isInstanceOfSatisfying(
              FlashDuckException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION_DENIED));
      assertThat(folder.resolve("outside.parquet")).doesNotExist();
    }
  }
}
