package io.flashduck.server.queue;

import static io.flashduck.server.queue.QueueFixture.bytes;
import static io.flashduck.server.queue.QueueFixture.get;
import static io.flashduck.server.queue.QueueFixture.small;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.MemoryDisk.Fault;
import io.flashduck.server.queue.MemoryDisk.Operation;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class QueueInspectorTest {
  private static final Path DIRECTORY = Path.of("writes");
  private static final int CHANGES = 200;

  private final MemoryDisk disk = new MemoryDisk(1);
  private final List<QueueInspector.ChangeEntry> entries = new ArrayList<>();

  @Test
  void inspect_goodQueue_listsEverythingAndChangesNothing() {
    fill(false);
    List<byte[]> before = contents();
    QueueReport report = inspect();
    assertThat(report.intact()).isTrue();
    assertThat(report.changes()).isEqualTo(CHANGES);
    assertThat(report.segments()).hasSizeGreaterThan(2);
    assertThat(entries)
        .extracting(QueueInspector.ChangeEntry::sequence)
        .hasSize(CHANGES)
        .isSorted();
    assertThat(entries.get(7).payloadBytes()).isEqualTo("change 7".length());
    assertThat(contents()).usingRecursiveComparison().isEqualTo(before);
    assertThat(text(report)).contains("200 readable changes, intact").doesNotContain("DAMAGED");
  }

  @Test
  void inspect_tornTail_intactWithUnfinishedBytes() {
    fill(true);
    String last = disk.names().get(disk.names().size() - 1);
    byte[] content = disk.content(last);
    disk.put(last, Arrays.copyOf(content, content.length - 5));
    QueueReport report = inspect();
    assertThat(report.intact()).isTrue();
    assertThat(report.changes()).isEqualTo(CHANGES - 1);
    assertThat(text(report)).contains("the last 51 bytes are an unfinished batch");
  }

  @Test
  void inspect_damagedPayload_onlyThatChangeMissing() {
    fill(false);
    flip(0, inspectedOffset(10) + FrameFormat.HEADER_BYTES + 1);
    QueueReport report = inspect();
    assertThat(report.intact()).isFalse();
    assertThat(report.changes()).isEqualTo(CHANGES - 1);
    assertThat(entries).extracting(QueueInspector.ChangeEntry::sequence).doesNotContain(11L);
    assertThat(report.segments().get(0).problems()).hasSize(1);
    assertThat(text(report))
        .contains("offset " + inspectedOffset(10) + ": 56 bytes unreadable")
        .contains("payload of sequence 11")
        .contains("does not start");
  }

  @Test
  void inspect_damagedFrameHeader_onlyThatChangeMissing() {
    fill(false);
    flip(0, inspectedOffset(10) + 9);
    QueueReport report = inspect();
    assertThat(report.changes()).isEqualTo(CHANGES - 1);
    assertThat(report.segments().get(0).problems()).hasSize(1);
  }

  @Test
  void inspect_damagedSegmentHeader_changesStillReadable() {
    fill(false);
    flip(1, 33);
    QueueReport report = inspect();
    assertThat(report.intact()).isFalse();
    assertThat(report.changes()).isEqualTo(CHANGES);
    assertThat(report.segments().get(1).problems().get(0).reason()).contains("segment header");
  }

  @Test
  void inspect_segmentMissing_saidAtTheNextOne() {
    fill(false);
    disk.remove(disk.names().get(1));
    QueueReport report = inspect();
    assertThat(report.intact()).isFalse();
    assertThat(report.segments().get(0).problems()).isEmpty();
    assertThat(report.segments().get(1).problems().get(0).reason()).contains("missing");
  }

  @Test
  void inspect_anyDamageThatStopsAStart_isReported() {
    fill(false);
    List<String> names = disk.names();
    for (String name : names) {
      byte[] good = disk.content(name);
      for (int offset = 0; offset < good.length; offset += 7) {
        byte[] content = good.clone();
        content[offset] ^= 4;
        MemoryDisk damaged = disk.copy(offset);
        damaged.put(name, content);
        boolean starts = starts(damaged);
        QueueReport report = QueueInspector.inspect(DIRECTORY, disk(name, content), entry -> {});
        assertThat(report.intact()).as("%s at %d", name, offset).isEqualTo(starts);
      }
    }
  }

  @Test
  void inspect_unreadableFolder_ioError() {
    disk.failNext(Operation.LIST, Fault.ERROR);
    assertThatThrownBy(this::inspect)
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IO_ERROR));
  }

  private FileLayer disk(String name, byte[] content) {
    MemoryDisk copy = disk.copy(1);
    copy.put(name, content);
    return copy.boot();
  }

  private static boolean starts(MemoryDisk disk) {
    try (WriteQueue queue = WriteQueue.open(DIRECTORY, small(), disk.boot(), Clock.systemUTC())) {
      return queue.lastSequence() > 0;
    } catch (FlashDuckException e) {
      return false;
    }
  }

  private void fill(boolean kill) {
    try (WriteQueue queue = WriteQueue.open(DIRECTORY, small(), disk.boot(), Clock.systemUTC())) {
      for (int i = 0; i < CHANGES; i++) {
        get(queue.append(bytes("change " + i)));
      }
      if (kill) {
        disk.kill();
      }
    }
  }

  private QueueReport inspect() {
    entries.clear();
    return QueueInspector.inspect(DIRECTORY, disk.boot(), entries::add);
  }

  /** Where the n-th change of the first segment stands: the first ten take 48 bytes each. */
  private static int inspectedOffset(int n) {
    int offset = SegmentHeader.BYTES;
    for (int i = 0; i < n; i++) {
      offset += (int) FrameFormat.frameBytes(("change " + i).length());
    }
    return offset;
  }

  private void flip(int segment, int offset) {
    String name = disk.names().get(segment);
    byte[] content = disk.content(name);
    content[offset] ^= 1;
    disk.put(name, content);
  }

  private List<byte[]> contents() {
    return disk.names().stream().map(disk::content).toList();
  }

  private static String text(QueueReport report) {
    StringBuilder out = new StringBuilder();
    report.print(out);
    return out.toString();
  }
}
