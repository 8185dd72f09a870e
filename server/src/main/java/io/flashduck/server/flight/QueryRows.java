package io.flashduck.server.flight;

import io.flashduck.server.engine.ArrowParameters;
import io.flashduck.server.engine.ArrowResult;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.StatementDescription;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a query: one execution without parameters, or one per bound row, one after another.
 *
 * <p>Threading: confined to whoever works on it, except {@link #cancel} and {@link #progress}.
 */
final class QueryRows implements LoadedRows {
  private final SessionLease lease;
  private final StatementDescription description;
  private final Schema schema;
  private final Optional<ArrowRows> bound;
  private @Nullable BufferAllocator allocator;
  private @Nullable ArrowReader parameters;
  private int nextRow;
  private boolean tracked;
  private @Nullable ArrowResult result;

  // Guarded by this: a cancel must not reach the next user of the connection.
  private boolean closed;
  private @Nullable FlashDuckException cancelReason;

  /**
   * Will run the statement on that connection.
   *
   * @param lease owned
   * @param schema of the result for these parameters
   * @param bound one row per execution; empty: one execution without parameters
   */
  QueryRows(
      SessionLease lease,
      StatementDescription description,
      Schema schema,
      Optional<ArrowRows> bound) {
    this.lease = lease;
    this.description = description;
    this.schema = schema;
    this.bound = bound;
  }

  @Override
  public Schema schema() {
    return schema;
  }

  @Override
  public void open(BufferAllocator memory) {
    allocator = memory;
    if (bound.isPresent()) {
      parameters = bound.get().open(memory);
    } else {
      execute(Parameters.NONE);
    }
  }

  @Override
  public boolean loadNext() {
    while (true) {
      if (result != null && result.loadNext()) {
        return true;
      }
      if (result != null) {
        result.close();
        result = null;
      }
      if (!executeNext()) {
        return false;
      }
    }
  }

  @Override
  public VectorSchemaRoot root() {
    if (result == null) {
      throw new IllegalStateException("No batch is loaded");
    }
    return result.root();
  }

  @Override
  public DictionaryProvider dictionaries() {
    if (result == null) {
      throw new IllegalStateException("No batch is loaded");
    }
    return result.dictionaries();
  }

  @Override
  public void trackProgress() {
    lease.connection().trackProgress(true);
    tracked = true;
  }

  @Override
  public synchronized OptionalDouble progress() {
    return closed ? OptionalDouble.empty() : lease.connection().progress();
  }

  @Override
  public synchronized void cancel(FlashDuckException reason) {
    if (!closed) {
      cancelReason = reason;
      lease.connection().cancel(reason);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      if (result != null) {
        result.close();
      }
      if (parameters != null) {
        parameters.close();
      }
      if (tracked) {
        lease.connection().trackProgress(false);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // encoded here, in memory
    } finally {
      lease.close();
    }
  }

  /** Starts the next execution, if a row is left. */
  private boolean executeNext() {
    ArrowReader rows = parameters;
    if (rows == null) {
      return false;
    }
    try {
      VectorSchemaRoot root = rows.getVectorSchemaRoot();
      while (nextRow >= root.getRowCount()) {
        if (!rows.loadNextBatch()) {
          return false;
        }
        nextRow = 0;
      }
      execute(ArrowParameters.row(root, nextRow, description));
      nextRow++;
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // encoded here, in memory
    }
  }

  private void execute(Parameters values) {
    synchronized (this) {
      if (cancelReason != null) {
        throw cancelReason;
      }
    }
    BufferAllocator memory = allocator;
    if (memory == null) {
      throw new IllegalStateException("open first");
    }
    ArrowResult started = lease.connection().query(description, values, memory);
    result = started;
    if (!started.schema().equals(schema)) {
      throw new FlashDuckException(
          ErrorCode.CONFLICT,
          "The result's columns changed since the statement was planned; run it again");
    }
  }
}
