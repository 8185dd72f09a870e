package io.flashduck.server.queue;

import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The concurrent core of the queue: changes wait here for the queue's thread, senders wait here for
 * room, and bytes are held until their changes are applied. No I/O.
 *
 * <p>Room is given in the order in which senders came, so a large change is not overtaken forever
 * by small ones.
 *
 * <p>Threading: thread-safe; one taker.
 */
final class Inbox {
  private final QueueSettings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Deque<PendingAppend> waiting = new ArrayDeque<>();
  private final Deque<Sender> senders = new ArrayDeque<>();
  private final Deque<PendingMark> unapplied = new ArrayDeque<>();
  private long heldBytes;
  private long appliedSequence;
  private boolean closed;
  private @Nullable String poison;

  /**
   * @param backlog durable changes that hold room until they are applied, oldest first
   */
  Inbox(QueueSettings settings, List<PendingMark> backlog) {
    this.settings = settings;
    for (PendingMark mark : backlog) {
      unapplied.add(mark);
      heldBytes += mark.bytes();
    }
  }

  /** The state at one moment. */
  record Snapshot(
      long heldBytes,
      long appliedSequence,
      int waitingSenders,
      OptionalLong oldestUnappliedAtNanos,
      @Nullable String poison) {}

  /**
   * Hands a change to the queue's thread once there is room for it.
   *
   * @param mayWait false to fail at once instead of waiting
   * @throws FlashDuckException QUEUE_FULL, SHUTTING_DOWN, COMMIT_UNKNOWN or CANCELLED; the change
   *     was not handed over then
   */
  void put(PendingAppend append, boolean mayWait) {
    lock.lock();
    try {
      refuseIfOver();
      long bytes = append.frameBytes();
      if (!senders.isEmpty() || !fits(bytes)) {
        awaitRoom(bytes, mayWait ? settings.maxWait().toNanos() : 0);
      }
      heldBytes += bytes;
      waiting.add(append);
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(long bytes, long maxNanos) {
    Sender self = new Sender(lock.newCondition());
    senders.add(self);
    try {
      long left = maxNanos;
      while (senders.peek() != self || !fits(bytes)) {
        if (left <= 0) {
          throw QueueErrors.full(bytes, heldBytes, maxNanos, settings);
        }
        left = self.turn.awaitNanos(left);
        refuseIfOver();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw QueueErrors.interrupted();
    } finally {
      senders.remove(self);
      wakeFirstSender();
    }
  }

  private boolean fits(long bytes) {
    return heldBytes + bytes <= settings.maxPendingBytes();
  }

  private void wakeFirstSender() {
    Sender first = senders.peek();
    if (first != null) {
      first.turn.signal();
    }
  }

  private void refuseIfOver() {
    if (poison != null) {
      throw QueueErrors.poisoned(poison);
    }
    if (closed) {
      throw QueueErrors.closed();
    }
  }

  /** Waits for changes and takes a batch of them; empty when the inbox is over and drained. */
  List<PendingAppend> take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && !closed && poison == null) {
        arrived.await();
      }
      List<PendingAppend> batch = new ArrayList<>();
      long bytes = 0;
      while (!waiting.isEmpty() && batch.size() < settings.maxBatchFrames()) {
        bytes += waiting.element().frameBytes();
        if (!batch.isEmpty() && bytes > settings.maxBatchBytes()) {
          break;
        }
        batch.add(waiting.remove());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the stay of a batch: what became durable holds its bytes until it is applied, what did not
   * gives them back. Must come before the durable sequence is published.
   */
  void settle(List<PendingMark> durable, long returnedBytes) {
    lock.lock();
    try {
      unapplied.addAll(durable);
      giveBack(returnedBytes);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives back the bytes of all changes up to that sequence; a smaller one than before does
   * nothing.
   */
  void applied(long sequence) {
    lock.lock();
    try {
      appliedSequence = Math.max(appliedSequence, sequence);
      long bytes = 0;
      while (!unapplied.isEmpty() && unapplied.element().lastSequence() <= appliedSequence) {
        bytes += unapplied.remove().bytes();
      }
      giveBack(bytes);
    } finally {
      lock.unlock();
    }
  }

  private void giveBack(long bytes) {
    if (bytes > 0) {
      heldBytes -= bytes;
      wakeFirstSender();
    }
  }

  /** Refuses everything from now on; returns what was waiting, which nobody will take any more. */
  List<PendingAppend> poison(String reason) {
    lock.lock();
    try {
      if (poison == null) {
        poison = reason;
      }
      List<PendingAppend> refused = List.copyOf(waiting);
      waiting.clear();
      wakeAll();
      return refused;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses new changes; those already here are still taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      wakeAll();
    } finally {
      lock.unlock();
    }
  }

  private void wakeAll() {
    arrived.signalAll();
    senders.forEach(sender -> sender.turn.signal());
  }

  Snapshot snapshot() {
    lock.lock();
    try {
      PendingMark oldest = unapplied.peek();
      return new Snapshot(
          heldBytes,
          appliedSequence,
          senders.size(),
          oldest == null ? OptionalLong.empty() : OptionalLong.of(oldest.firstAcceptedAtNanos()),
          poison);
    } finally {
      lock.unlock();
    }
  }

  /** A sender that waits for room; one object per wait, compared by identity. */
  private static final class Sender {
    private final Condition turn;

    Sender(Condition turn) {
      this.turn = turn;
    }
  }
}
