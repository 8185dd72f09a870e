package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.engine.live.Viewer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.vector.FieldVector;
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

  @Test
  void queueAndExports_tellHowFarTheyAre() {
    folder.run("CREATE TABLE made (k INTEGER PRIMARY KEY)");
    folder.run("INSERT INTO made VALUES (7)");
    folder.quiet();
    try (ClientConnection client = folder.db().engine().openClient()) {
      assertThat(
              rows(
                  client,
                  "SELECT durable_sequence, applied_sequence, unapplied, unapplied_bytes,"
                      + " waiting_senders, first_sequence, segments, segment_bytes > 0,"
                      + " writes_refused FROM flashduck.queue"))
          .containsExactly("2|2|0|0|0|1|1|true|null");
      assertThat(
              rows(
                  client,
                  "SELECT table_name, sequence, sequences_behind, error FROM flashduck.exports"
                      + " WHERE table_name = 'made'"))
          .containsExactly("made|null|2|null");
    }
  }

  private List<String> rows(ClientConnection client, String sql) {
    StatementDescription description = client.describe(sql, folder.db().catalog().schemaVersion());
    client.show(description, new Viewer("me", true));
    try (ArrowResult result = client.query(description, Parameters.NONE, folder.allocator())) {
      List<String> rows = new ArrayList<>();
      while (result.loadNext()) {
        for (int i = 0; i < result.root().getRowCount(); i++) {
          List<String> values = new ArrayList<>();
          for (FieldVector vector : result.root().getFieldVectors()) {
            values.add(Objects.toString(vector.getObject(i)));
          }
          rows.add(String.join("|", values));
        }
      }
      return rows;
    }
  }
}
