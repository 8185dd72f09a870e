package io.flashduck.server.queue;

import static io.flashduck.server.queue.QueueFixture.bytes;
import static io.flashduck.server.queue.QueueFixture.get;
import static io.flashduck.server.queue.QueueFixture.small;
import static io.flashduck.server.queue.QueueFixture.texts;
import static io.flashduck.server.queue.QueueFixture.withPreallocation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** What an open does with every kind of unreadable byte. */
final class RecoveryTest {
  private static final Path DIRECTORY = Path.of("writes");
  private static final String FIRST = "00000000000000000001.log";

  private final MemoryDisk disk = new MemoryDisk(1);

  @Test
  void open_lastSegmentCutAnywhere_wholeFramesBeforeTheCut() {
    List<String> sent = fill(disk, 150, true);
    String last = disk.names().get(disk.names().size() - 1);
    byte[] whole = disk.content(last);
    int before = (int) (SegmentHeader.firstSequence(last).orElseThrow() - 1);
    for (int length = SegmentHeader.BYTES; length <= whole.length; length++) {
      MemoryDisk torn = disk.copy(length);
      torn.put(last, Arrays.copyOf(whole, length));
      int frames = before + wholeFrames(whole, length);
      assertThat(recovered(torn)).isEqualTo(sent.subList(0, frames));
      assertThat(recovered(torn)).isEqualTo(sent.subList(0, frames));
    }
  }

