package io.flashduck.server.queue;

import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of segment files: which there are, making one, deleting one.
 *
 * <p>Threading: thread-safe as far as the file layer is; creation only by the queue's thread, or
 * before it starts.
 */
final class SegmentFolder {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentFolder.class);

  private final Path directory;
  private final FileLayer files;

  SegmentFolder(Path directory, FileLayer files) {
    this.directory = directory;
    this.files = files;
  }

  /** A new segment, or why there is none. */
  sealed interface Creation {
    /** The segment has its name and the folder is synced; the receiver closes the writer. */
    record Created(SegmentWriter writer) implements Creation {}

    /** Never {@link Outcome.Done}. */
    record Failed(Outcome outcome) implements Creation {}
  }

  Path directory() {
    return directory;
  }

  FileLayer files() {
    return files;
  }

  Path path(long firstSequence) {
    return directory.resolve(SegmentHeader.fileName(firstSequence));
  }

  /** First sequences of the segments by their names, ascending. */
  List<Long> segments() throws IOException {
    List<Long> firstSequences = new ArrayList<>();
    for (String name : files.list(directory)) {
      OptionalLong first = SegmentHeader.firstSequence(name);
      if (first.isPresent()) {
        firstSequences.add(first.getAsLong());
      }
    }
    firstSequences.sort(null);
    return firstSequences;
  }

  /** Deletes segments that were never given their name. */
  void deleteTemporaries() throws IOException {
    for (String name : files.list(directory)) {
      if (name.endsWith(SegmentHeader.TEMPORARY_SUFFIX)
          && SegmentHeader.firstSequence(withoutSuffix(name)).isPresent()) {
        files.delete(directory.resolve(name));
      }
    }
  }

  /**
   * Makes a segment: header written and synced under a temporary name, renamed, folder synced.
   *
   * @param preallocationBytes see {@link QueueSettings}
   */
  Creation create(SegmentHeader header, int preallocationBytes) {
    Path path = path(header.firstSequence());
    Path temporary = path.resolveSibling(path.getFileName() + SegmentHeader.TEMPORARY_SUFFIX);
    OpenFile file;
    try {
      file = writeTemporary(temporary, header);
    } catch (IOException e) {
      deleteQuietly(temporary);
      return new Creation.Failed(new Outcome.NotDone(e));
    }
    try {
      files.rename(temporary, path);
    } catch (IOException e) {
      closeQuietly(file);
      return new Creation.Failed(renameFailed(temporary, path, e));
    }
    try {
      files.forceDirectory(directory);
    } catch (IOException e) {
      closeQuietly(file);
      return new Creation.Failed(new Outcome.Unknown(e));
    }
    return new Creation.Created(SegmentWriter.ofEmpty(path, file, header, preallocationBytes));
  }

  private OpenFile writeTemporary(Path temporary, SegmentHeader header) throws IOException {
    OpenFile file = files.open(temporary, OpenMode.CREATE);
    try {
      SegmentWriter.writeFully(file, header.encode(), 0);
      file.force(true);
      return file;
    } catch (IOException | RuntimeException e) {
      closeQuietly(file);
      throw e;
    }
  }

  /** A rename that failed is not done only if the folder shows it. */
  private Outcome renameFailed(Path temporary, Path path, IOException cause) {
    try {
      List<String> names = files.list(directory);
      if (names.contains(String.valueOf(temporary.getFileName()))
          && !names.contains(String.valueOf(path.getFileName()))) {
        deleteQuietly(temporary);
        return new Outcome.NotDone(cause);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    return new Outcome.Unknown(cause);
  }

  private void deleteQuietly(Path temporary) {
    try {
      files.delete(temporary);
    } catch (IOException e) {
      LOG.debug("Left {} behind; the next start deletes it", temporary, e);
    }
  }

  private static void closeQuietly(OpenFile file) {
    try {
      file.close();
    } catch (IOException e) {
      LOG.debug("Closing a segment failed after an earlier failure", e);
    }
  }

  private static String withoutSuffix(String name) {
    return name.substring(0, name.length() - SegmentHeader.TEMPORARY_SUFFIX.length());
  }
}
