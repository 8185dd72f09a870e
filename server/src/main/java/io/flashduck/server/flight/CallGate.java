package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.Database;
import java.time.Duration;
import java.util.function.Function;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.flight.FlightProducer.StreamListener;

/**
 * What every call goes through, whatever its kind: the write that the caller wants to see is waited
 * for, and every failure gets its status.
 *
 * <p>Threading: thread-safe.
 */
final class CallGate {
  private final Database database;
  private final ResultStreamer streamer;
  private final Sessions sessions;
  private final Duration visibilityLimit;

  CallGate(
      Database database, ResultStreamer streamer, Sessions sessions, Duration visibilityLimit) {
    this.database = database;
    this.streamer = streamer;
    this.sessions = sessions;
    this.visibilityLimit = visibilityLimit;
  }

  /** A call with one answer. */
  <T> T call(CallContext context, Function<Call, T> work) {
    try {
      return work.apply(enter(context));
    } catch (RuntimeException e) {
      throw FlightErrors.toFlight(e);
    }
  }

  /** A call whose answers are all known at once. */
  <T> void listen(
      CallContext context, StreamListener<T> listener, Function<Call, Iterable<T>> work) {
    Iterable<T> answers;
    try {
      answers = work.apply(enter(context));
    } catch (RuntimeException e) {
      listener.onError(FlightErrors.toFlight(e));
      return;
    }
    answers.forEach(listener::onNext);
    listener.onCompleted();
  }

  /** A call whose answer is a stream of rows. */
  void stream(
      CallContext context, ServerStreamListener listener, Function<Call, IdentifiedRows> work) {
    IdentifiedRows rows;
    Call call;
    long began = System.nanoTime();
    try {
      call = enter(context);
      rows = work.apply(call);
    } catch (RuntimeException e) {
      listener.error(FlightErrors.toFlight(e));
      return;
    }
    String session = call.session();
    streamer.stream(rows, listener, () -> sessions.closedSince(session, began));
  }

  private Call enter(CallContext context) {
    Call call = Call.of(context);
    sessions.called(call);
    if (call.headers().minSequence().isPresent()) {
      awaitVisible(call.headers().minSequence().getAsLong());
    }
    return call;
  }

  private void awaitVisible(long sequence) {
    try {
      if (!database.awaitSequence(sequence, visibilityLimit)) {
        throw new FlashDuckException(
            ErrorCode.TIMEOUT,
            "The write " + sequence + " was not visible within " + visibilityLimit);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.SHUTTING_DOWN, "The server is stopping", e);
    }
  }
}
