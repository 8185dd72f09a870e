package io.flashduck.server.consolidate;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps two servers from writing into one export folder.
 *
 * <p>Threading: confined to its owner.
 */
final class FolderLock implements AutoCloseable {
  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * @throws FlashDuckException ALREADY_RUNNING if somebody else holds it
   */
  static FolderLock take(Path file, Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      @Nullable FileLock lock = channel.tryLock();
      if (lock != null) {
        return new FolderLock(channel);
      }
    } catch (OverlappingFileLockException e) {
      // Held within this process.
    }
    channel.close();
    throw new FlashDuckException(
        ErrorCode.ALREADY_RUNNING,
        "Another server exports into " + folder + "; give each server its own --export folder.");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
