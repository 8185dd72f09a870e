package io.flashduck.server.consolidate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class ContentHashTest {
  @Property
  void parse_text_isTheInverse(
      @ForAll @LongRange(min = 0) long rows, @ForAll long xor, @ForAll long sum) {
    ContentHash hash = new ContentHash(rows, xor, sum);
    assertThat(ContentHash.parse(hash.text("duckdb-v2.0.0"))).isEqualTo(hash);
  }

  @Property
  void minus_plus_isTheInverse(
      @ForAll long rows, @ForAll long xor, @ForAll long sum, @ForAll long otherXor) {
    ContentHash hash = new ContentHash(rows, xor, sum);
    ContentHash other = new ContentHash(sum, otherXor, rows);
    assertThat(hash.plus(other).minus(other)).isEqualTo(hash);
  }

  @Test
  void parse_otherText_saysSo() {
    assertThatThrownBy(() -> ContentHash.parse("md5:abc")).hasMessageContaining("md5:abc");
  }
}
