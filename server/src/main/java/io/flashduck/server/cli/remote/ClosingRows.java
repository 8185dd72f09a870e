package io.flashduck.server.cli.remote;

import io.flashduck.server.cli.output.RowStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Rows that release something else when they are closed.
 *
 * <p>Threading: as the rows.
 */
final class ClosingRows implements RowStream {
  private final RowStream rows;
  private final Runnable afterClose;

  ClosingRows(RowStream rows, Runnable afterClose) {
    this.rows = rows;
    this.afterClose = afterClose;
  }

  @Override
  public Schema schema() {
    return rows.schema();
  }

  @Override
  public boolean next() {
    return rows.next();
  }

  @Override
  public VectorSchemaRoot root() {
    return rows.root();
  }

  @Override
  public void cancel() {
    rows.cancel();
  }

  @Override
  public void close() {
    try {
      rows.close();
    } finally {
      afterClose.run();
    }
  }
}
