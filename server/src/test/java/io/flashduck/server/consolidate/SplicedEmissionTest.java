package io.flashduck.server.consolidate;

import static io.flashduck.server.consolidate.ExportFixture.ORDERS;
import static io.flashduck.server.engine.sql.SqlIdentifiers.literal;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.format.RowGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only the row groups with changed rows are encoded again, and the file is what it would be. */
final class SplicedEmissionTest {
  private static final int GROUPS = 120;
  private static final int GROUP_ROWS = 2048;

  @TempDir Path dir;
  private ExportFixture tables;
  private Consolidator consolidator;

  @BeforeEach
  void open() throws Exception {
    tables = new ExportFixture(dir);
    consolidator = tables.start();
  }

  @AfterEach
  void close() {
    tables.close();
  }

  private void createOrders() throws Exception {
    tables.create(ORDERS, "SELECT 0::BIGINT AS id, '' AS name, 0.5::DOUBLE AS price", "id");
    tables.insert(ORDERS, rows(0, GROUPS * GROUP_ROWS));
    tables.exported(ORDERS);
  }

  /** Even ids, so that there is room between any two. */
  private static String rows(int from, int to) {
    return "SELECT 2 * i AS id, 'n' || i AS name, i / 4 AS price FROM range("
        + from
        + ", "
        + to
        + ") t(i)";
  }

  private List<byte[]> pages() throws IOException {
    return FileCheck.pages(tables.file(ORDERS));
  }

  private List<Long> groupRows() throws IOException {
    return FileCheck.footer(tables.file(ORDERS)).getRow_groups().stream()
        .map(RowGroup::getNum_rows)
        .toList();
  }

  private void requireEncoded(int rowGroups) {
    EmissionEffort effort = consolidator.states().get(0).effort().orElseThrow();
    assertThat(effort.encodedRowGroups()).as(effort.toString()).isEqualTo(rowGroups);
  }

  /** Commits that came before the last one may have been emitted on their own. */
  private void requireSpliced() {
    EmissionEffort effort = consolidator.states().get(0).effort().orElseThrow();
    assertThat(effort.copiedRowGroups()).as(effort.toString()).isPositive();
  }

  private void requireEqual() throws IOException {
    FileCheck.requireSound(tables.file(ORDERS));
    assertThat(consolidator.verify(ORDERS).problems()).isEmpty();
  }

  @Test
  void change_oneRow_onlyItsRowGroupIsEncodedAgain() throws Exception {
    createOrders();
    List<byte[]> before = pages();
    tables.upsert(ORDERS, "SELECT 5000 * 2 AS id, 'changed' AS name, 0.5 AS price");
    tables.exported(ORDERS);
    requireEncoded(1);

    List<byte[]> after = pages();
    assertThat(after).hasSize(GROUPS);
    for (int i = 0; i < GROUPS; i++) {
      if (i == 5000 / GROUP_ROWS) {
        assertThat(after.get(i)).isNotEqualTo(before.get(i));
      } else {
        assertThat(after.get(i)).isEqualTo(before.get(i));
      }
    }
    requireEqual();
  }

  @Test
  void change_rowsInSeveralPlaces_eachRangeIsEncodedAgain() throws Exception {
    createOrders();
    List<byte[]> before = pages();
    tables.upsert(ORDERS, "SELECT -1 AS id, 'first' AS name, 0.5 AS price");
    tables.delete(ORDERS, "id BETWEEN 20000 AND 20010");
    tables.upsert(ORDERS, "SELECT 10000001 AS id, 'last' AS name, 0.5 AS price");
    tables.exported(ORDERS);
    requireSpliced();

    List<byte[]> after = pages();
    List<Integer> changed = new ArrayList<>();
    for (int i = 0; i < after.size(); i++) {
      if (!Arrays.equals(after.get(i), before.get(i))) {
        changed.add(i);
      }
    }
    assertThat(changed).containsExactly(0, 10000 / GROUP_ROWS, GROUPS - 1);
    requireEqual();
  }

  @Test
  void change_rowGroupGrowsTooLarge_isSplit() throws Exception {
    createOrders();
    tables.upsert(
        ORDERS, "SELECT 8193 + 2 * i AS id, 'odd' AS name, 0 AS price FROM range(2000) t(i)");
    tables.exported(ORDERS);
    requireEncoded(2);

    assertThat(groupRows())
        .hasSize(GROUPS + 1)
        .allSatisfy(rows -> assertThat(rows).isBetween(1L, 3072L));
    requireEqual();
    tables.update(ORDERS, "name = 'again'", "id = 8193 + 2000");
    tables.exported(ORDERS);
    requireEqual();
  }

  @Test
  void change_rowGroupBecomesSmall_isJoinedWithANeighbour() throws Exception {
    createOrders();
    tables.delete(ORDERS, "id // 2 BETWEEN 2048 AND 4000");
    tables.exported(ORDERS);
    requireEncoded(1);

    assertThat(groupRows()).hasSize(GROUPS - 1).startsWith(2143L);
    requireEqual();
  }

