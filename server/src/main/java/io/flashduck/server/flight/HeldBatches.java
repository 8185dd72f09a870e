package io.flashduck.server.flight;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches in order, in memory as far as the budget goes and then in a file. A batch for which there
 * is no room is kept all the same; then {@link #isFull} until it was taken.
 *
 * <p>Threading: confined to one thread at a time.
 */
final class HeldBatches implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HeldBatches.class);

  private final HoldBudget budget;
  private final Deque<Held> batches = new ArrayDeque<>();
  private @Nullable SpillFile file;
  private long fileBytes;
  private int inFile;
  private int beyond;
  private Optional<IOException> unwritable = Optional.empty();

  HeldBatches(HoldBudget budget) {
    this.budget = budget;
  }

  /** A batch and what it takes of the budget, until one of these is called. */
  private interface Held {
    ArrowRecordBatch take(BufferAllocator memory);

    void drop();
  }

  /**
   * Adds a batch behind the others.
   *
   * @param batch owned
   */
  void add(ArrowRecordBatch batch) {
    long bytes = batch.computeBodyLength();
    if (budget.memory().take(bytes)) {
      batches.add(new InMemory(batch, () -> budget.memory().free(bytes)));
    } else if (!written(batch, bytes)) {
      beyond++;
      batches.add(new InMemory(batch, () -> beyond--));
    }
  }

  private boolean written(ArrowRecordBatch batch, long bytes) {
    if (unwritable.isPresent() || !budget.disk().take(bytes)) {
      return false;
    }
    fileBytes += bytes; // freed with the file
    try {
      if (file == null) {
        file = SpillFile.create(budget.folder());
      }
      batches.add(new InFile(file, file.append(batch)));
      inFile++;
      batch.close();
      return true;
    } catch (IOException e) {
      log.warn("Rows of a result cannot be written to {}: {}", budget.folder(), e.getMessage());
      unwritable = Optional.of(e);
      return false;
    }
  }

  /** Whether there is no room for another batch. */
  boolean isFull() {
    return beyond > 0;
  }

  /** Why nothing can be written to files. */
  Optional<IOException> unwritable() {
    return unwritable;
  }

  /**
   * The first batch, null if there is none; the caller closes it.
   *
   * @param memory where it lives if it is read from a file
   */
  @Nullable ArrowRecordBatch take(BufferAllocator memory) {
    Held first = batches.peek();
    if (first == null) {
      return null;
    }
    ArrowRecordBatch taken = first.take(memory);
    batches.remove();
    return taken;
  }

  @Override
  public void close() {
    batches.forEach(Held::drop);
    batches.clear();
    closeFile();
  }

  private void closeFile() {
    SpillFile open = file;
    file = null;
    budget.disk().free(fileBytes);
    fileBytes = 0;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        log.warn("Removing a file of rows failed: {}", e.getMessage());
      }
    }
  }

  private record InMemory(ArrowRecordBatch batch, Runnable free) implements Held {
    @Override
    public ArrowRecordBatch take(BufferAllocator memory) {
      free.run();
      return batch;
    }

    @Override
    public void drop() {
      free.run();
      batch.close();
    }
  }

  private final class InFile implements Held {
    private final SpillFile from;
    private final ArrowBlock block;

    InFile(SpillFile from, ArrowBlock block) {
      this.from = from;
      this.block = block;
    }

    @Override
    public ArrowRecordBatch take(BufferAllocator memory) {
      try {
        ArrowRecordBatch batch = from.read(block, memory);
        drop();
        return batch;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The file goes with the last batch in it. */
    @Override
    public void drop() {
      inFile--;
      if (inFile == 0) {
        closeFile();
      }
    }
  }
}