  @Test
  void open_garbageBehindTheLastFrame_cutOff() {
    List<String> sent = fill(disk, 20, true);
    byte[] whole = disk.content(FIRST);
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      byte[] garbage = new byte[1 + random.nextInt(300)];
      random.nextBytes(garbage);
      MemoryDisk torn = disk.copy(round);
      byte[] content = Arrays.copyOf(whole, whole.length + garbage.length);
      System.arraycopy(garbage, 0, content, whole.length, garbage.length);
      torn.put(FIRST, content);
      assertThat(recovered(torn)).isEqualTo(sent);
      assertThat(torn.content(FIRST).length).isLessThanOrEqualTo(whole.length + 40);
    }
  }

  @Test
  void open_zerosBehindTheLastFrame_cutOff() {
    List<String> sent = fill(disk, 20, true);
    byte[] whole = disk.content(FIRST);
    disk.put(FIRST, Arrays.copyOf(whole, whole.length + 5000));
    assertThat(recovered(disk)).isEqualTo(sent);
  }

  @Test
  void open_anyByteFlippedAfterCleanClose_corruptStateNamingThePlace() {
    fill(disk, 130, false);
    List<String> names = disk.names();
    assertThat(names).hasSize(3);
    for (String name : names) {
      byte[] good = disk.content(name);
      // The mark itself protects, but is not protected: losing it loses no change.
      int end = good.length - (name.equals(names.get(2)) ? FrameFormat.HEADER_BYTES : 0);
      for (int offset = 0; offset < end; offset++) {
        MemoryDisk damaged = disk.copy(offset);
        byte[] content = good.clone();
        content[offset] ^= (byte) (1 << (offset % 8));
        damaged.put(name, content);
        assertCorrupt(damaged, name, offset);
      }
    }
  }

  @Test
  void open_byteFlippedInTheMarkItself_noChangeLost() {
    List<String> sent = fill(disk, 30, false);
    byte[] good = disk.content(FIRST);
    for (int offset = good.length - FrameFormat.HEADER_BYTES; offset < good.length; offset++) {
      MemoryDisk damaged = disk.copy(offset);
      byte[] content = good.clone();
      content[offset] ^= 0x10;
      damaged.put(FIRST, content);
      assertThat(recovered(damaged)).isEqualTo(sent);
    }
  }

  @Test
  void open_byteFlippedBeforeTheLastBatchAfterCrash_corruptState() {
    fill(disk, 30, true);
    byte[] good = disk.content(FIRST);
    int lastFrame = offsets(good).get(29);
    for (int offset = 0; offset < lastFrame; offset++) {
      MemoryDisk damaged = disk.copy(offset);
      byte[] content = good.clone();
      content[offset] ^= 0x01;
      damaged.put(FIRST, content);
      assertCorrupt(damaged, FIRST, offset);
    }
  }

  @Test
  void open_segmentMissingInTheMiddle_corruptState() {
    fill(disk, 300, false);
    List<String> names = disk.names();
    disk.remove(names.get(1));
    assertThatThrownBy(() -> open(disk))
        .hasMessageContaining(names.get(2))
        .hasMessageContaining("missing");
  }

  @Test
  void open_oldestSegmentsMissing_startsThere() {
    List<String> sent = fill(disk, 300, false);
    List<String> names = disk.names();
    disk.remove(names.get(0));
    int first = (int) SegmentHeader.firstSequence(names.get(1)).orElseThrow();
    assertThat(recovered(disk)).isEqualTo(sent.subList(first - 1, 300));
  }

  @Test
  void open_olderSegmentCutAtAFrame_corruptState() {
    fill(disk, 300, false);
    List<String> names = disk.names();
    byte[] good = disk.content(names.get(0));
    List<Integer> offsets = offsets(good);
    disk.put(names.get(0), Arrays.copyOf(good, offsets.get(offsets.size() - 1)));
    assertThatThrownBy(() -> open(disk)).hasMessageContaining(names.get(1));
  }

  @Test
  void open_segmentUnderAnotherName_corruptState() {
    fill(disk, 10, false);
    byte[] content = disk.content(FIRST);
    disk.remove(FIRST);
    disk.put("00000000000000000005.log", content);
    assertThatThrownBy(() -> open(disk)).hasMessageContaining("first sequence 1");
  }

  @Test
  void open_newerFormatVersion_saysWhichItReads() {
    fill(disk, 1, false);
    byte[] content = disk.content(FIRST);
    content[8] = 2;
    ByteBuffer header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    crc.update(content, 0, 60);
    header.putInt(60, (int) crc.getValue());
    disk.put(FIRST, content);
    assertThatThrownBy(() -> open(disk))
        .hasMessageContaining("format version 2")
        .hasMessageContaining("reads version 1");
  }

  @Test
  void open_leftoverTemporaryAndForeignFiles_onlyOwnTemporaryDeleted() {
    List<String> sent = fill(disk, 10, false);
    disk.put("00000000000000000011.log.tmp", new byte[10]);
    disk.put("notes.txt", new byte[] {1});
    disk.put("1.log", new byte[] {1});
    assertThat(recovered(disk)).isEqualTo(sent);
    assertThat(disk.names()).containsExactly(FIRST, "1.log", "notes.txt");
  }

  @Test
  void open_payloadThatIsASegmentCopyTornInTheMiddle_takenForATornTail() {
    fill(disk, 12, true);
    byte[] segment = disk.content(FIRST);
    try (WriteQueue queue = open(disk)) {
      get(queue.append(ByteBuffer.wrap(segment)));
      disk.kill();
    }
    byte[] whole = disk.content(FIRST);
    whole[offsets(whole).get(12) + FrameFormat.HEADER_BYTES + 3] ^= 1;
    disk.put(FIRST, whole);
    assertThat(recovered(disk)).hasSize(12);
  }

  @Test
  void open_withPreallocationKilled_everythingThere() {
    List<String> sent = new ArrayList<>();
    try (WriteQueue queue =
        WriteQueue.open(
            DIRECTORY, withPreallocation(small(), 1000), disk.boot(), Clock.systemUTC())) {
      for (int i = 0; i < 200; i++) {
        sent.add("p" + i);
        get(queue.append(bytes("p" + i)));
      }
      disk.kill();
    }
    assertThat(recovered(disk)).isEqualTo(sent);
  }

  /**
   * Appends one by one, so that each change is its own batch; then dies or closes in good order.
   */
  private static List<String> fill(MemoryDisk disk, int changes, boolean kill) {
    List<String> sent = new ArrayList<>();
    try (WriteQueue queue = open(disk)) {
      for (int i = 0; i < changes; i++) {
        sent.add("change " + "x".repeat(i % 23) + i);
        get(queue.append(bytes(sent.get(i))));
      }
      if (kill) {
        disk.kill();
      }
    }
    return sent;
  }

  private static WriteQueue open(MemoryDisk disk) {
    return WriteQueue.open(DIRECTORY, small(), disk.boot(), Clock.systemUTC());
  }

  /** Opens twice, so that what the first open repaired is seen by the second. */
  private static List<String> recovered(MemoryDisk disk) {
    try (WriteQueue queue = open(disk)) {
      return texts(queue);
    }
  }

  private static void assertCorrupt(MemoryDisk disk, String name, int offset) {
    assertThatThrownBy(() -> open(disk).close())
        .as("byte %d of %s flipped", offset, name)
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STATE))
        .hasMessageContaining(name)
        .hasMessageContaining("at offset ")
        .hasMessageContaining("flashduck queue inspect writes");
  }

  private static int wholeFrames(byte[] segment, int length) {
    List<Integer> offsets = offsets(segment);
    int whole = 0;
    for (int i = 0; i < offsets.size(); i++) {
      int end = i + 1 < offsets.size() ? offsets.get(i + 1) : segment.length;
      whole += end <= length ? 1 : 0;
    }
    return whole;
  }

  /** Where the changes of a good segment stand. */
  private static List<Integer> offsets(byte[] segment) {
    List<Integer> offsets = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(segment);
    for (int offset = SegmentHeader.BYTES; offset < segment.length; ) {
      FrameFormat.Header frame = FrameFormat.header(bytes.position(offset));
      if (frame == null) {
        break;
      }
      if (frame.isChange()) {
        offsets.add(offset);
      }
      offset += (int) frame.frameBytes();
    }
    return offsets;
  }
}
