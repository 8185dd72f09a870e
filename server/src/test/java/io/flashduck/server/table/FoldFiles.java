package io.flashduck.server.table;

import io.flashduck.server.queue.ChannelFileLayer;
import io.flashduck.server.queue.FileLayer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The real files of queue and folds, of which one operation fails, or all from one on; it also sees
 * that a manifest names only files that are durable, and that a segment is deleted only after the
 * manifest is.
 */
final class FoldFiles implements FileLayer {
  private final FileLayer real = new ChannelFileLayer();
  private final Set<Path> forced = new HashSet<>();
  private final Set<Path> durable = new HashSet<>();
  private boolean manifestPending;
  private long count;
  private long failing = Long.MAX_VALUE;
  private boolean forever;
  private boolean after;

  /**
   * Has an operation fail.
   *
   * @param number which of those to come, from 1
   * @param crash whether all later ones fail too
   * @param afterwards whether the operation itself is done first
   */
  synchronized void fail(long number, boolean crash, boolean afterwards) {
    count = 0;
    failing = number;
    forever = crash;
    after = afterwards;
  }

  /** Nothing fails any more; whether something did. */
  synchronized boolean heal() {
    boolean failed = count >= failing;
    failing = Long.MAX_VALUE;
    return failed;
  }

  private interface Operation<T> {
    T run() throws IOException;
  }

  private synchronized <T> T step(String what, Operation<T> operation) throws IOException {
    count++;
    boolean fails = forever ? count >= failing : count == failing;
    if (fails && !(after && count == failing)) {
      throw new IOException("injected: " + what);
    }
    T result = operation.run();
    if (fails) {
      throw new IOException("injected after: " + what);
    }
    return result;
  }

  private static boolean isManifest(Path path) {
    return path.getFileName().toString().equals("manifest.json");
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    step(
        "create " + directory,
        () -> {
          real.createDirectories(directory);
          return true;
        });
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return real.list(directory);
  }

  @Override
  public OpenFile open(Path file, OpenMode mode) throws IOException {
    return new Watched(file, step("open " + file, () -> real.open(file, mode)));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    step(
        "rename " + to,
        () -> {
          if (isManifest(to)) {
            requireDurable(from);
            manifestPending = true;
          }
          real.rename(from, to);
          return true;
        });
  }

  private void requireDurable(Path manifest) throws IOException {
    if (!forced.contains(manifest)) {
      throw new AssertionError(manifest + " is renamed without a sync");
    }
    Path folder = Objects.requireNonNull(manifest.getParent());
    String text = Files.readString(manifest);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".parquet")).toList()) {
        String name = folder.relativize(file).toString();
        if (text.contains('"' + name + '"') && !durable.contains(file)) {
          throw new AssertionError(
              name + " is in the manifest without a sync of it and its folder");
        }
      }
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    step(
        "delete " + file,
        () -> {
          if (file.toString().endsWith(".log") && manifestPending) {
            throw new AssertionError(file + " is deleted before the manifest is durable");
          }
          real.delete(file);
          return true;
        });
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    step(
        "sync " + directory,
        () -> {
          real.forceDirectory(directory);
          for (Path file : forced) {
            if (directory.equals(file.getParent())) {
              durable.add(file);
            }
          }
          manifestPending &= !Files.exists(directory.resolve("manifest.json"));
          return true;
        });
  }

  private final class Watched implements OpenFile {
    private final Path path;
    private final OpenFile file;

    Watched(Path path, OpenFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      synchronized (FoldFiles.this) {
        if (count + 1 == failing) { // a part of it is written
          ByteBuffer half = source.duplicate();
          half.limit(half.position() + half.remaining() / 2);
          file.write(half, position);
        }
        return step("write " + path, () -> file.write(source, position));
      }
    }

    @Override
    public void force(boolean metadata) throws IOException {
      step(
          "sync " + path,
          () -> {
            file.force(metadata);
            forced.add(path);
            return true;
          });
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
