package io.flashduck.server.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import io.flashduck.server.queue.MemoryDisk.Fault;
import io.flashduck.server.queue.MemoryDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The fake disk keeps the contract, and loses what it may lose. */
final class MemoryDiskTest extends FileLayerContract {
  private final FileLayer files = new MemoryDisk(5).boot();

  @Override
  FileLayer files() {
    return files;
  }

  @Override
  Path directory() {
    return Path.of("writes");
  }

  @Test
  void crash_unsynced_lostOrKeptBySector() throws IOException {
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < 100; seed++) {
      MemoryDisk disk = new MemoryDisk(seed);
      try (OpenFile file = synced(disk)) {
        SegmentWriter.writeFully(file, filled(3 * MemoryDisk.SECTOR_BYTES, 2), 0);
        disk.crash();
      }
      byte[] left = disk.content("a");
      outcomes.add(left.length + ": " + left[0] + left[left.length / 2] + left[left.length - 1]);
    }
    assertThat(outcomes).hasSizeGreaterThan(6);
  }

  @Test
  void crash_afterFailedThenGoodForce_stillLost() throws IOException {
    Set<Byte> outcomes = new HashSet<>();
    for (int seed = 0; seed < 50; seed++) {
      MemoryDisk disk = new MemoryDisk(seed);
      try (OpenFile file = synced(disk)) {
        SegmentWriter.writeFully(file, filled(8, 2), 0);
        disk.failNext(Operation.FORCE, Fault.ERROR);
        assertThatThrownBy(() -> file.force(true)).isInstanceOf(IOException.class);
        file.force(true);
        disk.crash();
      }
      outcomes.add(disk.content("a")[0]);
    }
    assertThat(outcomes).containsExactlyInAnyOrder((byte) 1, (byte) 2);
  }

  @Test
  void crash_synced_kept() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      MemoryDisk disk = new MemoryDisk(seed);
      try (OpenFile file = synced(disk)) {
        disk.crash();
        assertThatThrownBy(file::size).hasMessageContaining("dead");
      }
      assertThat(disk.content("a")).hasSize(2 * MemoryDisk.SECTOR_BYTES).containsOnly(1);
    }
  }

  /** A file of two sectors of ones, on the disk. */
  private static OpenFile synced(MemoryDisk disk) throws IOException {
    FileLayer files = disk.boot();
    OpenFile file = files.open(Path.of("a"), OpenMode.CREATE);
    SegmentWriter.writeFully(file, filled(2 * MemoryDisk.SECTOR_BYTES, 1), 0);
    file.force(true);
    files.forceDirectory(Path.of("."));
    return file;
  }

  private static ByteBuffer filled(int length, int value) {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      buffer.put((byte) value);
    }
    return buffer.flip();
  }
}
