package io.flashduck.server.sync;

import io.flashduck.server.config.DataFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Looks at the end of a file for the mark that its writer puts there last: {@code PAR1} of Parquet
 * (Parquet format, File format), {@code ARROW1} of an Arrow file and the end-of-stream marker of an
 * Arrow stream (Arrow columnar format, IPC). Text has none.
 *
 * <p>Threading: immutable.
 */
final class EndMarks {
  private static final byte[] PARQUET = "PAR1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ARROW_FILE = "ARROW1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ARROW_STREAM_END = {-1, -1, -1, -1, 0, 0, 0, 0};
  private static final int TAIL = 8;

  private final Path root;

  EndMarks(Path root) {
    this.root = root;
  }

  /** Whether the file has such a mark, and so is complete although it changed a moment ago. */
  boolean complete(SourceFile file) {
    DataFormat format = file.format().data();
    if (format.text() || file.stamp().size() <= TAIL) {
      return false;
    }
    try (FileChannel channel =
        FileChannel.open(root.resolve(file.path()), StandardOpenOption.READ)) {
      long size = channel.size();
      byte[] head = read(channel, 0);
      byte[] tail = read(channel, size - TAIL);
      return format == DataFormat.PARQUET
          ? parquet(head, tail, size)
          : arrowFile(head, tail) || Arrays.equals(tail, ARROW_STREAM_END);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean parquet(byte[] head, byte[] tail, long size) {
    long footer = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt() & 0xffffffffL;
    return startsWith(head, PARQUET)
        && Arrays.equals(tail, 4, TAIL, PARQUET, 0, PARQUET.length)
        && footer > 0
        && footer + 2L * PARQUET.length + Integer.BYTES <= size;
  }

  private static boolean arrowFile(byte[] head, byte[] tail) {
    return startsWith(head, ARROW_FILE)
        && Arrays.equals(tail, TAIL - ARROW_FILE.length, TAIL, ARROW_FILE, 0, ARROW_FILE.length);
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] read(FileChannel channel, long position) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(TAIL);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("shorter than it was");
      }
    }
    return buffer.array();
  }
}
