package io.flashduck.server.consolidate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;

/**
 * The footer of a Parquet file: {@code metadata, length of the metadata (4 bytes, little endian),
 * PAR1}.
 *
 * <p>Source: "File format" of the Apache Parquet format specification.
 *
 * <p>Threading: confined to its user; the metadata is mutable.
 *
 * @param metadata the footer's content
 * @param start where the metadata starts; everything before it is data, indexes and bloom filters
 * @param fileBytes the size of the file
 */
record ParquetFooter(FileMetaData metadata, long start, long fileBytes) {
  /** {@code PAR1}, the first and the last four bytes of every file. */
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private static final int TAIL_BYTES = Integer.BYTES + MAGIC.length;

  /** No footer of ours comes near it; a damaged length must not exhaust the memory. */
  private static final int MOST_METADATA_BYTES = 512 << 20;

  /**
   * Reads a file's footer.
   *
   * @throws IOException if the file is not a whole Parquet file
   */
  static ParquetFooter read(FileChannel file) throws IOException {
    long size = file.size();
    if (size < MAGIC.length + TAIL_BYTES) {
      throw new IOException("Not a Parquet file: it has only " + size + " bytes");
    }
    ByteBuffer tail = readFully(file, size - TAIL_BYTES, TAIL_BYTES);
    int length = tail.getInt();
    long start = size - TAIL_BYTES - length;
    if (!ByteBuffer.wrap(MAGIC).equals(tail)) {
      throw new IOException("Not a whole Parquet file: it does not end with PAR1");
    }
    if (length <= 0 || length > MOST_METADATA_BYTES || start < MAGIC.length) {
      throw new IOException("Damaged Parquet file: its footer claims " + length + " bytes");
    }
    byte[] bytes = readFully(file, start, length).array();
    return new ParquetFooter(Util.readFileMetaData(new ByteArrayInputStream(bytes)), start, size);
  }

  /**
   * Writes a footer at a position and cuts what follows it.
   *
   * @return the size of the file
   */
  static long write(ExportFiles files, FileChannel file, long start, FileMetaData metadata)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 * 1024);
    Util.writeFileMetaData(metadata, bytes);
    ByteBuffer footer =
        ByteBuffer.allocate(bytes.size() + TAIL_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(bytes.toByteArray())
            .putInt(bytes.size())
            .put(MAGIC)
            .flip();
    long end = start + footer.remaining();
    files.write(file, footer, start);
    if (file.size() > end) {
      files.truncate(file, end);
    }
    return end;
  }

  /** The bytes that a new file starts with. */
  static ByteBuffer head() {
    return ByteBuffer.wrap(MAGIC.clone());
  }

  /** Reads exactly that many bytes; little endian. */
  static ByteBuffer readFully(FileChannel file, long position, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("The file ends at " + (position + buffer.position()));
      }
    }
    return buffer.flip();
  }
}
