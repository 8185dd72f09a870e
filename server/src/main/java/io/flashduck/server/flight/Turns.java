package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.SessionLease.Borrower;
import io.grpc.Context;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The turns of statements on one DuckDB connection: one at a time. An open result is asked to give
 * its turn back; a statement that runs is waited for.
 *
 * <p>Threading: thread-safe. Asks without its own lock, because who is asked has locks too.
 */
final class Turns {
  private static final long LOOK_MILLIS = 100;

  private final Duration longestWait;
  private boolean taken;
  private boolean closed;
  private @Nullable Borrower borrower;
  private @Nullable FlashDuckException refusal;
  private int refusals;

  /**
   * @param longestWait for the turn before; zero is no limit
   */
  Turns(Duration longestWait) {
    this.longestWait = longestWait;
  }

  /**
   * Waits for a turn, which the caller releases.
   *
   * @param must whether an open result that cannot be kept is ended
   * @throws FlashDuckException RESOURCE_EXHAUSTED if an open result cannot be kept; TIMEOUT;
   *     CANCELLED if the client's call was; NOT_FOUND after {@link #close}
   */
  void take(boolean must) {
    long began = System.nanoTime();
    Borrower asked = null;
    int heard = refusals();
    while (true) {
      Borrower holder;
      synchronized (this) {
        if (closed) {
          throw new FlashDuckException(ErrorCode.NOT_FOUND, "The session was closed");
        }
        if (!taken) {
          taken = true;
          return;
        }
        FlashDuckException reason = refusals == heard ? null : refusal;
        if (reason != null && !must) {
          throw new FlashDuckException(reason.code(), String.valueOf(reason.getMessage()), reason);
        }
        if (reason == null && borrower == asked) {
          awaitChange(began);
        }
        heard = refusals;
        holder = borrower;
      }
      if (holder != null) {
        holder.wanted(must);
      }
      asked = holder;
    }
  }

  private synchronized int refusals() {
    return refusals;
  }

  /** Waits a moment; the statement whose turn it is ends by its own limits. */
  @SuppressWarnings("WaitNotInLoop") // the caller's
  private void awaitChange(long began) {
    if (Context.current().isCancelled()) {
      throw new FlashDuckException(
          ErrorCode.CANCELLED, "The client cancelled the statement before its turn");
    }
    if (!longestWait.isZero() && System.nanoTime() - began > longestWait.toNanos()) {
      throw new FlashDuckException(
          ErrorCode.TIMEOUT,
          "Another statement of this session ran for longer than "
              + longestWait
              + "; cancel it, or use another session");
    }
    try {
      wait(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
    }
  }

  /** Whether it is somebody's turn. */
  synchronized boolean taken() {
    return taken;
  }

  /** Whose turn it is can give it back early. */
  synchronized void takenBy(Borrower holder) {
    borrower = holder;
    notifyAll();
  }

  /** Answers those who wait: the turn is not given back early. */
  synchronized void refuse(FlashDuckException reason) {
    refusal = reason;
    refusals++;
    notifyAll();
  }

  synchronized void release() {
    taken = false;
    borrower = null;
    notifyAll();
  }

  /** Refuses those who wait and all later ones. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
