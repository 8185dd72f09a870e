package io.flashduck.server.flight;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;

/**
 * Record batches in a temporary file, as messages of Arrow IPC without their schema. The file is
 * gone when this is closed; on Unix it has no name from the start, so that a crash leaves nothing.
 *
 * <p>Threading: confined to one thread at a time.
 */
final class SpillFile implements AutoCloseable {
  private final FileChannel file;
  private final WriteChannel out;

  private SpillFile(FileChannel file) {
    this.file = file;
    this.out = new WriteChannel(file);
  }

  static SpillFile create(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path path = Files.createTempFile(folder, "result-", ".arrow");
    try {
      return new SpillFile(
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE));
    } catch (IOException e) {
      Files.deleteIfExists(path);
      throw e;
    }
  }

  /**
   * Writes a batch at the end; after a failure nothing more can be written.
   *
   * @param batch borrowed
   * @return where it is
   */
  ArrowBlock append(ArrowRecordBatch batch) throws IOException {
    file.position(out.getCurrentPosition());
    return MessageSerializer.serialize(out, batch);
  }

  /** Reads a batch; the caller closes it. */
  ArrowRecordBatch read(ArrowBlock block, BufferAllocator memory) throws IOException {
    file.position(block.getOffset());
    return MessageSerializer.deserializeRecordBatch(new ReadChannel(file), block, memory);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
