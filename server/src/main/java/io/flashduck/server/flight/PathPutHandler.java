package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.AckLevel;
import io.flashduck.server.table.Change;
import io.flashduck.server.table.ChangeKind;
import io.flashduck.server.table.Database;
import io.flashduck.server.table.RowsEncoder;
import io.flashduck.server.table.WriteAck;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.flight.FlightProducer.StreamListener;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.memory.BufferAllocator;

/**
 * DoPut to a path {@code [upsert|delete|append, table]} or {@code [..., schema, table]}: every
 * record batch is a change of its own with an answer of its own, in order, without protobuf. A
 * client may send ahead; it may also wait for each answer.
 *
 * <p>Threading: thread-safe; a call stays on its thread, its answers go out on threads of the
 * database, one at a time.
 */
final class PathPutHandler {
  /** A stream may stay open for long between two batches. */
  private static final Duration BETWEEN_BATCHES = Duration.ofDays(1);

  private static final int MAX_UNANSWERED = 64;

  private final Database database;
  private final Sessions sessions;
  private final BufferAllocator allocator;
  private final long maxChangeBytes;

  PathPutHandler(
      Database database, Sessions sessions, BufferAllocator allocator, long maxChangeBytes) {
    this.database = database;
    this.sessions = sessions;
    this.allocator = allocator;
    this.maxChangeBytes = maxChangeBytes;
  }

  /** Reads to the end of the stream and returns once every change is answered. */
  void put(
      Call call,
      List<String> path,
      FlightStream stream,
      PutGuard guard,
      StreamListener<PutResult> listener) {
    call.requireWriter("change tables");
    if (sessions.inTransaction(sessions.place(call, ByteString.EMPTY))) {
      throw FlightErrors.invalid(
          "Every batch of a path stream commits by itself, so it cannot be part of the session's"
              + " transaction; use bulk ingest, or end the transaction first");
    }
    ChangeKind kind = kind(path);
    TableName table =
        path.size() == 2 ? TableName.ofMain(path.get(1)) : new TableName(path.get(1), path.get(2));
    OrderedAcks acks =
        new OrderedAcks(
            ack -> PutAcks.send(listener, allocator, PutAcks.of(ack)),
            failure -> guard.stop(asFlashDuck(failure)),
            MAX_UNANSWERED);
    try (PutReader reader = new PutReader(stream, allocator, guard, BETWEEN_BATCHES)) {
      RowsEncoder batches = new RowsEncoder(reader.getVectorSchemaRoot(), maxChangeBytes);
      for (long index = 0; reader.loadNextBatch(); index++) {
        batches.add();
        Change change = Change.of(kind, table, batches.finish());
        CompletableFuture<WriteAck> answer =
            database.submit(change, call.headers().writeOptions(AckLevel.DURABLE, index));
        acks.add(answer);
      }
    } catch (RuntimeException e) {
      // Changes before the broken one stand; their answers go out before the error.
      acks.awaitAll();
      throw e;
    }
    acks.awaitAll();
    acks.failure()
        .ifPresent(
            failure -> {
              throw FlightErrors.toFlight(failure);
            });
  }

  private static FlashDuckException asFlashDuck(Throwable failure) {
    Throwable cause = FlightErrors.unwrap(failure);
    return cause instanceof FlashDuckException known
        ? known
        : new FlashDuckException(ErrorCode.INTERNAL, "A change failed: " + cause, cause);
  }

  private static ChangeKind kind(List<String> path) {
    if (path.size() != 2 && path.size() != 3) {
      throw wrongPath(path);
    }
    return switch (path.get(0).toLowerCase(Locale.ROOT)) {
      case "upsert" -> ChangeKind.UPSERT;
      case "delete" -> ChangeKind.DELETE;
      case "append" -> ChangeKind.APPEND;
      default -> throw wrongPath(path);
    };
  }

  private static FlashDuckException wrongPath(List<String> path) {
    return FlightErrors.invalid(
        "The path "
            + path
            + " is not one to put to; put to [\"upsert\", table], [\"delete\", table] or"
            + " [\"append\", table], or with a schema before the table");
  }
}
