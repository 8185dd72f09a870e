package io.flashduck.server.cli.remote;

import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.List;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a Flight: its endpoints' streams one after another, seen through one root.
 *
 * <p>Threading: one reader; {@link #cancel()} from any thread.
 */
final class FlightRows implements RowStream {
  private final FlightSqlClient client;
  private final BufferAllocator allocator;
  private final List<FlightEndpoint> endpoints;
  private final CallOption[] options;
  private int opened;
  private volatile FlightStream stream;
  private final Schema schema;
  private @Nullable VectorSchemaRoot joined;
  private volatile boolean cancelled;

  private FlightRows(
      FlightSqlClient client,
      BufferAllocator allocator,
      List<FlightEndpoint> endpoints,
      FlightStream first,
      CallOption[] options) {
    this.client = client;
    this.allocator = allocator;
    this.endpoints = endpoints;
    this.options = options;
    this.stream = first;
    this.opened = 1;
    this.schema = first.getSchema();
  }

  /** Starts to read; waits for the schema. The caller closes. */
  static FlightRows open(
      FlightSqlClient client, BufferAllocator allocator, FlightInfo info, CallOption... options) {
    List<FlightEndpoint> endpoints = info.getEndpoints();
    if (endpoints.isEmpty()) {
      throw new FlashDuckException(
          ErrorCode.INTERNAL, "The server's answer names no endpoint to read the result from");
    }
    FlightStream first = client.getStream(endpoints.get(0).getTicket(), options);
    try {
      return new FlightRows(client, allocator, endpoints, first, options);
    } catch (RuntimeException e) {
      try (first) {
        throw e;
      } catch (Exception closing) {
        if (closing != e) {
          e.addSuppressed(closing);
        }
        throw e;
      }
    }
  }

  @Override
  public Schema schema() {
    return schema;
  }

  @Override
  public boolean next() {
    while (!stream.next()) {
      if (opened == endpoints.size() || cancelled) {
        return false;
      }
      closeStream();
      stream = client.getStream(endpoints.get(opened++).getTicket(), options);
    }
    if (endpoints.size() > 1) {
      copyInto(root());
    }
    return true;
  }

  private void copyInto(VectorSchemaRoot target) {
    try (ArrowRecordBatch batch = new VectorUnloader(stream.getRoot()).getRecordBatch()) {
      new VectorLoader(target).load(batch); // shares the buffers
    }
  }

  @Override
  public VectorSchemaRoot root() {
    if (endpoints.size() == 1) {
      return stream.getRoot();
    }
    VectorSchemaRoot root = joined;
    if (root == null) {
      root = VectorSchemaRoot.create(schema, allocator);
      joined = root;
    }
    return root;
  }

  @Override
  public void cancel() {
    cancelled = true;
    stream.cancel("cancelled by the user", null);
  }

  @Override
  public void close() {
    if (joined != null) {
      joined.close();
    }
    closeStream();
  }

  private void closeStream() {
    try {
      stream.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("closing a Flight stream failed", e);
    }
  }
}
