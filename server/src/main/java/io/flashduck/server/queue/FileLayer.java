package io.flashduck.server.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The file operations that the queue needs, and no others, so that a test can fail each of them.
 *
 * <p>Threading: thread-safe; an {@link OpenFile} is confined to the thread that uses it, or
 * externally ordered.
 */
public interface FileLayer {
  /** How a file is opened. */
  enum OpenMode {
    /** An existing file, for reading. */
    READ,
    /** An existing file, for reading and writing. */
    UPDATE,
    /** A file that is created, or emptied if it exists, for reading and writing. */
    CREATE
  }

  /** Creates the folder and its parents, and syncs each parent that got a new entry. */
  void createDirectories(Path directory) throws IOException;

  /** The names of the entries of a folder, in no particular order. */
  List<String> list(Path directory) throws IOException;

  /** Opens a file; the caller closes it. */
  OpenFile open(Path file, OpenMode mode) throws IOException;

  /** Renames a file atomically within one folder; durable after {@link #forceDirectory}. */
  void rename(Path from, Path to) throws IOException;

  /** Deletes a file; durable after {@link #forceDirectory}. */
  void delete(Path file) throws IOException;

  /** Makes creations, renames and deletions in a folder durable. */
  void forceDirectory(Path directory) throws IOException;

  /** An open file, read and written at explicit positions. */
  interface OpenFile extends AutoCloseable {
    /**
     * Reads at most {@code target.remaining()} bytes.
     *
     * @return the number of bytes, possibly fewer than asked for, or -1 at the end of the file
     */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Writes at most {@code source.remaining()} bytes.
     *
     * @return the number of bytes, possibly fewer than asked for
     * @throws NoSpaceException if the disk or the quota is full
     */
    int write(ByteBuffer source, long position) throws IOException;

    /** Makes everything written durable, with {@code metadata} also times and the like. */
    void force(boolean metadata) throws IOException;

    /** Cuts the file to that size; no effect on a shorter file. */
    void truncate(long size) throws IOException;

    /** The size in bytes. */
    long size() throws IOException;

    @Override
    void close() throws IOException;
  }
}
