package io.flashduck.server.cli.demo;

import io.flashduck.server.cli.local.LocalEngine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/**
 * The files of a small web shop: every format, a partitioned table, keyed ones, a schema of its
 * own.
 *
 * <p>Threading: confined to the caller.
 */
final class SampleFolder implements AutoCloseable {
  private static final String TABLES =
      """
      # Keys and folders that file names cannot tell; a column "id" is a key by itself.
      tables:
        products:
          key: sku
        events: {}              # the folder events/ is one table, day=... its column
        warehouse.stock:
          key: [site, sku]
      """;

  private static final String RANDOM_NAMES =
      """
      list_extract(['Ada','Ben','Cleo','Dara','Emil','Fay','Gus','Hana','Ivo','Jun','Kai','Lena',\
      'Max','Noor','Ola','Pia','Rui','Sam','Tove','Uma'], 1 + (hash(i) % 20)::INTEGER) || ' ' ||
      list_extract(['Abel','Brandt','Costa','Dubois','Eriksen','Fischer','Garcia','Haddad','Ito',\
      'Jensen','Kowalski','Larsen','Moreau','Nowak','Okafor','Patel','Quist','Rossi','Silva',\
      'Tanaka'], 1 + (hash(i * 31) % 20)::INTEGER)""";

  private final Path folder;
  private final LocalEngine local;
  private final EngineConnection connection;

  private SampleFolder(Path folder, LocalEngine local, EngineConnection connection) {
    this.folder = folder;
    this.local = local;
    this.connection = connection;
  }

  /**
   * Opens a folder, which is created if it is missing.
   *
   * @throws FlashDuckException ALREADY_EXISTS if the folder holds anything
   */
  static SampleFolder open(Path folder) {
    try {
      Files.createDirectories(folder);
      try (var files = Files.list(folder)) {
        if (files.findAny().isPresent()) {
          throw new FlashDuckException(
              ErrorCode.ALREADY_EXISTS,
              "The folder " + folder + " is not empty; the demo writes only into a new one.");
        }
      }
    } catch (IOException e) {
      throw failed("Cannot make the folder " + folder, e);
    }
    LocalEngine local = LocalEngine.open(List.of(folder));
    return new SampleFolder(folder, local, local.engine().openInternal());
  }

  /**
   * Writes all files.
   *
   * @param orders rows of the largest table
   */
  void writeAll(long orders) {
    writeText("tables.yaml", TABLES);
    write(
        "orders.parquet",
        """
        SELECT i AS id, 1 + (hash(i) % 2000)::BIGINT AS customer_id,
          'SKU-' || (100 + hash(i * 17) % 200)::VARCHAR AS sku,
          1 + (hash(i * 3) % 5)::INTEGER AS quantity,
          ((500 + hash(i * 13) % 20000)::BIGINT / 100)::DECIMAL(10, 2) AS total,
          list_extract(['new','paid','packed','shipped','delivered','returned'],
            1 + (hash(i * 7) % 6)::INTEGER) AS status,
          date_trunc('second', now()::TIMESTAMP)
            - to_seconds((hash(i * 5) % 31536000)::BIGINT) AS ordered_at
        FROM range(1, ORDERS) t(i)"""
            .replace("ORDERS", String.valueOf(orders + 1)));
    write(
        "customers.csv",
        """
        SELECT i AS id, %s AS name,
          list_extract(['Berlin','Lisbon','Oslo','Osaka','Lagos','Lima','Turin','Tartu'],
            1 + (hash(i * 11) %% 8)::INTEGER) AS city,
          (DATE '2020-01-01' + (hash(i * 19) %% 2000)::INTEGER) AS since
        FROM range(1, 2001) t(i)"""
            .formatted(RANDOM_NAMES));
    write(
        "products.json",
        """
        SELECT 'SKU-' || (100 + i)::VARCHAR AS sku,
          list_extract(['Lamp','Chair','Desk','Mug','Rug','Vase','Clock','Shelf'],
            1 + (hash(i) % 8)::INTEGER) || ' no. ' || i::VARCHAR AS title,
          {'width': 10 + (hash(i * 3) % 90)::INTEGER, 'height': 5 + (hash(i * 7) % 60)::INTEGER}
            AS size,
          ((999 + hash(i * 23) % 15000)::BIGINT / 100)::DECIMAL(8, 2) AS price
        FROM range(0, 200) t(i)""");
    write("reviews.ndjson", reviews(1, 500));
    for (int daysAgo = 6; daysAgo >= 0; daysAgo--) {
      writeEvents(today().minusDays(daysAgo), 0, 4_000);
    }
    writeStock(0);
    for (int part = 1; part <= 2; part++) {
      write("warehouse/shipments_partition_" + part + ".parquet", shipments(part));
    }
  }

