package io.flashduck.server.table.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The schema in the footer of a Parquet file, as the bytes that stand there: files with equal bytes
 * have equal columns. The footer is Thrift's compact encoding of {@code FileMetaData}, of which the
 * schema is the second field (see {@code parquet.thrift} of the Parquet format and the
 * specification of Thrift's compact protocol). Nothing is decoded, only skipped, within the bytes
 * that are there.
 *
 * <p>Threading: stateless.
 */
final class ParquetFooter {
  private static final byte[] MAGIC = {'P', 'A', 'R', '1'};
  private static final int TAIL_BYTES = 8;

  /** The end of the file that is read at once: the whole footer of a small file. */
  private static final int END_BYTES = 8 << 10;

  /** Larger schemas are left to DuckDB. */
  private static final int MOST_BYTES = 64 << 10;

  private static final int SCHEMA_FIELD = 2;
  private static final int DEEPEST = 16;

  private final ByteBuffer bytes;

  private ParquetFooter(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /** The schema; empty if it is large, or the file is no plain Parquet file. */
  static Optional<ByteBuffer> schema(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer end = read(channel, size - Math.min(size, END_BYTES), END_BYTES);
      int tail = end.limit() - TAIL_BYTES;
      if (tail < 0
          || !end.slice(tail + Integer.BYTES, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
        return Optional.empty();
      }
      int length = end.getInt(tail);
      if (length <= 0 || length > size - TAIL_BYTES) {
        return Optional.empty();
      }
      ByteBuffer footer =
          length <= tail
              ? end.position(tail - length)
              : read(channel, size - TAIL_BYTES - length, Math.min(length, MOST_BYTES));
      return new ParquetFooter(footer).schema();
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // DuckDB says what is wrong with the file
    }
  }

  private static ByteBuffer read(FileChannel channel, long position, int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) > 0) {
      // until the end
    }
    return buffer.flip();
  }

  private Optional<ByteBuffer> schema() {
    int field = 0;
    while (true) {
      int header = bytes.get();
      int type = header & 0x0f;
      if (type == 0) {
        return Optional.empty();
      }
      int step = (header & 0xff) >>> 4;
      field = step == 0 ? (int) zigzag(varint()) : field + step;
      int start = bytes.position();
      skip(type, 0);
      if (field == SCHEMA_FIELD) {
        ByteBuffer schema = bytes.slice(start, bytes.position() - start);
        return Optional.of(ByteBuffer.allocate(schema.remaining()).put(schema).flip());
      }
    }
  }

  /** Skips a value of a field. */
  private void skip(int type, int depth) {
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("too deep");
    }
    switch (type) {
      case 1, 2 -> {} // true and false are types
      case 3 -> forward(1);
      case 4, 5, 6 -> varint();
      case 7 -> forward(Double.BYTES);
      case 8 -> forward(varint());
      case 9, 10 -> skipList(depth);
      case 12 -> skipStruct(depth);
      default -> throw new IllegalArgumentException("no type " + type); // no maps in a footer
    }
  }

  private void skipList(int depth) {
    int header = bytes.get() & 0xff;
    long size = header >>> 4 == 15 ? varint() : header >>> 4;
    int type = header & 0x0f;
    for (long i = 0; i < size; i++) {
      skip(type <= 2 ? 3 : type, depth + 1); // a truth value in a list is a byte
    }
  }

  private void skipStruct(int depth) {
    for (int header = bytes.get(); (header & 0x0f) != 0; header = bytes.get()) {
      if ((header & 0xf0) == 0) {
        varint(); // the field's number
      }
      skip(header & 0x0f, depth + 1);
    }
  }

  private void forward(long count) {
    if (count < 0 || count > bytes.remaining()) {
      throw new IllegalArgumentException("ends too early");
    }
    bytes.position(bytes.position() + (int) count);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = bytes.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("no number");
  }

  private static long zigzag(long value) {
    return (value >>> 1) ^ -(value & 1);
  }
}
