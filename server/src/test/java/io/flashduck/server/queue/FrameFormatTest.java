package io.flashduck.server.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.OptionalLong;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The bytes on disk; a change of a golden value is a change of the format version. */
final class FrameFormatTest {
  @Property
  void header_anyValues_readBack(
      @ForAll boolean isChange,
      @ForAll int salt,
      @ForAll long sequence,
      @ForAll long acceptedAt,
      @ForAll @IntRange int payloadBytes,
      @ForAll @LongRange(max = 0xffff_ffffL) long batchStart,
      @ForAll int crc) {
    FrameFormat.Header header =
        new FrameFormat.Header(
            isChange, salt, sequence, acceptedAt, isChange ? payloadBytes : 0, batchStart, crc);
    ByteBuffer bytes = ByteBuffer.allocate(48).position(3);
    FrameFormat.putHeader(bytes, header);
    assertThat(bytes.position()).isEqualTo(3 + FrameFormat.HEADER_BYTES);
    assertThat(FrameFormat.header(bytes.position(3))).isEqualTo(header);
  }

  @Property
  void header_anyBitFlipped_none(@ForAll @IntRange(max = 319) int bit, @ForAll long sequence) {
    ByteBuffer bytes = ByteBuffer.allocate(FrameFormat.HEADER_BYTES);
    FrameFormat.putHeader(bytes, new FrameFormat.Header(true, 1, sequence, 5, 100, 64, 77));
    bytes.flip().put(bit / 8, (byte) (bytes.get(bit / 8) ^ (1 << (bit % 8))));
    assertThat(FrameFormat.header(bytes)).isNull();
  }

  @Property
  void frameBytes_anyLength_alignedAndJustEnough(@ForAll @IntRange int payloadBytes) {
    long bytes = FrameFormat.frameBytes(payloadBytes);
    assertThat(bytes % FrameFormat.ALIGNMENT).isZero();
    assertThat(bytes - FrameFormat.HEADER_BYTES - payloadBytes).isBetween(0L, 7L);
  }

  @Example
  void header_golden_bytesOfVersionOne() {
    ByteBuffer bytes = ByteBuffer.allocate(FrameFormat.HEADER_BYTES);
    int crc = FrameFormat.payloadCrc(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    FrameFormat.putHeader(bytes, new FrameFormat.Header(true, 0x01020304, 7, 9, 3, 64, crc));
    assertThat(HexFormat.of().formatHex(bytes.array()))
        .isEqualTo(
            "4644514604030201070000000000000009000000000000000300000040000000e75dae21"
                + "3c1cc72b");
  }

  @Example
  void segmentHeader_golden_bytesOfVersionOne() throws DamagedSegmentException {
    SegmentHeader header = new SegmentHeader(11, 12, 13);
    assertThat(HexFormat.of().formatHex(header.encode().array()))
        .isEqualTo(
            "464451554555450a01000000400000000b000000000000000c000000000000000d000000"
                + "000000000000000000000000000000000000000000000000fb1a8b33");
    assertThat(SegmentHeader.decode(header.encode())).isEqualTo(header);
  }

  @Example
  void segmentHeader_short_damaged() {
    assertThatThrownBy(() -> SegmentHeader.decode(ByteBuffer.allocate(63)))
        .isInstanceOf(DamagedSegmentException.class);
    assertThatThrownBy(() -> SegmentHeader.decode(ByteBuffer.allocate(64)))
        .hasMessageContaining("not the header");
  }

  @Example
  void fileName_inverse_andNothingElse() {
    assertThat(SegmentHeader.fileName(42)).isEqualTo("00000000000000000042.log");
    assertThat(SegmentHeader.firstSequence("00000000000000000042.log")).hasValue(42);
    for (String other :
        new String[] {"42.log", "00000000000000000042.log.tmp", "99999999999999999999.log", "x"}) {
      assertThat(SegmentHeader.firstSequence(other)).isEqualTo(OptionalLong.empty());
    }
  }
}
