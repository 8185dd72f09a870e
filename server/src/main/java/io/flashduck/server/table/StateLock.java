package io.flashduck.server.table;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file {@code LOCK} that makes sure that one server owns a state folder.
 *
 * <p>The operating system gives the lock back when the process ends, however it ends; the process
 * id in the file is only for people.
 *
 * <p>Threading: confined to the thread that opens and closes the database.
 */
final class StateLock implements AutoCloseable {
  private static final String FILE_NAME = "LOCK";
  private static final int LONGEST_PID = 32;

  private final FileChannel channel;

  private StateLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock, creating the folder if needed.
   *
   * @throws FlashDuckException ALREADY_RUNNING naming the folder and the process that has it
   */
  static StateLock acquire(Path stateDir) {
    Path file = stateDir.resolve(FILE_NAME);
    try {
      Files.createDirectories(stateDir);
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (!isTaken(channel)) {
          throw new FlashDuckException(
              ErrorCode.ALREADY_RUNNING,
              "The state folder "
                  + stateDir
                  + " is in use by process "
                  + owner(file)
                  + "; stop that server, or give this one another --state");
        }
        channel.truncate(0);
        channel.write(
            ByteBuffer.wrap(
                (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)),
            0);
        return new StateLock(channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR,
          "Cannot lock the state folder " + stateDir + ": " + e + "; check its permissions",
          e);
    }
  }

  @SuppressWarnings("resource") // released with the channel
  private static boolean isTaken(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static String owner(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
    return text.isEmpty() || text.length() > LONGEST_PID ? "unknown" : text;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Cannot release the state folder: " + e.getMessage(), e);
    }
  }
}