  /** The day that new events belong to. */
  static LocalDate today() {
    return LocalDate.now(ZoneOffset.UTC);
  }

  /** One file of events of that day: a new one for each number. */
  Path writeEvents(LocalDate day, int number, int rows) {
    return write(
        "events/day=%s/part-%04d.parquet".formatted(day, number),
        """
        SELECT list_extract(['view','view','view','search','basket','order'],
            1 + (hash(i + %1$d) %% 6)::INTEGER) AS kind,
          '/p/SKU-' || (100 + hash(i * 17 + %1$d) %% 200)::VARCHAR AS page,
          (1 + hash(i * 29 + %1$d) %% 900)::INTEGER AS millis
        FROM range(0, %2$d) t(i)"""
            .formatted(number * 100_000L + day.toEpochDay(), rows));
  }

  /** All of the stock; with another turn some quantities are others. */
  Path writeStock(int turn) {
    return write(
        "warehouse/stock.csv",
        """
        SELECT site, 'SKU-' || (100 + i)::VARCHAR AS sku,
          (hash(i * 37 + length(site) + CASE WHEN i %% 40 = %1$d %% 40 THEN %1$d ELSE 0 END) %% 500)
            ::INTEGER AS quantity
        FROM range(0, 200) t(i), (VALUES ('north'), ('harbour')) s(site)
        ORDER BY site, sku"""
            .formatted(turn));
  }

  /** All reviews, that many. */
  Path writeReviews(int rows) {
    return write("reviews.ndjson", reviews(1, rows));
  }

  private static String reviews(int from, int count) {
    return """
        SELECT 'SKU-' || (100 + hash(i * 41) %% 200)::VARCHAR AS sku,
          1 + (hash(i * 43) %% 5)::INTEGER AS stars,
          list_extract(['Lovely.','As described.','Arrived late.','Would buy again!',
            'Smaller than I thought.'], 1 + (hash(i * 47) %% 5)::INTEGER) AS text,
          CASE WHEN i %% 3 = 0 THEN ['gift', 'home'] ELSE ['home'] END AS tags
        FROM range(%d, %d) t(i)"""
        .formatted(from, from + count);
  }

  private static String shipments(int part) {
    return """
        SELECT 'S%1$d-' || i::VARCHAR AS code, 1 + (hash(i * 53 + %1$d) %% 100000)::BIGINT AS order_id,
          list_extract(['post','courier','pickup'], 1 + (hash(i * 59) %% 3)::INTEGER) AS carrier,
          (hash(i * 61 + %1$d) %% 30000)::INTEGER / 1000.0 AS kilograms
        FROM range(0, 3000) t(i)"""
        .formatted(part);
  }

  /** Writes beside the place and renames, as programs that share a folder should. */
  private Path write(String name, String select) {
    Path file = folder.resolve(name);
    Path part = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      Files.createDirectories(file.getParent());
      connection.update(
          "COPY (" + select + ") TO " + SqlIdentifiers.literal(part.toString()) + options(name));
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw failed("Cannot write " + file, e);
    }
  }

  private static String options(String name) {
    if (name.endsWith(".parquet")) {
      return " (FORMAT parquet, COMPRESSION zstd)";
    }
    if (name.endsWith(".csv")) {
      return " (FORMAT csv, HEADER)";
    }
    return name.endsWith(".json") ? " (FORMAT json, ARRAY true)" : " (FORMAT json)";
  }

  private void writeText(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw failed("Cannot write " + folder.resolve(name), e);
    }
  }

  private static FlashDuckException failed(String what, IOException e) {
    return new FlashDuckException(ErrorCode.IO_ERROR, what + ": " + e.getMessage(), e);
  }

  @Override
  public void close() {
    connection.close();
    local.close();
  }
}
