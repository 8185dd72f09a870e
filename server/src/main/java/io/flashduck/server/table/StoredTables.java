package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.consolidate.SnapshotPosition;
import io.flashduck.server.consolidate.StoredTable;
import io.flashduck.server.consolidate.TableStorage;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.table.state.Bookkeeping;
import io.flashduck.server.table.state.TableState;
import java.util.Optional;

/**
 * The bookkeeping as the emission of consolidated files reads it in its snapshot.
 *
 * <p>Threading: thread-safe.
 */
final class StoredTables implements TableStorage {
  @Override
  public SnapshotPosition position(EngineConnection snapshot) {
    return snapshot
        .query(
            "SELECT version, sequence FROM _flashduck.applied",
            row -> new SnapshotPosition(row.getLong(1), row.getLong(2)))
        .get(0);
  }

  @Override
  public Optional<StoredTable> table(EngineConnection snapshot, TableName table) {
    return new Bookkeeping(snapshot)
        .table(table)
        .filter(TableState::visible)
        .flatMap(
            state ->
                state
                    .layout()
                    .map(
                        layout ->
                            new StoredTable(
                                state.definition().orElseThrow(),
                                state.version(),
                                layout.stored(),
                                snapshot.query(
                                    "SELECT path FROM _flashduck.files WHERE lower(schema_name ||"
                                        + " '.' || table_name) = ? AND NOT masked ORDER BY path",
                                    row -> row.getString(1),
                                    table.folded()))));
  }
}
