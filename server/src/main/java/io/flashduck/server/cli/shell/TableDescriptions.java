package io.flashduck.server.cli.shell;

import io.flashduck.server.cli.output.TableDrawing;
import io.flashduck.server.cli.output.TableStyle;
import io.flashduck.server.cli.remote.RemoteTable;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;

/**
 * What {@code \d} shows: the tables, or the columns of one.
 *
 * <p>Threading: stateless.
 */
final class TableDescriptions {
  private TableDescriptions() {}

  /** Draws the list of all tables. */
  static void list(OutputStream out, TableStyle style, List<RemoteTable> tables)
      throws IOException {
    TableDrawing.draw(
        out,
        style,
        List.of("table", "type", "columns"),
        tables.stream()
            .map(
                table ->
                    List.of(
                        Names.shown(table.schema(), table.name()),
                        table.type().toLowerCase(Locale.ROOT),
                        String.valueOf(table.columns().size())))
            .toList(),
        new boolean[] {false, false, true});
  }

  /**
   * Draws the columns of one table.
   *
   * @param key its key columns
   */
  static void columns(OutputStream out, TableStyle style, RemoteTable table, List<String> key)
      throws IOException {
    TableDrawing.draw(
        out,
        style,
        List.of("column", "type", "key"),
        table.columns().stream()
            .map(
                column ->
                    List.of(column.name(), column.type(), key.contains(column.name()) ? "key" : ""))
            .toList());
  }

  /** Any schema's table of that name, the default schema's first. */
  static RemoteTable find(List<RemoteTable> tables, String name) {
    List<String> parts = Names.parts(name);
    String asked = parts.get(parts.size() - 1);
    List<RemoteTable> named =
        tables.stream()
            .filter(table -> table.name().equalsIgnoreCase(asked))
            .filter(
                table ->
                    parts.size() == 1
                        || table.schema().equalsIgnoreCase(parts.get(parts.size() - 2)))
            .toList();
    return named.stream()
        .filter(table -> Names.shown(table.schema(), table.name()).indexOf('.') < 0)
        .findFirst()
        .or(() -> named.stream().findFirst())
        .orElseThrow(
            () ->
                new FlashDuckException(
                    ErrorCode.NOT_FOUND, "There is no table " + name + "; \\d lists all."));
  }
}
