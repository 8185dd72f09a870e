package io.flashduck.server.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Real files that count their syncs and can hold them up. */
final class CountingFileLayer implements FileLayer {
  private final FileLayer files = new ChannelFileLayer();
  private final AtomicInteger forces = new AtomicInteger();
  private final Runnable beforeForce;

  /**
   * @param beforeForce runs in the thread that syncs
   */
  CountingFileLayer(Runnable beforeForce) {
    this.beforeForce = beforeForce;
  }

  int forces() {
    return forces.get();
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    files.createDirectories(directory);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return files.list(directory);
  }

  @Override
  public OpenFile open(Path file, OpenMode mode) throws IOException {
    return new CountingFile(files.open(file, mode));
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    files.rename(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    files.delete(file);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    files.forceDirectory(directory);
  }

  private final class CountingFile implements OpenFile {
    private final OpenFile file;

    CountingFile(OpenFile file) {
      this.file = file;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return file.read(target, position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      return file.write(source, position);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      beforeForce.run();
      forces.incrementAndGet();
      file.force(metadata);
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
