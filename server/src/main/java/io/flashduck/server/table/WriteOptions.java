package io.flashduck.server.table;

import java.util.Optional;

/**
 * How the sender of a change wants it answered.
 *
 * <p>Threading: immutable.
 *
 * @param ack when to answer
 * @param producer the sender's own position, if it wants repeats to be recognised
 */
public record WriteOptions(AckLevel ack, Optional<ProducerPosition> producer) {
  /** Answered at that level, without a producer position. */
  public static WriteOptions at(AckLevel ack) {
    return new WriteOptions(ack, Optional.empty());
  }
}
