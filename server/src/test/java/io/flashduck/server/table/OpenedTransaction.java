package io.flashduck.server.table;

import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.FieldVector;

/** A transaction on a connection of its own; closing it rolls back what is still open. */
final class OpenedTransaction implements AutoCloseable {
  private final TestFolder folder;
  private final ClientConnection connection;
  private final Transaction transaction;

  OpenedTransaction(TestFolder folder) {
    this.folder = folder;
    this.connection = folder.db().engine().openClient();
    this.transaction = folder.db().begin(connection);
  }

  ClientConnection connection() {
    return connection;
  }

  Transaction transaction() {
    return transaction;
  }

  long run(String sql) {
    return run(sql, Optional.empty());
  }

  long run(String sql, Optional<ArrowRows> parameters) {
    return transaction.execute(new SqlUpdate(sql, parameters, List.of("main"))).count();
  }

  /** The rows of a query as a client gets them: through the fence, in Arrow form. */
  List<String> rows(String query) {
    StatementDescription description =
        connection.describe(
            transaction.reading(query, List.of("main")), folder.db().catalog().schemaVersion());
    List<String> rows = new ArrayList<>();
    try (ArrowResult result = connection.query(description, Parameters.NONE, folder.allocator())) {
      while (result.loadNext()) {
        for (int row = 0; row < result.root().getRowCount(); row++) {
          List<String> values = new ArrayList<>();
          for (FieldVector vector : result.root().getFieldVectors()) {
            values.add(String.valueOf(vector.getObject(row)));
          }
          rows.add(String.join("|", values));
        }
      }
    }
    return rows;
  }

  WriteAck commit() {
    return transaction.commit(WriteOptions.at(AckLevel.APPLIED));
  }

  void rollback() {
    transaction.rollback();
  }

  @Override
  public void close() {
    connection.close();
  }
}
