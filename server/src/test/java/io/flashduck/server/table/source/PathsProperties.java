package io.flashduck.server.table.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The order of paths is that of the bytes that DuckDB compares. */
final class PathsProperties {
  /** Few characters, of one to four bytes, so that paths often begin alike. */
  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of(
            "a", "/", "~", "\u00e4", "\u20ac", "\ud7ff", "\ue000", "\uffee", "\ud83e\udd86")
        .list()
        .ofMaxSize(4)
        .map(parts -> String.join("", parts));
  }

  @Property
  void compare_anyPaths_isTheOrderOfTheirBytes(
      @ForAll("paths") String left, @ForAll("paths") String right) {
    assertThat(Integer.signum(Paths.compare(left, right)))
        .isEqualTo(
            Integer.signum(
                Arrays.compareUnsigned(
                    left.getBytes(StandardCharsets.UTF_8),
                    right.getBytes(StandardCharsets.UTF_8))));
  }
}
