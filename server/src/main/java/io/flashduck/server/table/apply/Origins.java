package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.merge.TableLayout;
import io.flashduck.server.table.state.StateDraft;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Stages rows that are named by their origin, a file's path or a write's sequence.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
final class Origins {
  private static final String RAW = "temp._fd_raw";
  private static final String PATHS = "temp._fd_paths";

  private final LaneContext lane;
  private final StateDraft draft;
  private final TableName table;

  Origins(LaneContext lane, StateDraft draft, TableName table) {
    this.lane = lane;
    this.draft = draft;
    this.table = table;
  }

  /** Reads the stream once, gives every path an id, and stages the rows. */
  void insert(StagedRows rows, Schema schema, TableLayout layout, String stage, String stream) {
    LaneSession session = lane.session();
    // The stream's own row number has the same name as the origin's.
    session.execute(
        "CREATE OR REPLACE TEMP TABLE "
            + RAW
            + " AS SELECT * FROM "
            + SqlIdentifiers.quote(stream));
    session.execute(
        "CREATE OR REPLACE TEMP TABLE " + PATHS + " (_fd_known_path VARCHAR, _fd_known_id BIGINT)");
    List<String> paths =
        lane.connection()
            .query(
                "SELECT DISTINCT _fd_path FROM " + RAW + " WHERE _fd_path IS NOT NULL",
                row -> row.getString(1));
    for (String path : paths) {
      session.execute(
          "INSERT INTO "
              + PATHS
              + " VALUES ("
              + SqlIdentifiers.literal(path)
              + ", "
              + draft.retiredFileId(table, path)
              + ")");
    }
    session.execute(
        "INSERT INTO "
            + stage
            + " ("
            + layout.allColumns("")
            + ", _fd_deleted) SELECT "
            + rows.values(schema, layout)
            + "_fd_version, coalesce(p._fd_known_id, -_fd_origin), _fd_origin_row, _fd_sequence, _fd_op = 1"
            + " FROM "
            + RAW
            + " AS r LEFT JOIN "
            + PATHS
            + " AS p ON p._fd_known_path = r._fd_path");
    session.execute("DROP TABLE " + RAW);
    session.execute("DROP TABLE " + PATHS);
  }
}
