package io.flashduck.server.consolidate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;

/**
 * A Parquet file put together from row groups of others, whose pages are copied byte for byte and
 * never decoded.
 *
 * <p>Layout: pages of the row groups in the order of {@link #add}, then their bloom filters and
 * indexes, then the footer. An assembly that continues an existing file writes behind that file's
 * own indexes; what it takes out there is overwritten with zeros.
 *
 * <p>Threading: confined to its user.
 */
final class Assembly implements AutoCloseable {
  private static final int ZEROS = 1 << 20;

  private final ExportFiles files;
  private final FileChannel target;
  private final List<Moved> pending = new ArrayList<>();
  private long end;
  private long copyStart;
  private long copyLength;
  private FileChannel copySource;

  /** A row group whose pages are in the new file and whose indexes are still in the old one. */
  private record Moved(FileChannel source, RowGroup group, long delta) {}

  private Assembly(ExportFiles files, FileChannel target, long end) {
    this.files = files;
    this.target = target;
    this.copySource = target;
    this.end = end;
  }

  /** Starts a new file. */
  static Assembly create(ExportFiles files, Path part) throws IOException {
    FileChannel target =
        files.open(
            part, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ByteBuffer head = ParquetFooter.head();
    int length = head.remaining();
    try {
      files.write(target, head, 0);
    } catch (IOException e) {
      target.close();
      throw e;
    }
    return new Assembly(files, target, length);
  }

  /**
   * Continues a whole Parquet file that nobody else reads, over its footer.
   *
   * @param end where the file's footer starts
   */
  static Assembly continued(ExportFiles files, Path part, long end) throws IOException {
    return new Assembly(
        files, files.open(part, StandardOpenOption.READ, StandardOpenOption.WRITE), end);
  }

  /**
   * Appends a row group's pages.
   *
   * @param source the file it is in; stays open until {@link #finish}
   * @return its entry for the new footer
   */
  RowGroup add(FileChannel source, RowGroup group) throws IOException {
    RowGroupBytes.Extent pages = RowGroupBytes.pages(group);
    boolean contiguous =
        copyLength > 0 && source == copySource && pages.start() == copyStart + copyLength;
    if (!contiguous) {
      flush();
      copySource = source;
      copyStart = pages.start();
    }
    long delta = end + copyLength - pages.start();
    copyLength += pages.length();
    RowGroup moved = RowGroupBytes.moved(group, delta);
    pending.add(new Moved(source, moved, delta));
    return moved;
  }

  /** Overwrites the bytes of a row group of the continued file that is not part of it any more. */
  void erase(RowGroup group) throws IOException {
    erase(RowGroupBytes.pages(group));
    for (RowGroupBytes.Extent index : RowGroupBytes.indexes(group)) {
      erase(index);
    }
  }

  private void erase(RowGroupBytes.Extent extent) throws IOException {
    for (long at = extent.start(); at < extent.end(); at += ZEROS) {
      int length = (int) Math.min(ZEROS, extent.end() - at);
      files.write(target, ByteBuffer.allocate(length), at);
    }
  }

  /**
   * Appends the indexes and the footer, and syncs.
   *
   * @param metadata complete but for the offsets of the added row groups' indexes
   * @return the size of the file
   */
  long finish(FileMetaData metadata) throws IOException {
    flush();
    for (Moved moved : pending) {
      RowGroupBytes.moveIndexes(moved.source(), moved.group(), moved.delta(), this::append);
    }
    long bytes = ParquetFooter.write(files, target, end, metadata);
    files.force(target);
    return bytes;
  }

  private long append(ByteBuffer bytes) throws IOException {
    long at = end;
    end += bytes.remaining();
    files.write(target, bytes, at);
    return at;
  }

  /** Neighbours are copied in one go. */
  private void flush() throws IOException {
    if (copyLength > 0) {
      files.copy(copySource, copyStart, copyLength, target, end);
      end += copyLength;
      copyLength = 0;
    }
  }

  @Override
  public void close() throws IOException {
    target.close();
  }
}
