package io.flashduck.server.queue;

import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop of the queue's thread: take a batch, write and sync it, publish it, answer the senders.
 *
 * <p>Threading: confined to {@code flashduck-queue}; listeners may be added by any thread.
 */
final class Committer implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

  private final Inbox inbox;
  private final DurableLog log;
  private final SegmentFolder folder;
  private final QueueSettings settings;
  private final Clock clock;
  private final SecureRandom salts = new SecureRandom();
  private final List<LongConsumer> listeners = new CopyOnWriteArrayList<>();
  private SegmentWriter active;
  private long lastAcceptedAtNanos;

  Committer(
      RecoveredLog recovered,
      Inbox inbox,
      DurableLog log,
      SegmentFolder folder,
      QueueSettings settings,
      Clock clock) {
    this.inbox = inbox;
    this.log = log;
    this.folder = folder;
    this.settings = settings;
    this.clock = clock;
    this.active = recovered.active();
    this.lastAcceptedAtNanos = recovered.lastAcceptedAtNanos();
  }

  void addListener(LongConsumer listener) {
    listeners.add(listener);
  }

  @Override
  public void run() {
    try {
      List<PendingAppend> batch = inbox.take();
      while (!batch.isEmpty()) {
        commitOrPoison(batch);
        batch = inbox.take();
      }
    } catch (InterruptedException e) {
      poison("the queue's thread was interrupted");
    } catch (RuntimeException | Error e) {
      LOG.error("A defect stopped the write queue; writes are refused until a restart", e);
      poison(String.valueOf(e));
    } finally {
      finish();
    }
  }

  private void commitOrPoison(List<PendingAppend> batch) {
    try {
      commit(batch);
    } catch (RuntimeException | Error e) {
      LOG.error("A defect stopped the write queue; writes are refused until a restart", e);
      poison(String.valueOf(e));
      fail(batch, QueueErrors.unknown(e));
    }
  }

  private void commit(List<PendingAppend> batch) {
    if (active.end() >= settings.segmentBytes()) {
      Outcome rolled = roll();
      if (!(rolled instanceof Outcome.Done)) {
        notDurable(batch, rolled);
        return;
      }
    }
    BatchPlan plan =
        BatchPlan.of(batch, log.lastSequence(), lastAcceptedAtNanos, nanos(clock.instant()));
    if (!plan.frames().isEmpty()) {
      Outcome written = active.append(plan.frames());
      if (!(written instanceof Outcome.Done)) {
        notDurable(batch, written);
        return;
      }
    }
    durable(batch, plan);
  }

  private void durable(List<PendingAppend> batch, BatchPlan plan) {
    inbox.settle(plan.durable(), plan.rejectedBytes());
    if (!plan.frames().isEmpty()) {
      PlannedFrame last = plan.frames().get(plan.frames().size() - 1);
      lastAcceptedAtNanos = last.acceptedAtNanos();
      log.grew(active.end(), last.sequence());
      listeners.forEach(listener -> tell(listener, last.sequence()));
    }
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).future().complete(plan.answers().get(i));
    }
  }

  private static void tell(LongConsumer listener, long sequence) {
    try {
      listener.accept(sequence);
    } catch (RuntimeException e) {
      LOG.error("A listener of the write queue failed at sequence {}", sequence, e);
    }
  }

  /** All of the batch shares the outcome, also a change whose condition another one spoilt. */
  private void notDurable(List<PendingAppend> batch, Outcome outcome) {
    IOException cause = QueueErrors.cause(outcome);
    if (outcome instanceof Outcome.Unknown) {
      LOG.error("A sync of the write queue failed; writes are refused until a restart", cause);
      poison(String.valueOf(cause.getMessage()));
      fail(batch, QueueErrors.unknown(cause));
    } else {
      LOG.warn("The write queue refused {} changes: {}", batch.size(), cause.toString());
      fail(batch, QueueErrors.notWritten(cause));
    }
  }

  private void fail(List<PendingAppend> batch, FlashDuckException failure) {
    long bytes = 0;
    for (PendingAppend append : batch) {
      bytes += append.frameBytes();
    }
    inbox.settle(List.of(), bytes);
    batch.forEach(append -> append.future().completeExceptionally(failure));
  }

  private void poison(String reason) {
    List<PendingAppend> refused = inbox.poison(reason);
    fail(refused, QueueErrors.poisoned(reason));
  }

  /** Ends the active segment for good and starts the next one. */
  private Outcome roll() {
    Outcome sealed = active.seal();
    if (!(sealed instanceof Outcome.Done)) {
      return sealed;
    }
    long first = log.lastSequence() + 1;
    SegmentHeader header = new SegmentHeader(first, lastAcceptedAtNanos, salts.nextInt());
    SegmentFolder.Creation creation = folder.create(header, settings.preallocationBytes());
    if (creation instanceof SegmentFolder.Creation.Failed failed) {
      return failed.outcome();
    }
    closeActive();
    active = ((SegmentFolder.Creation.Created) creation).writer();
    log.rolled(new Segment(active.path(), first, active.end()));
    LOG.debug("Segment {} begins", active.path());
    return new Outcome.Done();
  }

  /** Marks the end in good order, unless a failure forbids to touch the file again. */
  private void finish() {
    boolean intact = inbox.snapshot().poison() == null;
    if (intact && active.needsMark()) {
      Outcome marked = active.mark(log.lastSequence(), lastAcceptedAtNanos);
      if (!(marked instanceof Outcome.Done)) {
        LOG.warn(
            "The write queue closed without its mark; nothing is lost", QueueErrors.cause(marked));
      }
    }
    closeActive();
    log.close();
  }

  private void closeActive() {
    try {
      active.close();
    } catch (IOException e) {
      LOG.warn("Closing {} failed; its changes are durable", active.path(), e);
    }
  }

  private static long nanos(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
  }
}
