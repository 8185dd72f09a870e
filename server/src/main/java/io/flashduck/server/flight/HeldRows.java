package io.flashduck.server.flight;

import io.flashduck.server.engine.WireDictionaries;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.SessionLease.Borrower;
import io.flashduck.server.flight.SessionLease.Lender;
import java.util.OptionalDouble;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of a query on a session's own connection. When another statement waits for that, whoever
 * works on the rows reads the rest of them into memory and files, as far as the budget goes, and
 * gives the connection back; the client goes on with what was read. The rows are those that the
 * query saw, whatever the other statement changes.
 *
 * <p>Threading: as {@link Rows}.
 */
final class HeldRows implements Rows, Borrower {
  private static final Logger log = LoggerFactory.getLogger(HeldRows.class);

  private final Rows source;
  private final Lender lender;
  private final HoldBudget budget;
  private final HeldBatches held;
  private volatile Runnable wake = () -> {};
  private volatile boolean wanted;
  private volatile boolean must;

  // Confined to whoever works on the rows.
  private @Nullable BufferAllocator memory;
  private @Nullable KeptDictionaries dictionaries;
  private @Nullable RuntimeException failure;
  private boolean any;
  private boolean over;

  private HeldRows(Rows source, Lender lender, HoldBudget budget) {
    this.source = source;
    this.lender = lender;
    this.budget = budget;
    this.held = new HeldBatches(budget);
  }

  /**
   * @param source owned; closing it gives the connection back
   * @param lender whose connection the rows use
   */
  static HeldRows of(Rows source, Lender lender, HoldBudget budget) {
    HeldRows rows = new HeldRows(source, lender, budget);
    lender.lentTo(rows);
    return rows;
  }

  @Override
  public void wanted(boolean whateverIsLost) {
    if (whateverIsLost) {
      must = true;
    }
    wanted = true;
    wake.run();
  }

  @Override
  public void onWanted(Runnable told) {
    wake = told;
  }

  @Override
  public boolean wanted() {
    return wanted;
  }

  @Override
  public Schema schema() {
    return source.schema();
  }

  @Override
  public void trackProgress() {
    source.trackProgress();
  }

  @Override
  public OptionalDouble progress() {
    return source.progress();
  }

  @Override
  public void open(BufferAllocator allocator) {
    memory = allocator;
    source.open(allocator);
  }

  @Override
  public @Nullable ArrowRecordBatch next() {
    ArrowRecordBatch first = held.take(memory());
    if (first != null) {
      return first;
    }
    if (failure != null) {
      throw failure;
    }
    if (over) {
      return null;
    }
    ArrowRecordBatch batch = source.next();
    any |= batch != null;
    return batch;
  }

  @Override
  public void holdNext() {
    if (over) {
      wanted = false;
      return;
    }
    if (held.isFull()) {
      refuse();
      return;
    }
    try {
      keepDictionaries();
      ArrowRecordBatch batch = source.next();
      if (batch != null) {
        any = true;
        held.add(batch);
        keepDictionaries();
        return;
      }
    } catch (RuntimeException e) {
      failure = e; // for the reader, behind what was read
    }
    giveBack();
  }

  private void keepDictionaries() {
    if (any && dictionaries == null && WireDictionaries.any(schema().getFields())) {
      dictionaries = KeptDictionaries.of(source.dictionaries(), memory());
    }
  }

  private void giveBack() {
    over = true;
    try {
      source.close();
    } catch (RuntimeException e) {
      log.warn("Giving a session's connection back failed", e);
    }
    wanted = false;
  }

  private void refuse() {
    if (must) {
      failure =
          new FlashDuckException(
              ErrorCode.RESOURCE_EXHAUSTED,
              "The transaction ended while this result was open, and the rest of it " + tooLarge());
      giveBack();
      return;
    }
    wanted = false;
    lender.refuse(
        new FlashDuckException(
            ErrorCode.RESOURCE_EXHAUSTED,
            "Another result of this session is still open and uses its connection, and the rest of"
                + " that result "
                + tooLarge()));
  }

  private String tooLarge() {
    return held.unwritable()
            .map(e -> "cannot be written to " + budget.folder() + ": " + e.getMessage())
            .orElseGet(
                () ->
                    "is larger than what may be kept (query.held-bytes, query.held-disk-bytes; a"
                        + " session has half of each)")
        + "; read it to its end or close it first";
  }

  @Override
  public DictionaryProvider dictionaries() {
    return dictionaries == null ? source.dictionaries() : dictionaries.provider();
  }

  @Override
  public void cancel(FlashDuckException reason) {
    source.cancel(reason);
  }

  @Override
  public void close() {
    over = true;
    held.close();
    if (dictionaries != null) {
      dictionaries.close();
    }
    source.close();
  }

  private BufferAllocator memory() {
    if (memory == null) {
      throw new IllegalStateException("open first");
    }
    return memory;
  }
}
