package io.flashduck.server.consolidate;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The operating system's files.
 *
 * <p>Threading: thread-safe.
 */
public final class SystemFiles implements ExportFiles {
  @Override
  public void createDirectories(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    @Nullable Path current = directory.toAbsolutePath();
    while (current != null && !Files.isDirectory(current)) {
      missing.push(current);
      current = current.getParent();
    }
    for (Path next : missing) {
      Files.createDirectories(next);
      Path parent = next.getParent();
      if (parent != null) {
        forceDirectory(parent);
      }
    }
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  @Override
  public FileChannel open(Path file, OpenOption... options) throws IOException {
    return FileChannel.open(file, options);
  }

  @Override
  public void write(FileChannel target, ByteBuffer source, long position) throws IOException {
    long at = position;
    while (source.hasRemaining()) {
      at += target.write(source, at);
    }
  }

  @Override
  public void copy(
      FileChannel source, long position, long count, FileChannel target, long targetPosition)
      throws IOException {
    target.position(targetPosition);
    long done = 0;
    while (done < count) {
      long moved = source.transferTo(position + done, count - done, target);
      if (moved <= 0) {
        throw new EOFException("The file ends " + (count - done) + " bytes early");
      }
      done += moved;
    }
  }

  @Override
  public void truncate(FileChannel target, long size) throws IOException {
    target.truncate(size);
  }

  @Override
  public void force(FileChannel target) throws IOException {
    target.force(false);
  }

  @Override
  public void link(Path newName, Path existing) throws IOException {
    Files.createLink(newName, existing);
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableSpace(Path directory) throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }
}
