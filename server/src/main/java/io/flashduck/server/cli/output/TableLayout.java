package io.flashduck.server.cli.output;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which columns of a table are shown and how wide, so that a line fits the terminal.
 *
 * <p>Wide columns shrink first, all to the same width; when even the narrowest widths do not fit,
 * columns in the middle are left out.
 *
 * <p>Threading: immutable.
 */
final class TableLayout {
  /** A column is never narrower than this, unless its content is. */
  static final int NARROWEST = 8;

  /** Two spaces of padding and one separator. */
  private static final int FRAME = 3;

  private final int[] columns;
  private final int[] widths;
  private final int gapAfter;

  private TableLayout(int[] columns, int[] widths, int gapAfter) {
    this.columns = columns;
    this.widths = widths;
    this.gapAfter = gapAfter;
  }

  /**
   * @param natural the width that each column would like
   * @param lineWidth the terminal's columns; 0 for no limit
   */
  static TableLayout fit(int[] natural, int lineWidth) {
    int[] all = IntStream.range(0, natural.length).toArray();
    if (lineWidth <= 0 || total(natural) <= lineWidth) {
      return new TableLayout(all, natural.clone(), -1);
    }
    int[] least = Arrays.stream(natural).map(w -> Math.min(w, NARROWEST)).toArray();
    if (total(least) <= lineWidth) {
      return new TableLayout(all, shrink(natural, lineWidth), -1);
    }
    return withGap(natural, least, lineWidth);
  }

  private static TableLayout withGap(int[] natural, int[] least, int lineWidth) {
    int room = lineWidth - 1 - (FRAME + 1);
    int left = 0;
    int right = natural.length;
    boolean takeLeft = true;
    while (left < right) {
      int next = takeLeft ? left : right - 1;
      room -= least[next] + FRAME;
      if (room < 0 && left > 0) {
        break;
      }
      left += takeLeft ? 1 : 0;
      right -= takeLeft ? 0 : 1;
      takeLeft = !takeLeft;
    }
    int leftEnd = left;
    int rightStart = right;
    int[] shown =
        IntStream.range(0, natural.length).filter(i -> i < leftEnd || i >= rightStart).toArray();
    int[] wanted = Arrays.stream(shown).map(i -> natural[i]).toArray();
    int[] widths = shrink(wanted, Math.max(lineWidth - (FRAME + 1), 0));
    return new TableLayout(shown, widths, left == right ? -1 : left - 1);
  }

  /** Lowers the widest columns to one common width until the line fits. */
  private static int[] shrink(int[] natural, int lineWidth) {
    int low = 1;
    int high = Math.max(1, Arrays.stream(natural).max().orElse(1));
    while (low < high) {
      int middle = (low + high + 1) / 2;
      if (total(capped(natural, middle)) <= lineWidth) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    int[] widths = capped(natural, low);
    int spare = lineWidth - total(widths);
    for (int i = 0; i < widths.length && spare > 0; i++) {
      if (widths[i] < natural[i]) {
        widths[i]++;
        spare--;
      }
    }
    return widths;
  }

  private static int[] capped(int[] natural, int most) {
    return Arrays.stream(natural).map(w -> Math.min(w, most)).toArray();
  }

  private static int total(int[] widths) {
    return Arrays.stream(widths).sum() + FRAME * widths.length + 1;
  }

  /** Indexes of the columns shown, in order. */
  int[] columns() {
    return columns.clone();
  }

  /** The width of the shown column at that position. */
  int width(int position) {
    return widths[position];
  }

  /** The position after which columns are left out, or -1. */
  int gapAfter() {
    return gapAfter;
  }
}
