package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;

/** Queries on a client's connection. */
final class ClientReads {
  private ClientReads() {}

  /** The rows as text, values joined by a bar; their schema must be the described one. */
  static List<String> rows(
      ClientConnection client,
      StatementDescription description,
      Parameters parameters,
      BufferAllocator allocator) {
    try (ArrowResult result = client.query(description, parameters, allocator)) {
      assertThat(result.root().getSchema()).isEqualTo(description.resultSchema());
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
