package io.flashduck.server.queue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What an inspection found in the folder of a queue.
 *
 * <p>Threading: immutable.
 *
 * @param segments oldest first
 */
public record QueueReport(Path directory, List<SegmentReport> segments) {
  public QueueReport {
    segments = List.copyOf(segments);
  }

  /**
   * What an inspection found in one segment.
   *
   * @param fileBytes size of the file
   * @param firstSequence first readable change
   * @param lastSequence last readable change
   * @param changes number of readable changes
   * @param problems unreadable parts, in order; a start of the server fails because of any
   * @param unfinishedTail bytes of an unfinished last batch, which the next start cuts off; also
   *     the batch that a running server is just writing
   */
  public record SegmentReport(
      Path path,
      long fileBytes,
      OptionalLong firstSequence,
      OptionalLong lastSequence,
      long changes,
      List<Problem> problems,
      long unfinishedTail) {
    public SegmentReport {
      problems = List.copyOf(problems);
    }
  }

  /**
   * An unreadable part of a segment.
   *
   * @param offset where it begins
   * @param bytes up to the next readable frame or the end of the file
   */
  public record Problem(long offset, long bytes, String reason) {}

  /** Whether a server would start on this queue. */
  public boolean intact() {
    return segments.stream().allMatch(segment -> segment.problems().isEmpty());
  }

  /** Number of readable changes. */
  public long changes() {
    return segments.stream().mapToLong(SegmentReport::changes).sum();
  }

  /** Writes the report as text, one line per segment and one per problem. */
  public void print(Appendable out) {
    try {
      out.append(
          String.format(
              Locale.ROOT,
              "Write queue %s: %d segments, %d readable changes, %s%n",
              directory,
              segments.size(),
              changes(),
              intact() ? "intact" : "DAMAGED"));
      for (SegmentReport segment : segments) {
        print(out, segment);
      }
      if (!intact()) {
        out.append(
            String.format(
                "The server does not start on a damaged queue. Restore the damaged files from a"
                    + " copy. Without one, what stands from the first damage on can only be given"
                    + " up: move that file and all later ones away, and delete cache.duckdb.%n"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void print(Appendable out, SegmentReport segment) throws IOException {
    String range =
        segment.firstSequence().isPresent() && segment.lastSequence().isPresent()
            ? "sequences "
                + segment.firstSequence().getAsLong()
                + " to "
                + segment.lastSequence().getAsLong()
            : "no changes";
    out.append(
        String.format(
            Locale.ROOT,
            "%s  %d bytes  %s  %s%n",
            segment.path().getFileName(),
            segment.fileBytes(),
            range,
            segment.problems().isEmpty() ? "good" : "DAMAGED"));
    for (Problem problem : segment.problems()) {
      out.append(
          String.format(
              Locale.ROOT,
              "  offset %d: %d bytes unreadable: %s%n",
              problem.offset(),
              problem.bytes(),
              problem.reason()));
    }
    if (segment.unfinishedTail() > 0) {
      out.append(
          String.format(
              Locale.ROOT,
              "  the last %d bytes are an unfinished batch; the next start cuts them off%n",
              segment.unfinishedTail()));
    }
  }
}
