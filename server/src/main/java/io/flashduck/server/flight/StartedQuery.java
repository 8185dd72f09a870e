package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A query that a poll started: it runs to its first batch, then waits for whoever fetches it. It
 * reads ahead when another statement waits for its connection.
 *
 * <p>Threading: thread-safe; the rows are used by one thread at a time: by {@link #run} and {@link
 * #rest}, then by the one stream that takes them.
 */
final class StartedQuery implements Runnable {
  private final IdentifiedRows identified;
  private final Rows rows;
  private final BufferAllocator memory;
  private final Origin origin;
  private final Executor threads;
  private final Runnable freed;
  private final CompletableFuture<Boolean> first = new CompletableFuture<>();
  private final long startedAt = System.nanoTime();
  private volatile long usedAt = startedAt;
  private volatile double progress;

  // Guarded by this: the last of those who work and close frees.
  private boolean running = true;
  private long runningSince = startedAt;
  private boolean closed;
  private boolean wasFreed;
  private @Nullable ArrowRecordBatch loaded;

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
   * @param threads for work that comes later
   * @param freed called once when the rows are closed
   */
  StartedQuery(
      IdentifiedRows identified,
      BufferAllocator memory,
      Origin origin,
      Executor threads,
      Runnable freed) {
    this.identified = identified;
    this.rows = identified.rows();
    this.memory = memory;
    this.origin = origin;
    this.threads = threads;
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
      rows.onWanted(this::wanted);
      rows.trackProgress();
      rows.open(memory);
      ArrowRecordBatch batch = rows.next();
      synchronized (this) {
        loaded = batch;
      }
      first.complete(true);
    } catch (Throwable e) {
      identified.entry().ifPresent(entry -> entry.end(e));
      close(); // only why it failed is kept
      first.completeExceptionally(e);
      runsNoMore();
      return;
    }
    rest();
  }

  /** Another statement waits for the connection; whoever works on the rows sees that itself. */
  private void wanted() {
    synchronized (this) {
      if (running || closed) {
        return;
      }
      running = true;
      runningSince = System.nanoTime();
    }
    try {
      threads.execute(this::rest);
    } catch (RejectedExecutionException e) {
      runsNoMore(); // the server stops, and ends this query
    }
  }

  /** Reads ahead as long as somebody waits. */
  private void rest() {
    while (true) {
      synchronized (this) {
        if (closed || !rows.wanted()) {
          runsNoMore();
          return;
        }
      }
      rows.holdNext();
    }
  }

  /** It has run, or no thread will run it. */
  synchronized void runsNoMore() {
    running = false;
    notifyAll();
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
    OptionalDouble told = rows.progress();
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

  /** How long it has been working; 0 while it waits. */
  synchronized long workedNanos(long now) {
    return running ? now - runningSince : 0;
  }

  void cancel(FlashDuckException reason) {
    rows.cancel(reason);
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
        if (loaded != null) {
          loaded.close();
        }
        rows.close();
      } finally {
        freed.run();
      }
    }
  }

  /** The first batch, once nobody else works on the rows. */
  private synchronized Optional<ArrowRecordBatch> takeLoaded() {
    try {
      while (running) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
    }
    Optional<ArrowRecordBatch> taken = Optional.ofNullable(loaded);
    loaded = null;
    return taken;
  }

  private static RuntimeException failure(ExecutionException e) {
    return e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e);
  }

  /** The first batch, then the others. */
  private final class Continued implements Rows {
    private @Nullable ArrowRecordBatch before;

    @Override
    public Schema schema() {
      return rows.schema();
    }

    @Override
    public void open(BufferAllocator allocator) {
      try {
        boolean ignored = first.get();
        before = takeLoaded().orElse(null);
      } catch (ExecutionException e) {
        throw failure(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
      }
    }

    @Override
    public @Nullable ArrowRecordBatch next() {
      ArrowRecordBatch taken = before;
      before = null;
      return taken != null ? taken : rows.next();
    }

    @Override
    public DictionaryProvider dictionaries() {
      return rows.dictionaries();
    }

    @Override
    public void onWanted(Runnable wake) {
      rows.onWanted(wake);
    }

    @Override
    public boolean wanted() {
      return rows.wanted();
    }

    @Override
    public void holdNext() {
      rows.holdNext();
    }

    @Override
    public void cancel(FlashDuckException reason) {
      StartedQuery.this.cancel(reason);
    }

    @Override
    public void close() {
      if (before != null) {
        before.close();
        before = null;
      }
      StartedQuery.this.close();
    }
  }
}