  @Test
  void change_rowGroupsBecomeEmpty_areGone() throws Exception {
    createOrders();
    tables.delete(ORDERS, "id // 2 < 4096 OR id // 2 BETWEEN 10240 AND 12287");
    tables.exported(ORDERS);
    requireEncoded(0);

    assertThat(groupRows()).hasSize(GROUPS - 3);
    requireEqual();
    tables.insert(ORDERS, "SELECT 2 AS id, 'back' AS name, 0.5 AS price");
    tables.exported(ORDERS);
    assertThat(groupRows().get(0)).isEqualTo(2049);
    requireEqual();
  }

  @Test
  void change_appendedRows_leaveFullRowGroupsBehind() throws Exception {
    createOrders();
    for (int i = 0; i < 6; i++) {
      int from = GROUPS * GROUP_ROWS + i * 1000;
      tables.insert(ORDERS, rows(from, from + 1000));
      tables.exported(ORDERS);
    }

    List<Long> rows = groupRows();
    assertThat(rows.subList(0, rows.size() - 1)).containsOnly((long) GROUP_ROWS);
    requireEqual();
  }

  @Test
  void change_mostOfTheTable_isWrittenInFull() throws Exception {
    createOrders();
    tables.update(ORDERS, "price = price + 1", "id % 100 = 0");
    tables.exported(ORDERS);
    requireEncoded(120);

    assertThat(groupRows()).containsOnly((long) GROUP_ROWS);
    requireEqual();
  }

  @Test
  void change_everyRowDeleted_fileIsEmpty() throws Exception {
    createOrders();
    tables.delete(ORDERS, "true");
    assertThat(tables.exported(ORDERS).rows()).isZero();
    requireEqual();
    tables.insert(ORDERS, rows(0, 10));
    assertThat(tables.exported(ORDERS).rows()).isEqualTo(10);
    requireEqual();
  }

  @Test
  void change_notRecorded_isWrittenInFull() throws Exception {
    createOrders();
    tables.stop();
    tables.delete(ORDERS, "id = 0");
    consolidator = tables.start();
    tables.upsert(ORDERS, "SELECT 2 AS id, 'recorded' AS name, 0.5 AS price");
    tables.exported(ORDERS);

    requireEqual();
  }

  @Test
  void change_afterARestart_isSpliced() throws Exception {
    createOrders();
    tables.stop();
    consolidator = tables.start();
    List<byte[]> before = pages();
    tables.upsert(ORDERS, "SELECT 1 AS id, 'new' AS name, 0.5 AS price");
    tables.exported(ORDERS);
    requireEncoded(1);

    List<byte[]> after = pages();
    assertThat(groupRows().get(0)).isEqualTo(2049);
    for (int i = 1; i < GROUPS; i++) {
      assertThat(after.get(i)).isEqualTo(before.get(i));
    }
    requireEqual();
  }

  @Test
  void change_fileWasReplacedBySomebody_isWrittenInFull() throws Exception {
    createOrders();
    Files.writeString(tables.file(ORDERS), "not a Parquet file");
    tables.upsert(ORDERS, "SELECT 1 AS id, 'new' AS name, 0.5 AS price");
    tables.exported(ORDERS);

    requireEqual();
  }

  @Test
  void change_nullsAppearAndVanish_schemaStays() throws Exception {
    createOrders();
    List<byte[]> before = pages();
    tables.update(ORDERS, "name = NULL, price = NULL", "id = 0");
    tables.exported(ORDERS);
    requireEncoded(1);
    requireEqual();
    tables.update(ORDERS, "name = 'back', price = 1", "id = 0");
    tables.exported(ORDERS);
    requireEqual();

    assertThat(pages().get(1)).isEqualTo(before.get(1));
  }

  @Test
  void change_tableWithoutKey_isSplicedInOrderOfArrival() throws Exception {
    tables.create(ORDERS, "SELECT 0::BIGINT AS id, '' AS name, 0.5::DOUBLE AS price");
    tables.insert(ORDERS, rows(0, 60 * GROUP_ROWS));
    tables.insert(ORDERS, rows(0, 60 * GROUP_ROWS));
    tables.exported(ORDERS);
    List<byte[]> before = pages();
    tables.insert(ORDERS, rows(7, 9));
    tables.update(ORDERS, "name = 'x'", "_fd_row = 5000");
    tables.exported(ORDERS);
    requireSpliced();

    List<byte[]> after = pages();
    List<Integer> changed = new ArrayList<>();
    for (int i = 0; i < after.size(); i++) {
      if (i >= before.size() || !Arrays.equals(after.get(i), before.get(i))) {
        changed.add(i);
      }
    }
    assertThat(changed).containsExactly(2, 62, 119);
    requireEqual();
    assertThat(
            tables.query(
                "SELECT id FROM read_parquet("
                    + literal(tables.file(ORDERS).toString())
                    + ") OFFSET "
                    + (120 * GROUP_ROWS - 1),
                row -> row.getLong(1)))
        .containsExactly(2L * (60 * GROUP_ROWS - 1), 14L, 16L);
  }

