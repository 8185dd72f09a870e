package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.server.engine.ArrowParameters;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.table.ArrowRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/**
 * Bound rows inside of a ticket or handle, if they are few: such a ticket needs nothing of the
 * server.
 *
 * <p>Threading: stateless.
 */
final class BoundRows {
  private static final int MAX_CARRIED_BYTES = 64 * 1024;

  private BoundRows() {}

  /** The encoded rows, if a ticket can carry them. */
  static Optional<ByteString> carried(ArrowRows rows) {
    return rows.sizeBytes() <= MAX_CARRIED_BYTES
        ? Optional.of(ByteString.copyFrom(rows.encoded()))
        : Optional.empty();
  }

  /** The rows that a ticket carried. */
  static ArrowRows read(ByteString carried, BufferAllocator allocator) {
    try (ArrowStreamReader reader = new ArrowStreamReader(carried.newInput(), allocator)) {
      return ArrowRows.readAll(reader, Long.MAX_VALUE);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // signed by us, so it is whole
    }
  }

  /** The values of each row. */
  static List<Parameters> values(
      ArrowRows rows, StatementDescription description, BufferAllocator allocator) {
    List<Parameters> values = new ArrayList<>();
    try (ArrowReader reader = rows.open(allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      while (reader.loadNextBatch()) {
        for (int row = 0; row < root.getRowCount(); row++) {
          values.add(ArrowParameters.row(root, row, description));
        }
      }
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // encoded here, in memory
    }
  }
}
