package io.flashduck.server.consolidate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/**
 * The file operations of emission that change something, and no others, so that a test can fail
 * each of them.
 *
 * <p>Threading: thread-safe; a channel is confined to the thread that uses it.
 */
public interface ExportFiles {
  /** Creates the folder and its parents; syncs each parent that got a new entry. */
  void createDirectories(Path directory) throws IOException;

  /** The files and folders in a folder; empty if it does not exist. */
  List<Path> list(Path directory) throws IOException;

  /** Opens a file; the caller closes it. */
  FileChannel open(Path file, OpenOption... options) throws IOException;

  /** Writes all of {@code source} at that position. */
  void write(FileChannel target, ByteBuffer source, long position) throws IOException;

  /** Copies bytes between files, in the kernel where it can. */
  void copy(FileChannel source, long position, long count, FileChannel target, long targetPosition)
      throws IOException;

  /** Cuts the file to that size. */
  void truncate(FileChannel target, long size) throws IOException;

  /** Makes the file's content and size durable. */
  void force(FileChannel target) throws IOException;

  /** Gives the file a second name. */
  void link(Path newName, Path existing) throws IOException;

  /** Renames atomically within one file system, replacing {@code to}. */
  void replace(Path from, Path to) throws IOException;

  /** Deletes a file if it exists. */
  void delete(Path file) throws IOException;

  /** Makes creations, renames and deletions in a folder durable. */
  void forceDirectory(Path directory) throws IOException;

  /** Bytes that can still be written in the file system of that folder. */
  long usableSpace(Path directory) throws IOException;
}
