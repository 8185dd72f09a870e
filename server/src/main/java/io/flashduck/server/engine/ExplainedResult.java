package io.flashduck.server.engine;

import io.flashduck.server.error.FlashDuckException;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The texts of EXPLAIN with the names of tables that clients know.
 *
 * <p>Threading: confined to its reader's thread, except {@link #cancel}.
 */
final class ExplainedResult implements ArrowResult {
  private final ArrowResult plan;
  private final VectorSchemaRoot shown;

  /**
   * @param plan owned
   * @param allocator pays for the texts
   */
  ExplainedResult(ArrowResult plan, BufferAllocator allocator) {
    this.plan = plan;
    this.shown = VectorSchemaRoot.create(plan.schema(), allocator);
  }

  @Override
  public Schema schema() {
    return plan.schema();
  }

  @Override
  public DictionaryProvider dictionaries() {
    return plan.dictionaries();
  }

  @Override
  public boolean loadNext() {
    boolean more = plan.loadNext();
    int rows = more ? plan.root().getRowCount() : 0;
    shown.allocateNew();
    for (FieldVector column : plan.root().getFieldVectors()) {
      VarCharVector texts = (VarCharVector) column;
      VarCharVector to = (VarCharVector) shown.getVector(column.getName());
      for (int row = 0; row < rows; row++) {
        if (!texts.isNull(row)) {
          String text = new String(texts.get(row), StandardCharsets.UTF_8);
          to.setSafe(row, PlanNames.shown(text).getBytes(StandardCharsets.UTF_8));
        }
      }
    }
    shown.setRowCount(rows);
    return more;
  }

  @Override
  public VectorSchemaRoot root() {
    return shown;
  }

  @Override
  public void cancel(FlashDuckException reason) {
    plan.cancel(reason);
  }

  @Override
  public void close() {
    shown.close();
    plan.close();
  }
}
