package io.flashduck.server.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the queue relies on, for the real files and for the disk in memory. */
abstract class FileLayerContract {
  abstract FileLayer files();

  abstract Path directory();

  @Test
  void create_writeAndReopen_contentAndSize() throws IOException {
    Path file = folder().resolve("a");
    try (OpenFile open = files().open(file, OpenMode.CREATE)) {
      SegmentWriter.writeFully(open, ascii("hello"), 3);
      open.force(true);
      assertThat(open.size()).isEqualTo(8);
    }
    assertThat(content(file)).isEqualTo("\0\0\0hello");
    assertThat(files().list(directory())).containsExactly("a");
  }

  @Test
  void create_existing_emptied() throws IOException {
    Path file = folder().resolve("a");
    write(file, "old content");
    write(file, "new");
    assertThat(content(file)).isEqualTo("new");
  }

  @Test
  void open_missing_noSuchFile() throws IOException {
    Path missing = folder().resolve("missing");
    assertThatThrownBy(() -> files().open(missing, OpenMode.READ))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> files().open(missing, OpenMode.UPDATE))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> files().delete(missing)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void truncate_cutsButDoesNotGrow_andLaterGrowthIsZero() throws IOException {
    Path file = folder().resolve("a");
    write(file, "hello world");
    try (OpenFile open = files().open(file, OpenMode.UPDATE)) {
      open.truncate(5);
      open.truncate(9);
      assertThat(open.size()).isEqualTo(5);
      SegmentWriter.writeFully(open, ascii("!"), 7);
    }
    assertThat(content(file)).isEqualTo("hello\0\0!");
  }

  @Test
  void rename_openFile_goesOnUnderTheNewName() throws IOException {
    Path from = folder().resolve("from");
    Path to = folder().resolve("to");
    try (OpenFile open = files().open(from, OpenMode.CREATE)) {
      SegmentWriter.writeFully(open, ascii("ab"), 0);
      files().rename(from, to);
      files().forceDirectory(directory());
      SegmentWriter.writeFully(open, ascii("cd"), 2);
    }
    assertThat(files().list(directory())).containsExactly("to");
    assertThat(content(to)).isEqualTo("abcd");
  }

  @Test
  void delete_openFile_stillReadable() throws IOException {
    Path file = folder().resolve("a");
    write(file, "kept");
    try (OpenFile open = files().open(file, OpenMode.READ)) {
      files().delete(file);
      ByteBuffer target = ByteBuffer.allocate(4);
      while (target.hasRemaining() && open.read(target, target.position()) >= 0) {
        Thread.onSpinWait();
      }
      assertThat(US_ASCII.decode(target.flip()).toString()).isEqualTo("kept");
    }
    assertThat(files().list(directory())).isEmpty();
  }

  @Test
  void read_atAndBehindTheEnd_minusOne() throws IOException {
    Path file = folder().resolve("a");
    write(file, "abc");
    try (OpenFile open = files().open(file, OpenMode.READ)) {
      assertThat(open.read(ByteBuffer.allocate(4), 3)).isEqualTo(-1);
      assertThat(open.read(ByteBuffer.allocate(4), 30)).isEqualTo(-1);
    }
  }

  private Path folder() throws IOException {
    files().createDirectories(directory());
    return directory();
  }

  private void write(Path file, String text) throws IOException {
    try (OpenFile open = files().open(file, OpenMode.CREATE)) {
      SegmentWriter.writeFully(open, ascii(text), 0);
    }
  }

  private String content(Path file) throws IOException {
    try (OpenFile open = files().open(file, OpenMode.READ)) {
      ByteBuffer target = ByteBuffer.allocate((int) open.size());
      while (target.hasRemaining()) {
        open.read(target, target.position());
      }
      return US_ASCII.decode(target.flip()).toString();
    }
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(US_ASCII));
  }
}
