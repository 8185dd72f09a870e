package io.flashduck.server.table.apply;

import io.flashduck.server.error.FlashDuckException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Several files were read by one statement, and one of them at least is broken or changed
 * meanwhile; which one is not known. The transaction is rolled back, and tried again without it.
 *
 * <p>Threading: immutable.
 */
final class GroupFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient FileGroup group;
  private final transient FileLoader.Target target;
  private final transient Optional<FlashDuckException> failure;

  /**
   * @param failure what the reader said; null if it could read the files
   */
  GroupFailedException(
      FileGroup group, FileLoader.Target target, @Nullable FlashDuckException failure) {
    super("One of " + group.files().size() + " files cannot be read", failure);
    this.group = group;
    this.target = target;
    this.failure = Optional.ofNullable(failure);
  }

  FileGroup group() {
    return group;
  }

  /** Where the rows were to go. */
  FileLoader.Target target() {
    return target;
  }

  /** Whether the reader failed. */
  boolean unreadable() {
    return failure.isPresent();
  }
}
