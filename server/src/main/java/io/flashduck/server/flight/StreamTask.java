package io.flashduck.server.flight;

import io.flashduck.server.engine.WireDictionaries;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One result on its way to a client: sends the schema, runs the statement, then sends batches while
 * gRPC takes them, and leaves the worker whenever it does not. When another statement waits for the
 * connection of the rows, it reads ahead until nobody waits.
 *
 * <p>Threading: {@link #wake}, {@link #stop} and {@link #look} are thread-safe; the rest runs on
 * one worker at a time, because {@code wakeups} counts who asked for work and only the first one
 * submits it.
 */
final class StreamTask implements Watchdog.Watched {
  private static final Logger log = LoggerFactory.getLogger(StreamTask.class);
  private static final long SLICE_NANOS = Duration.ofMillis(20).toNanos();

  private final IdentifiedRows identified;
  private final Instant startedAt = Instant.now();
  private final Rows rows;
  private final ServerStreamListener listener;
  private final BufferAllocator memory;
  private final ResultStreamer streamer;
  private final BooleanSupplier sessionClosed;
  private final VectorSchemaRoot sent;
  private final VectorLoader loader;
  private final BatchSplitter splitter;
  private final AtomicInteger wakeups = new AtomicInteger();
  private final AtomicReference<FlashDuckException> stopReason = new AtomicReference<>();

  // Written by the worker, read by the watchdog.
  private volatile long workedNanos;
  private volatile long workingSince;
  private volatile long idleSince = System.nanoTime();
  private volatile boolean working;
  private volatile boolean done;

  // Worker only.
  private boolean started;
  private long sentRows;
  private long sentBytes;

  /**
   * @param identified its rows are owned from here on
   * @param memory owned: given back to the streamer at the end
   * @param sessionClosed whether the client has closed the session that the rows belong to
   */
  StreamTask(
      IdentifiedRows identified,
      ServerStreamListener listener,
      BufferAllocator memory,
      ResultStreamer streamer,
      BooleanSupplier sessionClosed) {
    this.identified = identified;
    this.rows = identified.rows();
    this.listener = listener;
    this.memory = memory;
    this.streamer = streamer;
    this.sessionClosed = sessionClosed;
    Schema inMemory = WireDictionaries.inMemory(identified.rows().schema());
    this.sent = VectorSchemaRoot.create(inMemory, memory);
    this.loader = new VectorLoader(sent);
    this.splitter = new BatchSplitter(inMemory, memory);
  }

  ActiveQuery query() {
    return new ActiveQuery(identified.queryId(), identified.user(), identified.sql(), startedAt);
  }

  /** Asks for a worker. */
  void start() {
    rows.onWanted(this::wake);
    listener.setOnReadyHandler(this::wake);
    listener.setOnCancelHandler(
        () -> stop(new FlashDuckException(ErrorCode.CANCELLED, "The client cancelled the query")));
    wake();
  }

  /** Frees what was made for a stream that does not start. */
  void discard() {
    sent.close();
  }

  /**
   * Ends the stream early, soon.
   *
   * @return false if it had ended already
   */
  boolean stop(FlashDuckException reason) {
    boolean first = !done && stopReason.compareAndSet(null, reason);
    if (first) {
      rows.cancel(reason);
      wake();
    }
    return first;
  }

  @Override
  public void look(long now) {
    if (done) {
      return;
    }
    FlashDuckException reason = stopReason.get();
    if (reason != null) {
      // Again: the first time may have come between two statements of the rows.
      rows.cancel(reason);
    } else if (listener.isCancelled()) {
      stop(new FlashDuckException(ErrorCode.CANCELLED, "The client cancelled the query"));
    } else if (sessionClosed.getAsBoolean()) {
      stop(new FlashDuckException(ErrorCode.CANCELLED, "The session was closed"));
    } else if (working) {
      Duration limit = streamer.limits().timeout();
      if (!limit.isZero() && workedNanos + (now - workingSince) > limit.toNanos()) {
        stop(timeout("The statement ran longer than the limit of " + limit));
      }
    } else {
      Duration limit = streamer.limits().stalledClientLimit();
      if (now - idleSince > limit.toNanos()) {
        stop(timeout("The client took no rows for " + limit + ", so the result was closed"));
      }
    }
  }

  @Override
  public String toString() {
    return "stream " + identified.queryId();
  }

  private static FlashDuckException timeout(String message) {
    return new FlashDuckException(ErrorCode.TIMEOUT, message);
  }

  private void wake() {
    if (wakeups.getAndIncrement() == 0) {
      submit();
    }
  }

  private void submit() {
    try {
      streamer.execute(this::run);
    } catch (RejectedExecutionException e) {
      end(new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e));
    }
  }

  private void run() {
    int answered = wakeups.get();
    while (true) {
      boolean waits = sendWhileReady();
      if (!waits) {
        submit(); // others wait for a worker; wakeups stays above zero, so nobody else submits
        return;
      }
      int left = wakeups.addAndGet(-answered);
      if (left == 0) {
        return;
      }
      answered = left;
    }
  }

  /** Returns false if its time slice is over while it could go on. */
  private boolean sendWhileReady() {
    if (done) {
      return true;
    }
    long sliceEnd = System.nanoTime() + SLICE_NANOS;
    begin();
    try {
      if (!started) {
        sendSchema();
        rows.open(memory);
        started = true;
      }
      while (stopReason.get() == null && (listener.isReady() || rows.wanted())) {
        if (rows.wanted()) {
          rows.holdNext();
        }
        if (listener.isReady() && !sendNext()) {
          end(null);
          return true;
        }
        if (streamer.crowded() && System.nanoTime() - sliceEnd > 0) {
          return false;
        }
      }
      FlashDuckException reason = stopReason.get();
      if (reason != null) {
        end(reason);
      }
    } catch (Throwable failure) {
      FlashDuckException reason = stopReason.get();
      end(reason != null ? reason : failure);
    } finally {
      pause();
    }
    return true;
  }

  private void sendSchema() {
    // The buffers of a batch are never written again, so gRPC may send them without a copy.
    listener.setUseZeroCopy(true);
    listener.start(sent, new LateDictionaries(rows), IpcOption.DEFAULT);
  }

  private boolean sendNext() {
    if (!splitter.hasMore()) {
      ArrowRecordBatch next = rows.next();
      if (next == null) {
        return false;
      }
      splitter.split(next);
    }
    if (splitter.hasMore()) {
      try (ArrowRecordBatch batch = splitter.next()) {
        loader.load(batch);
        sentRows += batch.getLength();
        sentBytes += batch.computeBodyLength();
      }
      identified.entry().ifPresent(entry -> entry.sent(sentRows, sentBytes));
      listener.putNext();
      sent.clear();
    }
    return true;
  }

  private void begin() {
    workingSince = System.nanoTime();
    working = true;
  }

  private void pause() {
    long now = System.nanoTime();
    long worked = workedNanos + (now - workingSince);
    workedNanos = worked; // one writer at a time
    idleSince = now;
    working = false;
  }

  private void end(@Nullable Throwable failure) {
    if (done) {
      return;
    }
    done = true;
    // Freed before the client hears of the end: its next statement finds the connection free.
    closeQuietly(splitter);
    closeQuietly(rows);
    closeQuietly(sent);
    identified.entry().ifPresent(entry -> entry.end(failure));
    try {
      if (failure == null) {
        listener.completed();
      } else {
        listener.error(FlightErrors.toFlight(failure));
      }
    } catch (RuntimeException e) {
      log.debug("The client of {} is gone", this, e);
    }
    streamer.ended(this, identified.queryId(), memory);
  }

  private void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      log.warn("Freeing {} failed", this, e);
    }
  }
}
