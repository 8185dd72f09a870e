package io.flashduck.server.queue;

import java.io.IOException;

/**
 * How a durable step ended: done, not done, or unknown; never folded into two.
 *
 * <p>Threading: immutable.
 */
sealed interface Outcome {
  /** The step is on stable storage. */
  record Done() implements Outcome {}

  /** Nothing of the step is left on disk, and that is on stable storage too; it may be retried. */
  record NotDone(IOException cause) implements Outcome {}

  /** The step may or may not survive; no retry and no clean-up until the queue is opened again. */
  record Unknown(IOException cause) implements Outcome {}
}