  @Test
  void change_compositeKeyOfTextAndDate_isSpliced() throws Exception {
    tables.create(
        ORDERS, "SELECT '' AS customer, DATE '2020-01-01' AS day, 0 AS amount", "customer", "day");
    tables.insert(
        ORDERS,
        "SELECT 'it''s, ' || (i // 90000), DATE '2020-01-01' + (i % 90000)::INTEGER, i FROM"
            + " range(270000) t(i)");
    tables.exported(ORDERS);
    List<byte[]> before = pages();
    tables.update(ORDERS, "amount = -1", "amount = 135000");
    tables.upsert(ORDERS, "SELECT 'it''s, 1' AS customer, DATE '1999-01-01' AS day, 1 AS amount");
    tables.exported(ORDERS);
    requireSpliced();

    List<byte[]> after = pages();
    long same = 0;
    for (int i = 0; i < after.size(); i++) {
      same += Arrays.equals(after.get(i), before.get(i)) ? 1 : 0;
    }
    assertThat(same).isEqualTo(before.size() - 2);
    requireEqual();
  }

  @Test
  void change_columnWithBloomFilter_filterMovesWithItsRowGroup() throws Exception {
    tables.create(ORDERS, "SELECT 0::BIGINT AS id, '' AS name, 0 AS price", "id");
    tables.insert(
        ORDERS, "SELECT i AS id, 'g' || (i // 2048) AS name, 0 AS price FROM range(245760) t(i)");
    tables.exported(ORDERS);
    tables.upsert(ORDERS, "SELECT 10000 AS id, 'new' AS name, 0 AS price");
    tables.exported(ORDERS);

    requireEncoded(1);
    String probe = "parquet_bloom_probe(" + literal(tables.file(ORDERS).toString()) + ", 'name', ";
    for (String name : List.of("g0", "g4", "new", "g119")) {
      String has = "SELECT string_agg(row_group_id) FROM " + probe + literal(name) + ")";
      int group = name.equals("new") ? 4 : Integer.parseInt(name.substring(1));
      assertThat(tables.value(has + " WHERE NOT bloom_filter_excludes"))
          .isEqualTo(Integer.toString(group));
    }
    requireEqual();
  }

  @Test
  void change_withASpareCopy_newRowGroupIsAppendedAndTheOldOneErased() throws Exception {
    tables.stop();
    consolidator = tables.withSpares().start();
    createOrders();
    List<byte[]> before = pages();
    for (int i = 0; i < 4; i++) {
      tables.upsert(ORDERS, "SELECT 2000 AS id, 'secret" + i + "' AS name, 0.5 AS price");
      tables.exported(ORDERS);
      consolidator.awaitIdle();
    }
    requireEncoded(1);

    List<RowGroup> groups = FileCheck.footer(tables.file(ORDERS)).getRow_groups();
    long first = RowGroupBytes.pages(groups.get(0)).start();
    long last = RowGroupBytes.pages(groups.get(GROUPS - 1)).start();
    assertThat(first).isGreaterThan(last);
    byte[] file = Files.readAllBytes(tables.file(ORDERS));
    assertThat(Arrays.copyOfRange(file, 4, 2000)).containsOnly(0);
    List<byte[]> after = pages();
    for (int i = 1; i < GROUPS; i++) {
      assertThat(after.get(i)).isEqualTo(before.get(i));
    }
    requireEqual();
    tables.upsert(ORDERS, "SELECT 100000 AS id, 'other' AS name, 0.5 AS price");
    tables.exported(ORDERS);
    // The copy has no gaps: the first row group is at the beginning again.
    groups = FileCheck.footer(tables.file(ORDERS)).getRow_groups();
    assertThat(RowGroupBytes.pages(groups.get(0)).start()).isEqualTo(4);
    requireEqual();
  }

  @Test
  void close_sparesAreRemoved() throws Exception {
    tables.stop();
    consolidator = tables.withSpares().start();
    createOrders();
    tables.upsert(ORDERS, "SELECT 2000 AS id, 'x' AS name, 0.5 AS price");
    tables.exported(ORDERS);
    consolidator.awaitIdle();
    Path parts = tables.exportDir().resolve(".tmp");
    assertThat(parts).isDirectoryContaining("glob:**/spare-*.part");

    tables.stop();

    assertThat(parts).isDirectoryNotContaining("glob:**/*.part");
  }

  @Test
  void change_withoutRecordBeforeOneWithRecord_isWrittenInFull() throws Exception {
    createOrders();
    consolidator.awaitIdle();
    tables.executeSilently(ORDERS, "UPDATE {t} SET price = -1 WHERE id = 40000");
    tables.update(ORDERS, "price = -2", "id = 80000");
    tables.exported(ORDERS);

    requireEncoded(GROUPS);
    requireEqual();
  }

  @Test
  void change_recordedWrongly_isNoticedAndWrittenInFull() throws Exception {
    createOrders();
    tables.executeUnrecorded(ORDERS, "DELETE FROM {t} WHERE id = 40000", "SELECT 2 AS id");
    assertThat(tables.exported(ORDERS).rows()).isEqualTo(GROUPS * GROUP_ROWS - 1);

    requireEqual();
  }
}
