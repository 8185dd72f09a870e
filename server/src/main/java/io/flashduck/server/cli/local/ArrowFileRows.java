package io.flashduck.server.cli.local;

import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.SeekableReadChannel;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The rows of an Arrow IPC file, file format or stream format, in the file's own batches.
 *
 * <p>Threading: one reader.
 */
final class ArrowFileRows implements RowStream {
  private static final String MAGIC = "ARROW1";

  private final Path file;
  private final ArrowReader reader;
  private final VectorSchemaRoot root;
  private volatile boolean cancelled;

  private ArrowFileRows(Path file, ArrowReader reader) throws IOException {
    this.file = file;
    this.reader = reader;
    this.root = reader.getVectorSchemaRoot();
  }

  static ArrowFileRows open(Path file, BufferAllocator allocator) {
    try {
      ArrowReader reader = reader(file, allocator);
      try {
        return new ArrowFileRows(file, reader);
      } catch (IOException | RuntimeException e) {
        reader.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) { // Arrow's own exceptions are unchecked
      throw unreadable(file, e);
    }
  }

  private static ArrowReader reader(Path file, BufferAllocator allocator) throws IOException {
    boolean fileFormat;
    try (InputStream in = Files.newInputStream(file)) {
      fileFormat = MAGIC.equals(new String(in.readNBytes(6), StandardCharsets.US_ASCII));
    }
    return fileFormat
        ? new ArrowFileReader(
            new SeekableReadChannel(FileChannel.open(file)),
            allocator,
            CommonsCompressionFactory.INSTANCE)
        : new ArrowStreamReader(
            new BufferedInputStream(Files.newInputStream(file), 1 << 16),
            allocator,
            CommonsCompressionFactory.INSTANCE);
  }

  @Override
  public Schema schema() {
    return root.getSchema();
  }

  @Override
  public boolean next() {
    if (cancelled) {
      throw new FlashDuckException(ErrorCode.CANCELLED, "Cancelled");
    }
    try {
      return reader.loadNextBatch();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  @Override
  public VectorSchemaRoot root() {
    return root;
  }

  @Override
  public void cancel() {
    cancelled = true;
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FlashDuckException unreadable(Path file, Exception failure) {
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST,
        "The Arrow file " + file + " cannot be read: " + failure.getMessage(),
        failure);
  }
}
