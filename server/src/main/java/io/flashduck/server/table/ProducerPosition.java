package io.flashduck.server.table;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;

/**
 * A sender's own name for one change: a repeat of it is answered like the first time and changes
 * nothing.
 *
 * <p>Threading: immutable.
 *
 * @param producer the sender's id, 1 to 200 characters, the same after its restart
 * @param sequence the sender's own number of the change; numbers of one producer grow
 */
public record ProducerPosition(String producer, long sequence) {
  /** The longest id of a producer, in characters. */
  public static final int MAX_PRODUCER_LENGTH = 200;

  public ProducerPosition {
    if (producer.isBlank() || producer.length() > MAX_PRODUCER_LENGTH) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "A producer id has 1 to "
              + MAX_PRODUCER_LENGTH
              + " characters, got "
              + producer.length()
              + "; send a shorter x-flashduck-producer");
    }
  }
}
