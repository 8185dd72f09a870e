package io.flashduck.server.flight;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
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
