package io.flashduck.server.consolidate;

import static io.flashduck.server.consolidate.ExportFixture.ORDERS;
import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.ExportConfig;
import io.flashduck.server.config.ExportPolicy;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SortingColumn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConsolidatorTest {
  @TempDir Path dir;
  private ExportFixture tables;

  @BeforeEach
  void open() throws IOException {
    tables = new ExportFixture(dir);
  }

  @AfterEach
  void close() {
    tables.close();
  }

  private void createOrders() {
    tables.create(ORDERS, "SELECT 0::INTEGER AS price, 0::BIGINT AS id, '' AS name", "id");
    tables.insert(ORDERS, "SELECT i, 9999 - i, 'n' || i FROM range(5000) t(i)");
  }

  private String read(TableName table) {
    return "read_parquet(" + literal(tables.file(table).toString()) + ")";
  }

  private FileMetaData footer(TableName table) throws IOException {
    try (FileChannel channel = FileChannel.open(tables.file(table), StandardOpenOption.READ)) {
      return ParquetFooter.read(channel).metadata();
    }
  }

  @Test
  void published_keyedTable_userColumnsInKeyOrder() throws Exception {
    createOrders();
    tables.start();

    ExportedFile file = tables.exported(ORDERS);

    assertThat(file.rows()).isEqualTo(5000);
    assertThat(file.file()).isEqualTo(tables.file(ORDERS)).hasSize(file.bytes());
    assertThat(tables.query("DESCRIBE FROM " + read(ORDERS), row -> row.getString(1)))
        .containsExactly("price", "id", "name");
    assertThat(
            tables.value(
                "SELECT bool_and(id = file_row_number + 5000 AND name = 'n' || price) FROM"
                    + " read_parquet("
                    + literal(file.file().toString())
                    + ", file_row_number = true)"))
        .isEqualTo("true");
    assertThat(footer(ORDERS).getRow_groups())
        .hasSize(3)
        .extracting(RowGroup::getSorting_columns)
        .containsOnly(List.of(new SortingColumn(1, false, false)));
  }

  @Test
  void published_tableWithoutKey_rowsInOrderOfArrivalFilesFirst() throws Exception {
    tables.create(ORDERS, "SELECT '' AS name");
    tables.insert(ORDERS, "SELECT 'write1-' || i FROM range(3) t(i)");
    tables.insert(ORDERS, "SELECT 'write2-' || i FROM range(2) t(i)");
    tables.execute(ORDERS, "INSERT INTO {t} VALUES ('file2', 1, 2, 0, 0), ('file1', 1, 1, 0, 0)");
    tables.execute(ORDERS, "UPDATE {t} SET name = 'changed' WHERE name = 'write1-1'");
    tables.start();
    tables.exported(ORDERS);

    assertThat(tables.query("SELECT name FROM " + read(ORDERS), row -> row.getString(1)))
        .containsExactly(
            "file1", "file2", "write1-0", "changed", "write1-2", "write2-0", "write2-1");
    assertThat(footer(ORDERS).getRow_groups().get(0).isSetSorting_columns()).isFalse();
  }

  @Test
  void published_anyTable_footerSaysWhatTheFileHolds() throws Exception {
    createOrders();
    tables.start();
    ExportedFile file = tables.exported(ORDERS);

    Map<String, String> properties =
        footer(ORDERS).getKey_value_metadata().stream()
            .collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue));

    assertThat(properties)
        .containsEntry("flashduck.table", "main.orders")
        .containsEntry("flashduck.version", "2")
        .containsEntry("flashduck.sequence", "2")
        .containsEntry("flashduck.row_count", "5000")
        .containsEntry("flashduck.schema_version", "1")
        .containsEntry("flashduck.source_files", "{\"count\":1,\"files\":[\"a.csv\"]}")
        .containsEntry("flashduck.content_hash", file.contentHash())
        .containsEntry("flashduck.written_by", "flashduck test");
  }

  @Test
  void published_everyColumnIsOptionalWhateverItsContent() throws Exception {
    createOrders();
    tables.start();
    tables.exported(ORDERS);

    assertThat(
            tables.query(
                "SELECT DISTINCT repetition_type FROM parquet_schema("
                    + literal(tables.file(ORDERS).toString())
                    + ") WHERE name <> 'duckdb_schema'",
                row -> row.getString(1)))
        .containsExactly("OPTIONAL");
  }

  @Test
  void published_emptyTable_fileWithColumnsAndNoRows() throws Exception {
    tables.create(ORDERS, "SELECT 0::BIGINT AS id, '' AS name", "id");
    Consolidator consolidator = tables.start();

    assertThat(tables.exported(ORDERS).rows()).isZero();
    assertThat(tables.query("DESCRIBE FROM " + read(ORDERS), row -> row.getString(1)))
        .containsExactly("id", "name");
    assertThat(consolidator.verify(ORDERS).problems()).isEmpty();
  }

  @Test
  void published_manyChanges_fileReachesTheLastOne() throws Exception {
    createOrders();
    Consolidator consolidator = tables.start();
    for (int i = 0; i < 50; i++) {
      tables.insert(ORDERS, "SELECT 0, " + (100_000 + i) + ", 'new'");
      tables.publish(ORDERS);
    }

    ExportedFile file = tables.exported(ORDERS);

    assertThat(file.version()).isEqualTo(tables.version());
    assertThat(file.rows()).isEqualTo(5050);
    assertThat(consolidator.states().get(0).lag()).isEmpty();
  }

  @Test
  void published_whileAFileIsOpen_itsReaderKeepsTheOldContent() throws Exception {
    createOrders();
    tables.start();
    tables.exported(ORDERS);
    byte[] before = Files.readAllBytes(tables.file(ORDERS));
    try (FileChannel reader = FileChannel.open(tables.file(ORDERS), StandardOpenOption.READ)) {
      tables.execute(ORDERS, "DELETE FROM {t} WHERE id % 2 = 0");
      tables.exported(ORDERS);

      assertThat(ParquetFooter.readFully(reader, 0, before.length).array()).isEqualTo(before);
      assertThat(reader.size()).isEqualTo(before.length);
    }
    assertThat(tables.value("SELECT count(*) FROM " + read(ORDERS))).isEqualTo("2500");
  }

  @Test
  void published_droppedTable_fileIsRemoved() throws Exception {
    createOrders();
    Consolidator consolidator = tables.start();
    tables.exported(ORDERS);
    tables.drop(ORDERS);

    assertThatThrownBy(() -> consolidator.export(ORDERS).get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    assertThat(tables.file(ORDERS)).doesNotExist();
    assertThat(consolidator.states()).isEmpty();
  }

  @Test
  void published_keepingVersions_theLastOnesStay() throws Exception {
    ExportConfig config = ExportFixture.config(ExportPolicy.ALWAYS);
    tables.with(
        new ExportConfig(
            config.schedule(),
            config.compression(),
            config.compressionLevel(),
            2048,
            config.encodings(),
            2));
    createOrders();
    tables.start();
    for (int i = 0; i < 5; i++) {
      tables.exported(ORDERS);
      tables.delete(ORDERS, "id = " + (5000 + i));
    }
    ExportedFile last = tables.exported(ORDERS);

    Path folder = Publisher.folder(tables.file(ORDERS));
    assertThat(folder)
        .isDirectoryContaining("glob:**/orders@5.parquet")
        .isDirectoryContaining("glob:**/orders@6.parquet");
    assertThat(last.sequence()).isEqualTo(7);
    assertThat(new SystemFiles().list(folder)).hasSize(3);
    assertThat(
            tables.value(
                "SELECT count(*) FROM read_parquet("
                    + literal(folder.resolve("orders@5.parquet").toString())
                    + ")"))
        .isEqualTo("4997");
    tables.drop(ORDERS);
    tables.stop();
    tables.start();
    tables.create(TableName.ofMain("other"), "SELECT 0 AS id", "id");
    tables.exported(TableName.ofMain("other"));
    assertThat(folder).isDirectoryNotContaining("glob:**/orders*");
  }

  @Test
  void awaitExported_policyOff_refused() throws Exception {
    tables.with(ExportFixture.config(ExportPolicy.OFF));
    createOrders();
    Consolidator consolidator = tables.start();

    assertThatThrownBy(() -> consolidator.awaitExported(ORDERS, 1).get(30, TimeUnit.SECONDS))
        .hasMessageContaining("policy is off");
    assertThat(consolidator.export(ORDERS).get(30, TimeUnit.SECONDS).rows()).isEqualTo(5000);
  }

  @Test
  void awaitExported_whenClosed_fails() throws Exception {
    createOrders();
    Consolidator consolidator = tables.open();
    var future = consolidator.awaitExported(ORDERS, 99);
    tables.stop();

    assertThat(future).isCompletedExceptionally();
  }

  @Test
  void start_fileIsCurrent_keptAsItIs() throws Exception {
    createOrders();
    tables.start();
    ExportedFile first = tables.exported(ORDERS);
    FileTime written = Files.getLastModifiedTime(first.file());
    tables.stop();

    tables.start();

    assertThat(tables.exported(ORDERS)).isEqualTo(first);
    assertThat(Files.getLastModifiedTime(first.file())).isEqualTo(written);
  }

  @Test
  void start_fileIsBehindMissingOrDamaged_replaced() throws Exception {
    createOrders();
    tables.start();
    tables.exported(ORDERS);
    tables.stop();
    tables.execute(ORDERS, "DELETE FROM {t} WHERE id = 5000");
    tables.start();
    assertThat(tables.exported(ORDERS).rows()).isEqualTo(4999);
    tables.stop();
    Files.delete(tables.file(ORDERS));
    tables.start();
    assertThat(tables.exported(ORDERS).file()).exists();
    tables.stop();
    try (RandomAccessFile file = new RandomAccessFile(tables.file(ORDERS).toFile(), "rw")) {
      file.setLength(file.length() / 2);
    }
    Consolidator consolidator = tables.start();
    tables.exported(ORDERS);

    assertThat(consolidator.verify(ORDERS).problems()).isEmpty();
  }

  @Test
  void start_leftovers_removedButForeignFilesKept() throws Exception {
    createOrders();
    tables.start();
    tables.exported(ORDERS);
    tables.stop();
    Path dropped = tables.file(TableName.ofMain("dropped"));
    tables.drop(ORDERS);
    Files.move(tables.file(ORDERS), dropped);
    Path foreign = dropped.resolveSibling("foreign.parquet");
    Files.writeString(foreign, "not ours");
    Path part = tables.exportDir().resolve(".tmp/full-7.part");
    Files.writeString(part, "half");

    tables.start();
    tables.create(TableName.ofMain("other"), "SELECT 0 AS id", "id");
    tables.exported(TableName.ofMain("other"));

    assertThat(part).doesNotExist();
    assertThat(dropped).doesNotExist();
    assertThat(foreign).exists();
  }

  @Test
  void open_folderOfAnotherServer_refused() throws Exception {
    tables.open();

    assertThatThrownBy(() -> tables.open())
        .isInstanceOfSatisfying(
            FlashDuckException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.ALREADY_RUNNING));
  }

  @Test
  void manifest_afterEmissions_namesEveryFile() throws Exception {
    createOrders();
    TableName other = new TableName("sales", "über/blick");
    tables.create(other, "SELECT 0 AS id", "id");
    tables.start();
    ExportedFile orders = tables.exported(ORDERS);
    tables.exported(other);
    tables.stop();

    JsonNode manifest =
        new ObjectMapper().readTree(tables.exportDir().resolve("latest.json").toFile());

    assertThat(manifest.findValuesAsText("file"))
        .containsExactly("main/orders.parquet", "sales/über%2Fblick.parquet");
    assertThat(manifest.get("tables").get(0).get("hash").asText()).isEqualTo(orders.contentHash());
    try (Stream<Path> parts = Files.list(tables.exportDir().resolve(".tmp"))) {
      assertThat(parts.map(Path::getFileName).map(Path::toString)).containsExactly("LOCK");
    }
  }

  @Test
  void verify_equal_reportsBothCounts() throws Exception {
    createOrders();
    Consolidator consolidator = tables.start();
    tables.exported(ORDERS);

    VerifyReport report = consolidator.verify(ORDERS);

    assertThat(report.equal()).as(report.toString()).isTrue();
    assertThat(report.tableRows()).isEqualTo(5000);
    assertThat(report.fileRows()).isEqualTo(5000);
    assertThat(report.version()).isEqualTo(tables.version());
  }

  @Test
  void verify_tableMovedOnUnpublished_comparesTheVersionItNames() throws Exception {
    createOrders();
    Consolidator consolidator = tables.start();
    tables.exported(ORDERS);
    tables.execute(ORDERS, "DELETE FROM {t} WHERE id = 5000");

    VerifyReport report = consolidator.verify(ORDERS);

    assertThat(report.equal()).as(report.toString()).isTrue();
    assertThat(report.version()).isEqualTo(tables.version());
    assertThat(report.tableRows()).isEqualTo(4999);
  }

  @Test
  void verify_fileWithOtherRows_saysWhatDiffers() throws Exception {
    createOrders();
    Consolidator consolidator = tables.start();
    tables.exported(ORDERS);
    // What the table never held, written behind its back under the same version.
    Path part = tables.exportDir().resolve("forged.part");
    try (var connection = tables.engine().openInternal()) {
      connection.execute(
          "COPY (SELECT price + (id = 7000)::INTEGER AS price, id, name FROM "
              + read(ORDERS)
              + ") TO "
              + literal(part.toString())
              + " (FORMAT PARQUET)");
    }
    FileMetaData honest = footer(ORDERS);
    try (FileChannel channel =
        FileChannel.open(part, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ParquetFooter footer = ParquetFooter.read(channel);
      footer.metadata().setKey_value_metadata(honest.getKey_value_metadata());
      ParquetFooter.write(new SystemFiles(), channel, footer.start(), footer.metadata());
    }
    Files.move(part, tables.file(ORDERS), java.nio.file.StandardCopyOption.ATOMIC_MOVE);

    VerifyReport report = consolidator.verify(ORDERS);

    assertThat(report.equal()).isFalse();
    assertThat(report.problems())
        .anySatisfy(problem -> assertThat(problem).contains("table and of the file"))
        .anySatisfy(problem -> assertThat(problem).contains("file and of its footer"));
  }

  @Test
  void verify_unknownTable_notFound() {
    Consolidator consolidator = tables.start();

    assertThatThrownBy(() -> consolidator.verify(ORDERS)).hasMessageContaining("main.orders");
  }
}
