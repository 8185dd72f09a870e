package io.flashduck.server.consolidate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/** Real files whose Nth operation fails, alone or with all that follow, as after a crash. */
final class FaultyFiles implements ExportFiles {
  private final ExportFiles files = new SystemFiles();
  private long operations;
  private long failAt = Long.MAX_VALUE;
  private boolean crash;

  /** From now on, the operation of that number, from 1, fails once. */
  synchronized void failOnce(long operation) {
    operations = 0;
    failAt = operation;
    crash = false;
  }

  /** From now on, the operation of that number, from 1, and all after it fail. */
  synchronized void crashAt(long operation) {
    operations = 0;
    failAt = operation;
    crash = true;
  }

  /** Nothing fails any more. */
  synchronized void heal() {
    failAt = Long.MAX_VALUE;
    operations = 0;
  }

  synchronized long operations() {
    return operations;
  }

  private synchronized void next() throws IOException {
    operations++;
    if (operations == failAt || (crash && operations > failAt)) {
      throw new IOException("No space left on device (injected)");
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    next();
    files.createDirectories(directory);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return files.list(directory);
  }

  @Override
  public FileChannel open(Path file, OpenOption... options) throws IOException {
    next();
    return files.open(file, options);
  }

  @Override
  public void write(FileChannel target, ByteBuffer source, long position) throws IOException {
    try {
      next();
    } catch (IOException e) {
      ByteBuffer half = source.slice(source.position(), source.remaining() / 2);
      files.write(target, half, position);
      throw e;
    }
    files.write(target, source, position);
  }

  @Override
  public void copy(
      FileChannel source, long position, long count, FileChannel target, long targetPosition)
      throws IOException {
    try {
      next();
    } catch (IOException e) {
      files.copy(source, position, count / 2, target, targetPosition);
      throw e;
    }
    files.copy(source, position, count, target, targetPosition);
  }

  @Override
  public void truncate(FileChannel target, long size) throws IOException {
    next();
    files.truncate(target, size);
  }

  @Override
  public void force(FileChannel target) throws IOException {
    next();
    files.force(target);
  }

  @Override
  public void link(Path newName, Path existing) throws IOException {
    next();
    files.link(newName, existing);
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    next();
    files.replace(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    next();
    files.delete(file);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    next();
    files.forceDirectory(directory);
  }

  @Override
  public long usableSpace(Path directory) throws IOException {
    return files.usableSpace(directory);
  }
}
