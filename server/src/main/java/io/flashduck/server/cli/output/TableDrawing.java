package io.flashduck.server.cli.output;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Draws a table of text cells. The first {@value #SAMPLE_ROWS} rows set the widths of the columns;
 * later rows are streamed, and a longer cell in one of them is shown whole where lines have no
 * limit, cut where they have.
 *
 * <p>Threading: confined to the caller.
 */
public final class TableDrawing {
  /** Rows that are held back to find the widths. */
  static final int SAMPLE_ROWS = 1_000;

  private final Writer text;
  private final TableStyle style;
  private final String[] names;
  private final boolean[] right;
  private final List<String[]> sample = new ArrayList<>();
  private @Nullable TableLayout layout;

  /**
   * @param out borrowed, flushed by {@link #finish()}
   * @param names the header
   * @param right which columns are aligned on the right
   */
  public TableDrawing(OutputStream out, TableStyle style, List<String> names, boolean[] right) {
    this.text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 15);
    this.style = style;
    this.names = names.stream().map(DisplayText::visible).toArray(String[]::new);
    this.right = right.clone();
  }

  /** Draws a small table of left-aligned text at once. */
  public static void draw(
      OutputStream out, TableStyle style, List<String> names, List<List<String>> rows)
      throws IOException {
    draw(out, style, names, rows, new boolean[names.size()]);
  }

  /**
   * Draws a small table of text at once.
   *
   * @param right which columns are aligned on the right
   */
  public static void draw(
      OutputStream out,
      TableStyle style,
      List<String> names,
      List<List<String>> rows,
      boolean[] right)
      throws IOException {
    TableDrawing drawing = new TableDrawing(out, style, names, right);
    for (List<String> row : rows) {
      drawing.row(row.stream().map(DisplayText::visible).toArray(String[]::new));
    }
    drawing.finish();
  }

  /** Adds a row; its cells hold no control characters. */
  void row(String[] cells) throws IOException {
    if (layout != null) {
      line(layout, cells);
      return;
    }
    sample.add(cells);
    if (sample.size() == SAMPLE_ROWS) {
      start();
    }
  }

  /** Passes on what has been drawn. */
  void flush() throws IOException {
    text.flush();
  }

  /** Draws the last line. */
  public void finish() throws IOException {
    TableLayout used = layout == null ? start() : layout;
    rule(used, style.unicode() ? "└┴┘─" : "+++-");
    text.flush();
  }

  /** Fixes the widths, and draws the header and the rows held back. */
  private TableLayout start() throws IOException {
    int[] natural = new int[names.length];
    for (int i = 0; i < natural.length; i++) {
      natural[i] = Math.max(1, DisplayText.width(names[i]));
      for (String[] cells : sample) {
        natural[i] = Math.max(natural[i], DisplayText.width(cells[i]));
      }
    }
    TableLayout fixed = TableLayout.fit(natural, style.lineWidth());
    layout = fixed;
    rule(fixed, style.unicode() ? "┌┬┐─" : "+++-");
    line(fixed, names);
    rule(fixed, style.unicode() ? "├┼┤─" : "+++-");
    for (String[] cells : sample) {
      line(fixed, cells);
    }
    sample.clear();
    return fixed;
  }

  /**
   * @param corners left, middle, right and the line itself
   */
  private void rule(TableLayout used, String corners) throws IOException {
    String dash = corners.substring(3);
    text.write(corners.charAt(0));
    for (int position = 0; position < used.columns().length; position++) {
      text.write(position == 0 ? "" : corners.substring(1, 2));
      text.write(dash.repeat(used.width(position) + 2));
      if (position == used.gapAfter()) {
        text.write(corners.substring(1, 2) + dash.repeat(3));
      }
    }
    text.write(corners.charAt(2));
    text.write('\n');
  }

  private void line(TableLayout used, String[] cells) throws IOException {
    String bar = style.unicode() ? "│" : "|";
    int[] columns = used.columns();
    text.write(bar);
    for (int position = 0; position < columns.length; position++) {
      int column = columns[position];
      int width = used.width(position);
      String cell = style.lineWidth() > 0 ? DisplayText.cut(cells[column], width) : cells[column];
      text.write(' ');
      text.write(DisplayText.pad(cell, width, right[column]));
      text.write(' ');
      text.write(bar);
      if (position == used.gapAfter()) {
        text.write(style.unicode() ? " … " : "...");
        text.write(bar);
      }
    }
    text.write('\n');
  }
}
