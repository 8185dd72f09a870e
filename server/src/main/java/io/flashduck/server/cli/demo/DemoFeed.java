package io.flashduck.server.cli.demo;

import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.remote.PutStream;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.render.ArrowValues;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Makes one small change after another and tells how soon a query sees it: a new file, a rewritten
 * file, upserts over DoPut.
 *
 * <p>Threading: confined to the caller's thread.
 */
final class DemoFeed {
  private static final long VISIBLE_LIMIT_NANOS = 10_000_000_000L;
  private static final int UPSERTS = 25;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");

  private final SampleFolder folder;
  private final RemoteSession session;
  private final BufferAllocator allocator;
  private final Consumer<String> tell;
  private final RandomGenerator random =
      RandomGeneratorFactory.of("L64X128MixRandom").create(20_260_101);
  private final long orders;
  private int turn;
  private int reviews = 500;

  /**
   * @param folder borrowed
   * @param session borrowed
   * @param orders rows that the table orders had at the start
   * @param tell shows one line
   */
  DemoFeed(
      SampleFolder folder,
      RemoteSession session,
      BufferAllocator allocator,
      long orders,
      Consumer<String> tell) {
    this.folder = folder;
    this.session = session;
    this.allocator = allocator;
    this.orders = orders;
    this.tell = tell;
  }

  /** The next change. */
  void next() throws InterruptedException {
    turn++;
    switch (turn % 4) {
      case 1 -> upsertOrders();
      case 2 -> addEvents();
      case 3 -> rewriteStock();
      default -> extendReviews();
    }
  }

  private void upsertOrders() throws InterruptedException {
    String before = value("SELECT count(*) FROM orders");
    long start = System.nanoTime();
    try (VectorSchemaRoot root = newOrders()) {
      PutStream stream =
          PutStream.open(
              session,
              new PutStream.Target(
                  "upsert", "main", "orders", "durable", Optional.empty(), OptionalLong.empty()),
              root,
              ack -> {});
      stream.send();
      stream.finish();
    }
    long durable = System.nanoTime() - start;
    long visible = untilChanged("SELECT count(*) FROM orders", before, start);
    show(
        "orders",
        UPSERTS + " rows upserted over DoPut",
        "durable in " + Elapsed.text(durable) + ", visible after " + Elapsed.text(visible));
  }

  /** Mostly changed orders, and a new one so that the count tells when they are visible. */
  private VectorSchemaRoot newOrders() {
    BigIntVector id = new BigIntVector("id", allocator);
    BigIntVector customer = new BigIntVector("customer_id", allocator);
    VarCharVector sku = new VarCharVector("sku", allocator);
    IntVector quantity = new IntVector("quantity", allocator);
    DecimalVector total = new DecimalVector("total", allocator, 10, 2);
    VarCharVector status = new VarCharVector("status", allocator);
    TimeStampMicroVector orderedAt = new TimeStampMicroVector("ordered_at", allocator);
    long now = System.currentTimeMillis() * 1_000;
    for (int i = 0; i < UPSERTS; i++) {
      id.setSafe(i, i == 0 ? orders + turn : 1 + random.nextLong(orders));
      customer.setSafe(i, 1 + random.nextLong(2_000));
      sku.setSafe(i, ("SKU-" + (100 + random.nextInt(200))).getBytes(StandardCharsets.UTF_8));
      quantity.setSafe(i, 1 + random.nextInt(5));
      total.setSafe(i, BigDecimal.valueOf(500 + random.nextInt(20_000), 2));
      status.setSafe(i, (i == 0 ? "new" : "shipped").getBytes(StandardCharsets.UTF_8));
      orderedAt.setSafe(i, now);
    }
    VectorSchemaRoot root =
        VectorSchemaRoot.of(id, customer, sku, quantity, total, status, orderedAt);
    root.setRowCount(UPSERTS);
    return root;
  }

  private void addEvents() throws InterruptedException {
    String before = value("SELECT count(*) FROM events");
    long start = System.nanoTime();
    folder.writeEvents(SampleFolder.today(), turn, 500);
    long written = System.nanoTime();
    long visible = untilChanged("SELECT count(*) FROM events", before, written);
    show(
        "events",
        "a new Parquet file with 500 rows, written in " + Elapsed.text(written - start),
        "visible after " + Elapsed.text(visible));
  }

  private void rewriteStock() throws InterruptedException {
    String query = "SELECT sum(quantity) FROM warehouse.stock";
    String before = value(query);
    folder.writeStock(turn);
    long visible = untilChanged(query, before, System.nanoTime());
    show("warehouse.stock", "the CSV file rewritten", "visible after " + Elapsed.text(visible));
  }

  private void extendReviews() throws InterruptedException {
    String query = "SELECT count(*) FROM reviews";
    String before = value(query);
    reviews += 10;
    folder.writeReviews(reviews);
    long visible = untilChanged(query, before, System.nanoTime());
    show("reviews", "10 lines more of newline JSON", "visible after " + Elapsed.text(visible));
  }

  /** Asks again and again; the nanoseconds since {@code start} when the answer is another. */
  private long untilChanged(String query, String before, long start) throws InterruptedException {
    while (value(query).equals(before)) {
      if (System.nanoTime() - start > VISIBLE_LIMIT_NANOS) {
        throw new FlashDuckException(
            ErrorCode.TIMEOUT, "The change is not visible after 10 s in: " + query);
      }
      Thread.sleep(1);
    }
    return System.nanoTime() - start;
  }

  private String value(String query) {
    try (RowStream rows = session.query(query)) {
      String value = "";
      while (rows.next()) {
        value = String.valueOf(ArrowValues.value(rows.root().getVector(0), 0));
      }
      return value;
    }
  }

  private void show(String table, String change, String result) {
    tell.accept(
        String.format(
            Locale.ROOT,
            "%s  %-16s %-53s %s",
            TIME.format(LocalTime.now(ZoneId.systemDefault())),
            table,
            change,
            result));
  }
}
