package io.flashduck.server.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which changes of a batch get which sequence, and which fail their condition.
 *
 * <p>Threading: immutable.
 *
 * @param frames to be written, in order
 * @param answers for each change of the batch what its sender gets if the write is done
 * @param durable what the frames hold once they are durable
 * @param rejectedBytes of the changes whose condition does not hold
 */
record BatchPlan(
    List<PlannedFrame> frames,
    List<Optional<Appended>> answers,
    List<PendingMark> durable,
    long rejectedBytes) {

  /** Plans a batch behind the last durable change. */
  static BatchPlan of(
      List<PendingAppend> batch, long lastSequence, long lastAcceptedAtNanos, long nowNanos) {
    List<PlannedFrame> frames = new ArrayList<>(batch.size());
    List<Optional<Appended>> answers = new ArrayList<>(batch.size());
    List<PendingMark> durable = new ArrayList<>(batch.size());
    long rejectedBytes = 0;
    long sequence = lastSequence;
    long acceptedAt = lastAcceptedAtNanos;
    for (PendingAppend append : batch) {
      if (append.holdsAfter(sequence)) {
        sequence++;
        acceptedAt = Math.max(nowNanos, acceptedAt + 1);
        frames.add(new PlannedFrame(sequence, acceptedAt, append.payload(), append.payloadCrc()));
        answers.add(Optional.of(new Appended(sequence, acceptedAt)));
        durable.add(new PendingMark(sequence, append.frameBytes(), acceptedAt));
      } else {
        answers.add(Optional.empty());
        rejectedBytes += append.frameBytes();
      }
    }
    return new BatchPlan(frames, answers, durable, rejectedBytes);
  }
}
