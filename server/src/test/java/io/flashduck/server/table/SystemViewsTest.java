package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What schema {@code flashduck} tells clients. */
final class SystemViewsTest {
  @TempDir Path dir;
  private TestFolder folder;

  @BeforeEach
  void open() {
    folder = new TestFolder(dir);
    Instant old = Instant.parse("2026-01-01T00:00:00Z");
    folder.modified(folder.text("t.csv", "id,x", "1,10", "2,20"), old);
    folder.open();
  }

  @AfterEach
  void close() {
    folder.close();
  }

  @Test
  void tablesFilesAndChanges_followTheData() {
    folder.run("CREATE TABLE made (k INTEGER PRIMARY KEY)");
    folder.run("INSERT INTO made VALUES (7)");
    assertThat(
            folder.rows("SELECT schema_name, table_name, key FROM flashduck.tables ORDER BY ALL"))
        .containsExactly("main|made|[k]", "main|t|[id]");
    assertThat(folder.rows("SELECT path, table_name, state, rows, version FROM flashduck.files"))
        .containsExactly("t.csv|t|loaded|2|2026-01-01 00:00:00.0");
    assertThat(folder.rows("SELECT sequence, table_name, rows FROM flashduck.changes ORDER BY ALL"))
        .hasSize(2)
        .last()
        .isEqualTo("2|made|1");
  }
}
