package io.flashduck.server.queue;

import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all segments, cuts a torn tail off the last one, and makes what is left durable.
 *
 * <p>Every frame is checked. Only the end of the last segment may be unreadable, and only if no
 * later batch proves that it had been synced; anything else is CORRUPT_STATE. What is kept of the
 * last batch is written again before it is synced: after a failed sync the page cache may hold
 * bytes as clean that never reached the disk, and a sync alone would then be a lie. That holds for
 * a mark too.
 *
 * <p>Threading: confined to the opening thread.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);
  private static final long BACKLOG_RUN_BYTES = 64 * 1024;
  private static final int COPY_BYTES = 1024 * 1024;

  private final SegmentFolder folder;
  private final int preallocationBytes;
  private final List<Segment> segments = new ArrayList<>();
  private final List<PendingMark> backlog = new ArrayList<>();
  private SegmentCheck.@Nullable Result previous;

  private Recovery(SegmentFolder folder, int preallocationBytes) {
    this.folder = folder;
    this.preallocationBytes = preallocationBytes;
  }

  /**
   * Recovers the folder, creating it and its first segment if there is none.
   *
   * @throws FlashDuckException CORRUPT_STATE naming file and offset; IO_ERROR or RESOURCE_EXHAUSTED
   *     if the system refused an operation
   */
  static RecoveredLog run(SegmentFolder folder, int preallocationBytes) {
    try {
      return new Recovery(folder, preallocationBytes).run();
    } catch (IOException e) {
      throw QueueErrors.notOpened(folder.directory(), e);
    }
  }

  private RecoveredLog run() throws IOException {
    folder.files().createDirectories(folder.directory());
    folder.deleteTemporaries();
    List<Long> firstSequences = folder.segments();
    SegmentWriter active = firstSequences.isEmpty() ? createFirst() : readAll(firstSequences);
    SegmentCheck.Result last = previous;
    return last == null
        ? new RecoveredLog(active, segments, 0, 0, backlog)
        : new RecoveredLog(
            active, segments, last.lastSequence(), last.lastAcceptedAtNanos(), backlog);
  }

  private SegmentWriter createFirst() throws IOException {
    SegmentHeader header = new SegmentHeader(1, 0, new SecureRandom().nextInt());
    SegmentFolder.Creation creation = folder.create(header, preallocationBytes);
    if (creation instanceof SegmentFolder.Creation.Failed failed) {
      throw QueueErrors.notOpened(folder.directory(), QueueErrors.cause(failed.outcome()));
    }
    SegmentWriter writer = ((SegmentFolder.Creation.Created) creation).writer();
    segments.add(new Segment(writer.path(), 1, writer.end()));
    return writer;
  }

  private SegmentWriter readAll(List<Long> firstSequences) throws IOException {
    // A new name may have been lost to a crash before the folder was synced.
    folder.files().forceDirectory(folder.directory());
    for (long first : firstSequences.subList(0, firstSequences.size() - 1)) {
      readSealed(folder.path(first), first);
    }
    long last = firstSequences.get(firstSequences.size() - 1);
    return readLast(folder.path(last), last);
  }

  private void readSealed(Path path, long firstSequence) throws IOException {
    try (SegmentScanner scanner = SegmentScanner.open(folder.files(), path)) {
      SegmentCheck.Result result = read(scanner, path, firstSequence);
      if (result.tail() != SegmentCheck.Tail.CLEAN) {
        throw corrupt(path, result.end(), result.reason());
      }
    } catch (DamagedSegmentException e) {
      throw corrupt(path, e.offset(), e.reason());
    }
  }

  private SegmentWriter readLast(Path path, long firstSequence) throws IOException {
    OpenFile file = folder.files().open(path, OpenMode.UPDATE);
    try {
      SegmentScanner scanner = SegmentScanner.of(file);
      SegmentCheck.Result result = read(scanner, path, firstSequence);
      if (result.tail() == SegmentCheck.Tail.DAMAGED) {
        throw corrupt(path, result.end(), result.reason());
      }
      repair(file, path, result);
      return new SegmentWriter(
          path, file, scanner.header(), result.end(), result.marked(), preallocationBytes);
    } catch (DamagedSegmentException e) {
      file.close();
      throw corrupt(path, e.offset(), e.reason());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private SegmentCheck.Result read(SegmentScanner scanner, Path path, long firstSequence)
      throws IOException, DamagedSegmentException {
    SegmentHeader header = scanner.header();
    SegmentCheck.requireFollows(header, firstSequence, previous);
    SegmentCheck.Result result = new SegmentCheck(scanner, this::remember).run();
    previous = result;
    segments.add(new Segment(path, firstSequence, result.end()));
    return result;
  }

  private void remember(FrameFormat.Header frame, long offset) {
    PendingMark mark =
        new PendingMark(frame.sequence(), frame.frameBytes(), frame.acceptedAtNanos());
    int newest = backlog.size() - 1;
    if (newest >= 0 && backlog.get(newest).bytes() < BACKLOG_RUN_BYTES) {
      backlog.set(newest, backlog.get(newest).join(mark));
    } else {
      backlog.add(mark);
    }
  }

  private static void repair(OpenFile file, Path path, SegmentCheck.Result result)
      throws IOException {
    if (result.tail() == SegmentCheck.Tail.TORN) {
      LOG.warn(
          "Cut an unfinished batch off {}: {} bytes from offset {} ({}); last sequence {}",
          path,
          result.size() - result.end(),
          result.end(),
          result.reason(),
          result.lastSequence());
    }
    if (result.size() > result.end()) {
      file.truncate(result.end());
    }
    rewrite(file, result.lastBatchStart(), result.end());
    file.force(true);
  }

  /** Writes bytes over themselves, so that the coming sync really sends them to the disk. */
  private static void rewrite(OpenFile file, long from, long end) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(COPY_BYTES, end - from));
    for (long offset = from; offset < end; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), end - offset));
      while (buffer.hasRemaining()) {
        if (file.read(buffer, offset + buffer.position()) <= 0) {
          throw new IOException("The file ends at " + offset + " while it is recovered");
        }
      }
      offset += SegmentWriter.writeFully(file, buffer.flip(), offset);
    }
  }

  private FlashDuckException corrupt(Path path, long offset, String reason) {
    return QueueErrors.corrupt(folder.directory(), path, offset, reason);
  }
}
