package io.flashduck.server.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

final class TableLayoutTest {
  @Property
  void fit_anyTable_fillsTheLineAndNeverPassesIt(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 200) Integer> widths,
      @ForAll @IntRange(min = 20, max = 300) int lineWidth) {
    int[] natural = widths.stream().mapToInt(Integer::intValue).toArray();
    TableLayout layout = TableLayout.fit(natural, lineWidth);
    int shown = layout.columns().length;
    int total = 1 + (layout.gapAfter() >= 0 ? 4 : 0);
    for (int position = 0; position < shown; position++) {
      total += layout.width(position) + 3;
      assertThat(layout.width(position)).isBetween(1, natural[layout.columns()[position]]);
    }
    assertThat(total).isLessThanOrEqualTo(lineWidth);
    assertThat(shown).isPositive();
    assertThat(layout.gapAfter() >= 0).isEqualTo(shown < natural.length);
    assertThat(layout.columns()).isSorted();
    int wanted = Arrays.stream(natural).sum() + 3 * natural.length + 1;
    if (wanted <= lineWidth) {
      assertThat(total).isEqualTo(wanted);
    } else if (shown == natural.length) {
      assertThat(total).isEqualTo(lineWidth);
    }
  }
}
