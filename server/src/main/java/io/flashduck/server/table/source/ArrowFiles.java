package io.flashduck.server.table.source;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/**
 * Arrow IPC files, of the file or the stream format.
 *
 * <p>Threading: stateless.
 */
public final class ArrowFiles {
  private static final byte[] FILE_MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);

  private ArrowFiles() {}

  /** Opens a file of either format; the caller closes the reader, which closes the file. */
  public static ArrowReader open(Path path, BufferAllocator allocator) throws IOException {
    FileInputStream in = new FileInputStream(path.toFile());
    try {
      byte[] start = in.readNBytes(FILE_MAGIC.length);
      in.getChannel().position(0);
      return Arrays.equals(start, FILE_MAGIC)
          ? new ArrowFileReader(in.getChannel(), allocator, CommonsCompressionFactory.INSTANCE)
          : new ArrowStreamReader(in, allocator, CommonsCompressionFactory.INSTANCE);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }
}
