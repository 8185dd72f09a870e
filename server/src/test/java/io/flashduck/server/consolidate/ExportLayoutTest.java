package io.flashduck.server.consolidate;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExportLayoutTest {
  private static final Path FOLDER = Path.of("/export");

  @ParameterizedTest
  @CsvSource({
    "main, orders, main/orders.parquet",
    "main, Orders.v2, main/Orders.v2.parquet",
    "latest.json, x, latest%2Ejson/x.parquet",
    ".tmp, .., %2Etmp/%2E..parquet",
    "a/b, c\\d, a%2Fb/c%5Cd.parquet",
    "main, orders@5, main/orders%405.parquet",
    "main, 100%, main/100%25.parquet",
    "straße, 東京, straße/東京.parquet"
  })
  void file_anyName_staysInItsFolder(String schema, String table, String expected) {
    assertThat(new ExportLayout(FOLDER).file(new TableName(schema, table)))
        .isEqualTo(FOLDER.resolve(expected));
  }

  @Property(tries = 300)
  void file_anyName_isOneShortNameInOneFolder(
      @ForAll @NotEmpty String schema, @ForAll @NotEmpty String table) {
    ExportLayout layout = new ExportLayout(FOLDER);
    Path file = layout.file(new TableName(schema, table));

    assertThat(file.normalize()).isEqualTo(file);
    assertThat(FOLDER.relativize(file).getNameCount()).isEqualTo(2);
    assertThat(file.startsWith(layout.temporaryFolder())).isFalse();
    assertThat(file.startsWith(layout.manifest())).isFalse();
    assertThat(file.getFileName().toString().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(256);
  }
}
