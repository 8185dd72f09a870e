package io.flashduck.server.queue;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What is durable: the segments with their ends, and the last sequence. No I/O.
 *
 * <p>Threading: thread-safe; grown by the queue's thread only.
 */
final class DurableLog {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Segment> segments;
  private volatile long lastSequence;
  private long syncs;
  private boolean closed;

  DurableLog(List<Segment> segments, long lastSequence) {
    this.segments = new ArrayList<>(segments);
    this.lastSequence = lastSequence;
  }

  /** The state at one moment. */
  record Snapshot(long firstSequence, long lastSequence, int segments, long bytes, long syncs) {}

  long lastSequence() {
    return lastSequence;
  }

  /** The active segment now ends there, with that sequence. */
  void grew(long end, long sequence) {
    lock.lock();
    try {
      int active = segments.size() - 1;
      Segment old = segments.get(active);
      segments.set(active, new Segment(old.path(), old.firstSequence(), end));
      lastSequence = sequence;
      syncs++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A new active segment. */
  void rolled(Segment fresh) {
    lock.lock();
    try {
      segments.add(fresh);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The segment that holds a durable sequence.
   *
   * @throws FlashDuckException NOT_FOUND if it was released
   */
  Segment segmentOf(long sequence) {
    lock.lock();
    try {
      for (int i = segments.size() - 1; i >= 0; i--) {
        if (segments.get(i).firstSequence() <= sequence) {
          return segments.get(i);
        }
      }
      throw new FlashDuckException(
          ErrorCode.NOT_FOUND,
          "Sequence "
              + sequence
              + " is no longer in the write queue; the oldest there is "
              + segments.get(0).firstSequence());
    } finally {
      lock.unlock();
    }
  }

  /** Waits until a later sequence than that is durable; false if the time passed or it closed. */
  boolean awaitBeyond(long sequence, Duration limit) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = limit.toNanos();
      while (lastSequence <= sequence && !closed && left > 0) {
        left = changed.awaitNanos(left);
      }
      return lastSequence > sequence;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Segments, oldest first, of which every change is at or below that sequence; never the active
   * one.
   */
  List<Segment> releasable(long through) {
    lock.lock();
    try {
      int count = 0;
      while (count + 1 < segments.size()
          && segments.get(count + 1).firstSequence() - 1 <= through) {
        count++;
      }
      return List.copyOf(segments.subList(0, count));
    } finally {
      lock.unlock();
    }
  }

  /** The oldest segment is deleted. */
  void released(Segment oldest) {
    lock.lock();
    try {
      if (!segments.get(0).path().equals(oldest.path())) {
        throw new IllegalStateException(oldest + " is not the oldest segment");
      }
      segments.remove(0);
    } finally {
      lock.unlock();
    }
  }

  /** Wakes those who wait for more. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  Snapshot snapshot() {
    lock.lock();
    try {
      long bytes = 0;
      for (Segment segment : segments) {
        bytes += segment.end();
      }
      return new Snapshot(
          segments.get(0).firstSequence(), lastSequence, segments.size(), bytes, syncs);
    } finally {
      lock.unlock();
    }
  }
}
