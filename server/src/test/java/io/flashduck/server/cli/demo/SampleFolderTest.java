package io.flashduck.server.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.cli.local.LocalFile;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SampleFolderTest {
  @TempDir private Path dir;

  @Test
  void writeAll_hasEveryKindOfTable() throws IOException {
    Path shop = dir.resolve("shop");
    try (SampleFolder folder = SampleFolder.open(shop)) {
      folder.writeAll(1_000);
      assertThat(rows(shop.resolve("orders.parquet"))).isEqualTo(1_000);
      assertThat(rows(shop.resolve("customers.csv"))).isEqualTo(2_000);
      assertThat(rows(shop.resolve("products.json"))).isEqualTo(200);
      assertThat(rows(shop.resolve("reviews.ndjson"))).isEqualTo(500);
      assertThat(rows(shop.resolve("warehouse/stock.csv"))).isEqualTo(400);
      assertThat(rows(shop.resolve("warehouse/shipments_partition_2.parquet"))).isEqualTo(3_000);
      try (Stream<Path> days = Files.list(shop.resolve("events"))) {
        assertThat(days).hasSize(7);
      }
      try (Stream<Path> files = Files.walk(shop)) {
        assertThat(files.map(file -> String.valueOf(file.getFileName())))
            .noneMatch(name -> name.endsWith(".tmp"));
      }
      String before = Files.readString(shop.resolve("warehouse/stock.csv"));
      folder.writeStock(1);
      assertThat(Files.readString(shop.resolve("warehouse/stock.csv"))).isNotEqualTo(before);
      assertThat(rows(folder.writeEvents(SampleFolder.today(), 1, 70))).isEqualTo(70);
      assertThat(rows(folder.writeReviews(510))).isEqualTo(510);
    }
  }

  @Test
  void open_folderWithFiles_isRefused() throws IOException {
    Files.writeString(dir.resolve("mine.csv"), "a\n1\n");
    assertThatThrownBy(() -> SampleFolder.open(dir))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining("not empty");
  }

  private static long rows(Path file) {
    long count = 0;
    try (BufferAllocator allocator = new RootAllocator();
        RowStream rows = LocalFile.open(file, 10_000, allocator)) {
      while (rows.next()) {
        count += rows.root().getRowCount();
      }
    }
    return count;
  }
}
