package io.flashduck.server.consolidate;

import static io.flashduck.server.consolidate.ExportFixture.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** After any changes the file equals the table, whether it was written in full or spliced. */
final class SplicePropertyTest {
  private static final int ROWS = 200_000;
  private static final int STEPS = 8;

  /** The shapes of keys that are tried. */
  enum Key {
    NUMBER("SELECT i AS id, i AS part, ", "id", "id"),
    TEXT("SELECT printf('%07d', i) AS id, i AS part, ", "id", "id"),
    PAIR("SELECT i % 100000 AS id, i // 100000 AS part, ", "row(part, id)", "part,id"),
    NONE("SELECT i AS id, i AS part, ", "", "");

    final String select;
    final String order;
    private final String columns;

    Key(String select, String order, String columns) {
      this.select = select;
      this.order = order;
      this.columns = columns;
    }

    String[] keys() {
      return columns.isEmpty() ? new String[0] : columns.split(",");
    }

    String rows(String from) {
      return select + "'t' || (i % 20) AS tag, i / 3 AS price FROM " + from + " t(i)";
    }
  }

  @Property(tries = 12, shrinking = ShrinkingMode.OFF)
  void fileEqualsTableAfterAnyChanges(@ForAll Key key, @ForAll long seed) throws Exception {
    Path dir = Files.createTempDirectory("splice");
    Random random = new Random(seed);
    List<Integer> copied = new ArrayList<>();
    try (ExportFixture tables = new ExportFixture(dir)) {
      if (random.nextBoolean()) {
        tables.withSpares();
      }
      Consolidator consolidator = tables.start();
      tables.create(ORDERS, key.rows("range(1)"), key.keys());
      tables.insert(ORDERS, key.rows("range(0, " + 2 * ROWS + ", 2)"));
      tables.exported(ORDERS);
      for (int step = 0; step < STEPS; step++) {
        for (int change = random.nextInt(3); change >= 0; change--) {
          change(tables, key, random);
        }
        if (random.nextInt(6) == 0) {
          tables.stop();
          consolidator = tables.start();
        }
        tables.exported(ORDERS);
        consolidator
            .states()
            .get(0)
            .effort()
            .ifPresent(effort -> copied.add(effort.copiedRowGroups()));
        assertThat(consolidator.verify(ORDERS).problems()).isEmpty();
        FileCheck.requireSound(tables.file(ORDERS));
        if (!key.order.isEmpty()) {
          FileCheck.requireOrder(tables, tables.file(ORDERS), key.order);
        }
      }
      assertThat(copied).as("row groups copied in each step").anyMatch(groups -> groups > 0);
    } finally {
      delete(dir);
    }
  }

  private static void change(ExportFixture tables, Key key, Random random) {
    int at = random.nextInt(2 * ROWS);
    int many = 1 << random.nextInt(13);
    String some = "range(" + at + ", " + (at + many) + ")";
    switch (random.nextInt(8)) {
      case 0 -> tables.delete(ORDERS, "price BETWEEN " + at / 3 + " AND " + (at + many) / 3);
      case 1 ->
          tables.update(ORDERS, "tag = NULL", "price BETWEEN " + at / 3 + " AND " + (at + 3) / 3);
      case 2 -> tables.update(ORDERS, "price = price + 0.5, tag = 'new'", "hash(id) % 100000 = 7");
      case 3 -> tables.delete(ORDERS, "hash(id) % 50000 = " + random.nextInt(50_000));
      case 4 ->
          put(tables, key, "range(" + 2 * ROWS + ", " + (2 * ROWS + random.nextInt(5000)) + ")");
      case 5 -> put(tables, key, "range(" + at + ", " + (at + 2) + ")");
      default -> put(tables, key, some);
    }
  }

  private static void put(ExportFixture tables, Key key, String range) {
    if (key == Key.NONE) {
      tables.insert(ORDERS, key.rows(range));
    } else {
      tables.upsert(ORDERS, key.rows(range));
    }
  }

  private static void delete(Path dir) throws Exception {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
