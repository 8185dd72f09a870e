package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.grpc.Context;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Waits for the database on the thread of a call.
 *
 * <p>Threading: stateless.
 */
final class Waiting {
  private Waiting() {}

  /**
   * Waits for a statement, and cancels it when the client of the current call is gone or has given
   * up: then nobody is left who would have to know.
   */
  static <T> T onStatement(CompletableFuture<T> future) {
    Context call = Context.current();
    Context.CancellationListener givenUp = context -> future.cancel(true);
    call.addListener(givenUp, Runnable::run);
    try {
      return on(future);
    } catch (CancellationException e) {
      throw new FlashDuckException(ErrorCode.CANCELLED, "The client cancelled the statement", e);
    } finally {
      call.removeListener(givenUp);
    }
  }

  /**
   * Waits to the end, however long: giving up would leave the caller without knowing whether its
   * change survives. The database bounds its own waits.
   */
  static <T> T on(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw FlightErrors.toFlight(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(
          ErrorCode.COMMIT_UNKNOWN, "The server is stopping; the change may still survive", e);
    }
  }
}
