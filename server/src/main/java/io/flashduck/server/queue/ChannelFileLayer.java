package io.flashduck.server.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The file layer of production: {@link FileChannel}s.
 *
 * <p>A thread that is interrupted inside a read or write closes the channel that it uses (see
 * {@link java.nio.channels.InterruptibleChannel}); so every reader opens its own, and nobody
 * interrupts the writer.
 *
 * <p>Threading: thread-safe.
 */
public final class ChannelFileLayer implements FileLayer {
  /** Below this much usable space a failed write is taken for a full disk. */
  private static final long NEARLY_FULL_BYTES = 64 * 1024;

  @Override
  public void createDirectories(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path path = directory.toAbsolutePath();
        path != null && !Files.isDirectory(path);
        path = path.getParent()) {
      missing.push(path);
    }
    Files.createDirectories(directory);
    for (Path created : missing) {
      Path parent = created.getParent();
      if (parent != null) {
        forceDirectory(parent);
      }
    }
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory)) {
      entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
    }
    return names;
  }

  @Override
  public OpenFile open(Path file, OpenMode mode) throws IOException {
    Set<OpenOption> options =
        switch (mode) {
          case READ -> Set.of(StandardOpenOption.READ);
          case UPDATE -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
          case CREATE ->
              Set.of(
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING);
        };
    try {
      return new ChannelFile(file, FileChannel.open(file, options));
    } catch (IOException e) {
      throw translate(file, e);
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw translate(to, e);
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.delete(file);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** The JDK has no type for a full disk, only the system's text, which may be translated. */
  private static IOException translate(Path file, IOException e) {
    String message = String.valueOf(e.getMessage());
    boolean full =
        message.contains("No space left") || message.contains("quota exceeded") || nearlyFull(file);
    return full ? new NoSpaceException("No space left for " + file, e) : e;
  }

  private static boolean nearlyFull(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      return folder != null && Files.getFileStore(folder).getUsableSpace() < NEARLY_FULL_BYTES;
    } catch (IOException e) {
      return false;
    }
  }

  private record ChannelFile(Path file, FileChannel channel) implements OpenFile {
    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      try {
        return channel.write(source, position);
      } catch (IOException e) {
        throw translate(file, e);
      }
    }

    @Override
    public void force(boolean metadata) throws IOException {
      channel.force(metadata);
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
