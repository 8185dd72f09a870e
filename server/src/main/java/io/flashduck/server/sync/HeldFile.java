package io.flashduck.server.sync;

import java.util.Optional;

/**
 * A file that is there but not to be read now; rows of its last good state stay.
 *
 * <p>Threading: immutable.
 *
 * @param file the file as it is now
 * @param state why it is held
 * @param reason what the reader said, if it tried
 * @param tries how often the reader tried this state of the file
 */
public record HeldFile(SourceFile file, State state, Optional<String> reason, int tries) {
  /** Why a file is held. */
  public enum State {
    /** It changed a moment ago and may still be written. */
    SETTLING,
    /** The reader could not read it; it will be offered again. */
    RETRYING,
    /** The reader could not read it; it will be offered again once it changes. */
    QUARANTINED
  }
}
