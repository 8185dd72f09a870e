package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A query that a poll started: it runs to its first batch, then waits for whoever fetches it.
 *
 * <p>Threading: thread-safe; the rows are used by one thread at a time: first by {@link #run}, then
 * by the one stream that takes them.
 */
final class StartedQuery implements Runnable {
  private final IdentifiedRows identified;
  private final BufferAllocator memory;
  private final Origin origin;
  private final Runnable freed;
  private final CompletableFuture<Boolean> first = new CompletableFuture<>();
  private final long startedAt = System.nanoTime();
  private volatile long usedAt = startedAt;
  private volatile double progress;

  // Guarded by this: the last of run and close frees.
  private boolean running = true;
  private boolean closed;
  private boolean wasFreed;

  /**
   * Who started a query.
   *
   * @param call the poll
   * @param sequence the last write that the query sees
   */
  record Origin(Call call, long sequence) {
    String user() {
      return call.principal().name();
    }
  }

  /**
   * @param identified owned
   * @param memory where the rows live
   * @param freed called once when the rows are closed
   */
  StartedQuery(IdentifiedRows identified, BufferAllocator memory, Origin origin, Runnable freed) {
    this.identified = identified;
    this.memory = memory;
    this.origin = origin;
    this.freed = freed;
  }

  String id() {
    return identified.queryId();
  }

  Origin origin() {
    return origin;
  }

  /** Runs to the first batch; on a thread of its own. */
  @Override
  public void run() {
    try {
      identified.rows().trackProgress();
      identified.rows().open(memory);
      boolean any = identified.rows().loadNext();
      first.complete(any);
    } catch (Throwable e) {
      identified.entry().ifPresent(entry -> entry.end(e));
      close(); // only why it failed is kept
      first.completeExceptionally(e);
    }
    runsNoMore();
  }

  /** It has run, or no thread will run it. */
  synchronized void runsNoMore() {
    running = false;
    freeIfOver();
  }

  /**
   * Waits a while for the first batch.
   *
   * @return whether it is there, or there is none
   * @throws RuntimeException what made the query fail
   */
  boolean await(Duration limit) {
    usedAt = System.nanoTime();
    try {
      boolean ignored = first.get(limit.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
    } finally {
      usedAt = System.nanoTime();
    }
  }

  /** How far it is: grows, and is 1 only when there is something to fetch. */
  double progress() {
    OptionalDouble told = identified.rows().progress();
    progress = Math.min(0.99, Math.max(progress, told.orElse(0)));
    return first.isDone() ? 1 : progress;
  }

  /** When it was made, in {@link System#nanoTime()}. */
  long startedAt() {
    return startedAt;
  }

  /** How long nobody asked for it. */
  long idleNanos(long now) {
    return now - usedAt;
  }

  /** How long it has been working; 0 once the first batch is there. */
  long workedNanos(long now) {
    return first.isDone() ? 0 : now - startedAt;
  }

  void cancel(FlashDuckException reason) {
    identified.rows().cancel(reason);
  }

  /** Ends it without anybody who fetches it. */
  void discard(FlashDuckException reason) {
    cancel(reason);
    identified.entry().ifPresent(entry -> entry.end(reason));
    close();
  }

  /** The rows for the stream that takes them over and closes them. */
  IdentifiedRows taken(Call by) {
    by.reportSequence(origin.sequence());
    return new IdentifiedRows(
        identified.queryId(),
        identified.user(),
        identified.sql(),
        new Continued(),
        identified.entry());
  }

  private synchronized void close() {
    closed = true;
    freeIfOver();
  }

  private void freeIfOver() {
    if (closed && !running && !wasFreed) {
      wasFreed = true;
      try {
        identified.rows().close();
      } finally {
        freed.run();
      }
    }
  }

  private static RuntimeException failure(ExecutionException e) {
    return e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e);
  }

  /** The first batch, then the others. */
  private final class Continued implements Rows {
    private Optional<Boolean> loaded = Optional.empty();

    @Override
    public Schema schema() {
      return identified.rows().schema();
    }

    @Override
    public void open(BufferAllocator allocator) {
      try {
        loaded = Optional.of(first.get());
      } catch (ExecutionException e) {
        throw failure(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
      }
    }

    @Override
    public boolean loadNext() {
      if (loaded.isPresent()) {
        boolean any = loaded.get();
        loaded = Optional.empty();
        return any;
      }
      return identified.rows().loadNext();
    }

    @Override
    public VectorSchemaRoot root() {
      return identified.rows().root();
    }

    @Override
    public DictionaryProvider dictionaries() {
      return identified.rows().dictionaries();
    }

    @Override
    public void cancel(FlashDuckException reason) {
      StartedQuery.this.cancel(reason);
    }

    @Override
    public void close() {
      StartedQuery.this.close();
    }
  }
}
