package io.flashduck.server.table.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.DataFormat;
import io.flashduck.server.sync.FileFormat;
import io.flashduck.server.sync.FileStamp;
import io.flashduck.server.sync.SourceFile;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told while one statement reads a large file. */
@Timeout(60)
final class GroupProgressTest {
  private static final TableName TABLE = TableName.ofMain("t");
  private static final long BYTES = 100_000_000;
  private static final SourceFile FILE =
      new SourceFile(
          TABLE,
          "t.csv",
          FileFormat.of(DataFormat.CSV),
          Map.of(),
          "",
          new FileStamp(BYTES, 0, 0, 0));

  private final LoadProgress progress = new LoadProgress();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private volatile double share;

  @BeforeEach
  void begin() {
    progress.watch(lines::add);
    progress.begin(Map.of(TABLE, List.of(FILE)));
  }

  @Test
  void linesTellWhatIsReadByNow() {
    read(
        () -> {
          toldLine("[....................] 0 of 1 files, 0 of 100 MB");
          share = 0.5;
          toldLine("[##########..........] 0 of 1 files, 50 of 100 MB");
          share = 0.9;
          toldLine("[##################..] 0 of 1 files, 90 of 100 MB");
        });
    lines.clear();
    progress.read(FILE, 7);
    assertThat(lines).singleElement().asString().contains("1 of 1 files, 100 of 100 MB");
  }

  @Test
  void aFileThatIsReadAgain_doesNotGoBack() {
    assertThatThrownBy(
            () ->
                read(
                    () -> {
                      share = 0.5;
                      assertThat(bytesDone()).isEqualTo(BYTES / 2);
                      throw new IllegalArgumentException("cannot be read");
                    }))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(bytesDone()).isEqualTo(BYTES / 2);
    read(
        () -> {
          share = 0.25;
          assertThat(bytesDone()).isEqualTo(BYTES / 2);
          share = 0.75;
          assertThat(bytesDone()).isEqualTo(BYTES / 4 * 3);
          share = 2;
          assertThat(bytesDone()).isEqualTo(BYTES);
        });
  }

  @Test
  void onceItHasEnded_nobodyIsAsked() {
    read(() -> {});
    share = 0.5;
    assertThat(bytesDone()).isZero();
  }

  private void read(Runnable work) {
    GroupProgress.during(
        progress,
        TABLE,
        new GroupReading(BYTES, () -> OptionalDouble.of(share)),
        () -> {
          work.run();
          return true;
        });
  }

  private void toldLine(String part) {
    try {
      String line;
      do {
        line = lines.poll(30, TimeUnit.SECONDS);
        assertThat(line).as("a line with %s", part).isNotNull();
      } while (!line.contains(part));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private long bytesDone() {
    return progress.loads().get(0).bytesDone();
  }
}
