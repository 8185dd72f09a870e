package io.flashduck.server.cli.shell;

import io.flashduck.server.cli.output.OutputFormat;

/**
 * How the shell shows results; changed by its commands.
 *
 * <p>Threading: immutable.
 *
 * @param format how results are written
 * @param expanded one line per column instead of one per row
 * @param timing whether the time of each statement is shown
 * @param maxRows rows shown of one result; 0 for all
 */
public record ShellSettings(OutputFormat format, boolean expanded, boolean timing, long maxRows) {
  /** A table of at most a thousand rows, with timing. */
  public static final ShellSettings DEFAULT =
      new ShellSettings(OutputFormat.TABLE, false, true, 1_000);

  ShellSettings withFormat(OutputFormat other) {
    return new ShellSettings(other, expanded, timing, maxRows);
  }

  ShellSettings withExpanded(boolean other) {
    return new ShellSettings(format, other, timing, maxRows);
  }

  ShellSettings withTiming(boolean other) {
    return new ShellSettings(format, expanded, other, maxRows);
  }

  ShellSettings withMaxRows(long other) {
    return new ShellSettings(format, expanded, timing, other);
  }
}
