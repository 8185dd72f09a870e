package io.flashduck.server.cli.output;

import java.io.OutputStream;

/**
 * The writer for each format.
 *
 * <p>Threading: stateless.
 */
public final class ResultWriters {
  private ResultWriters() {}

  /**
   * A writer to that stream.
   *
   * @param out borrowed
   * @param style how a table looks; other formats ignore it
   * @param file whether the stream is a file of its own, which gets Arrow's file format
   */
  public static ResultWriter of(
      OutputFormat format, OutputStream out, TableStyle style, boolean file) {
    return switch (format) {
      case TABLE -> new TableResultWriter(out, style);
      case CSV -> new CsvResultWriter(out);
      case JSON -> new JsonResultWriter(out, false);
      case NDJSON -> new JsonResultWriter(out, true);
      case ARROW -> new ArrowResultWriter(out, file);
      case PARQUET ->
          throw new IllegalArgumentException("Parquet is written by cli.local's writer");
    };
  }
}
