package io.flashduck.server.cli.output;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** A stream of {@code id BIGINT, name VARCHAR} rows in batches; a null name is a NULL. */
final class SampleRows implements RowStream {
  private final VectorSchemaRoot root;
  private final List<List<@Nullable String>> batches;
  private int next;
  private long id;

  SampleRows(BufferAllocator allocator, List<List<@Nullable String>> batches) {
    this.root =
        VectorSchemaRoot.of(
            new FieldVector[] {
              new BigIntVector("id", allocator), new VarCharVector("name", allocator)
            });
    this.batches = batches;
  }

  @Override
  public Schema schema() {
    return root.getSchema();
  }

  @Override
  public boolean next() {
    if (next == batches.size()) {
      return false;
    }
    List<@Nullable String> names = batches.get(next++);
    root.allocateNew();
    BigIntVector ids = (BigIntVector) root.getVector("id");
    VarCharVector texts = (VarCharVector) root.getVector("name");
    for (int i = 0; i < names.size(); i++) {
      ids.setSafe(i, ++id);
      String name = names.get(i);
      if (name == null) {
        texts.setNull(i);
      } else {
        texts.setSafe(i, name.getBytes(StandardCharsets.UTF_8));
      }
    }
    root.setRowCount(names.size());
    return true;
  }

  @Override
  public VectorSchemaRoot root() {
    return root;
  }

  @Override
  public void cancel() {
    next = batches.size();
  }

  @Override
  public void close() {
    root.close();
  }
}
