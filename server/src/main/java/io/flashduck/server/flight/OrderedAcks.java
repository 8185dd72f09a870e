package io.flashduck.server.flight;

import io.flashduck.server.table.WriteAck;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the answers to a row of changes in their order, each as soon as it and all before it are
 * there, whoever waits for what. After a failure nothing more is sent.
 *
 * <p>Threading: thread-safe; {@code send} is called by one thread at a time.
 */
final class OrderedAcks {
  private final Consumer<WriteAck> send;
  private final Consumer<Throwable> failed;
  private final int maxUnanswered;
  private final Deque<CompletableFuture<WriteAck>> unanswered = new ArrayDeque<>();
  private @Nullable Throwable failure;

  /**
   * Begins without changes.
   *
   * @param send sends one answer
   * @param failed called once with the first failure
   * @param maxUnanswered how many changes may be under way
   */
  OrderedAcks(Consumer<WriteAck> send, Consumer<Throwable> failed, int maxUnanswered) {
    this.send = send;
    this.failed = failed;
    this.maxUnanswered = maxUnanswered;
  }

  /** Adds the next change; waits while too many are under way. */
  void add(CompletableFuture<WriteAck> change) {
    synchronized (this) {
      unanswered.add(change);
    }
    CompletableFuture<Void> unused = change.handle((ack, error) -> sendFinished());
    CompletableFuture<WriteAck> oldest = oldestIfFull();
    while (oldest != null) {
      waitFor(oldest);
      sendFinished();
      oldest = oldestIfFull();
    }
  }

  /** Waits until every change is answered or one failed. */
  void awaitAll() {
    while (true) {
      CompletableFuture<WriteAck> oldest;
      synchronized (this) {
        oldest = failure == null ? unanswered.peek() : null;
      }
      if (oldest == null) {
        return;
      }
      waitFor(oldest);
      sendFinished();
    }
  }

  /** The first failure. */
  synchronized Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  private synchronized @Nullable CompletableFuture<WriteAck> oldestIfFull() {
    return failure == null && unanswered.size() >= maxUnanswered ? unanswered.peek() : null;
  }

  private static void waitFor(CompletableFuture<WriteAck> change) {
    change.handle((ack, error) -> true).join();
  }

  private @Nullable Void sendFinished() {
    Throwable first = null;
    synchronized (this) {
      while (failure == null && !unanswered.isEmpty() && unanswered.peek().isDone()) {
        try {
          send.accept(unanswered.remove().join());
        } catch (RuntimeException e) {
          failure = e;
          first = e;
        }
      }
    }
    if (first != null) {
      failed.accept(first);
    }
    return null;
  }
}
