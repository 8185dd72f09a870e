package io.flashduck.server.queue;

import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads the folder of a queue without changing it, verifies every checksum, and goes on behind
 * damage; for {@code flashduck queue inspect} and {@code flashduck queue verify}.
 *
 * <p>It may run beside a server: the batch being written then shows as an unfinished tail.
 *
 * <p>Threading: confined to the thread that uses it.
 */
public final class QueueInspector {
  private final SegmentFolder folder;
  private final Visitor visitor;

  private QueueInspector(SegmentFolder folder, Visitor visitor) {
    this.folder = folder;
    this.visitor = visitor;
  }

  /** Sees every readable change in the order of the files. */
  @FunctionalInterface
  public interface Visitor {
    void change(ChangeEntry entry);
  }

  /**
   * A readable change.
   *
   * @param offset of its frame in the segment
   */
  public record ChangeEntry(
      Path segment, long offset, long sequence, Instant acceptedAt, int payloadBytes) {}

  /**
   * Inspects a folder.
   *
   * @throws FlashDuckException IO_ERROR if the folder or a file cannot be read
   */
  public static QueueReport inspect(Path directory, FileLayer files, Visitor visitor) {
    return new QueueInspector(new SegmentFolder(directory, files), visitor).inspect();
  }

  private QueueReport inspect() {
    List<QueueReport.SegmentReport> reports = new ArrayList<>();
    List<Long> firstSequences;
    try {
      firstSequences = folder.segments();
    } catch (IOException e) {
      throw QueueErrors.notRead(folder.directory(), e);
    }
    SegmentCheck.Result previous = null;
    for (int i = 0; i < firstSequences.size(); i++) {
      Walk walk = new Walk(firstSequences.get(i), i == firstSequences.size() - 1);
      try {
        previous = walk.run(previous);
      } catch (IOException e) {
        throw QueueErrors.notRead(walk.path, e);
      }
      reports.add(walk.report());
    }
    return new QueueReport(folder.directory(), reports);
  }

  /** The inspection of one segment. */
  private final class Walk {
    private final long firstByName;
    private final boolean isLast;
    private final Path path;
    private final List<QueueReport.Problem> problems = new ArrayList<>();
    private OptionalLong first = OptionalLong.empty();
    private OptionalLong last = OptionalLong.empty();
    private long changes;
    private long size;
    private long unfinishedTail;

    Walk(long firstByName, boolean isLast) {
      this.firstByName = firstByName;
      this.isLast = isLast;
      this.path = folder.path(firstByName);
    }

    QueueReport.SegmentReport report() {
      return new QueueReport.SegmentReport(
          path, size, first, last, changes, problems, unfinishedTail);
    }

    /** What the next segment must follow; null if this one's end is not known. */
    SegmentCheck.@Nullable Result run(SegmentCheck.@Nullable Result previous) throws IOException {
      try (SegmentScanner scanner = SegmentScanner.open(folder.files(), path)) {
        size = scanner.size();
        SegmentCheck.requireFollows(scanner.header(), firstByName, previous);
        return check(scanner);
      } catch (DamagedSegmentException e) {
        try (SegmentScanner scanner = SegmentScanner.openWithoutHeader(folder.files(), path)) {
          size = scanner.size();
          problems.add(new QueueReport.Problem(0, SegmentHeader.BYTES, e.reason()));
          readBehind(scanner, SegmentHeader.BYTES);
          return null;
        }
      }
    }

    private SegmentCheck.@Nullable Result check(SegmentScanner scanner) throws IOException {
      SegmentCheck.Result result = new SegmentCheck(scanner, this::visit).run();
      size = result.size();
      boolean bad =
          switch (result.tail()) {
            case CLEAN -> false;
            case PREALLOCATED -> !isLast;
            case TORN -> !isLast;
            case DAMAGED -> true;
          };
      if (bad) {
        long next = behindDamage(scanner, result.end());
        problems.add(new QueueReport.Problem(result.end(), next - result.end(), result.reason()));
        readBehind(scanner, next);
        return null;
      }
      if (result.tail() == SegmentCheck.Tail.TORN) {
        unfinishedTail = size - result.end();
      }
      return result;
    }

    /** Lists what is readable from an offset on, with a problem for each gap. */
    private void readBehind(SegmentScanner scanner, long from) throws IOException {
      long offset = from;
      while (offset < size) {
        try {
          FrameFormat.Header frame = scanner.frameHeader(offset, size);
          scanner.verifyPayload(frame, offset, size);
          if (frame.isChange()) {
            visit(frame, offset);
          }
          offset += frame.frameBytes();
        } catch (DamagedSegmentException e) {
          long next = behindDamage(scanner, offset);
          if (next < size || !endsInZeros(scanner, offset)) {
            problems.add(new QueueReport.Problem(offset, next - offset, e.reason()));
          }
          offset = next;
        }
      }
    }

    private boolean endsInZeros(SegmentScanner scanner, long offset) throws IOException {
      try {
        return scanner.isZero(offset, size);
      } catch (DamagedSegmentException shrunk) {
        return false;
      }
    }

    /**
     * Where reading goes on: behind the frame if its header is good, else at the next good header,
     * else at the end of the file.
     */
    private long behindDamage(SegmentScanner scanner, long offset) throws IOException {
      try {
        Optional<SegmentScanner.Found> found = scanner.findFrame(offset, size);
        if (found.isPresent() && found.get().offset() == offset) {
          return Math.min(size, offset + found.get().frame().frameBytes());
        }
        return found.map(SegmentScanner.Found::offset).orElse(size);
      } catch (DamagedSegmentException shrunk) {
        return size;
      }
    }

    private void visit(FrameFormat.Header frame, long offset) {
      if (first.isEmpty()) {
        first = OptionalLong.of(frame.sequence());
      }
      last = OptionalLong.of(frame.sequence());
      changes++;
      visitor.change(
          new ChangeEntry(
              path,
              offset,
              frame.sequence(),
              Instant.ofEpochSecond(0, frame.acceptedAtNanos()),
              frame.payloadBytes()));
    }
  }
}
