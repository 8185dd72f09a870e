package io.flashduck.server.flight;

import io.flashduck.server.access.Principal;
import io.flashduck.server.access.Role;
import io.flashduck.server.engine.live.Viewer;
import io.flashduck.server.flight.Connections.Connection;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.jspecify.annotations.Nullable;

/**
 * One call: who makes it, in which session, with which wishes. Taken from Arrow's context on the
 * gRPC thread, because that context is bound to the thread.
 *
 * <p>Threading: thread-safe.
 */
final class Call {
  private final CallMiddleware middleware;
  private final BooleanSupplier cancelled;
  private final @Nullable Connection connection;

  private Call(
      CallMiddleware middleware, BooleanSupplier cancelled, @Nullable Connection connection) {
    this.middleware = middleware;
    this.cancelled = cancelled;
    this.connection = connection;
  }

  static Call of(CallContext context) {
    CallMiddleware middleware = context.getMiddleware(CallMiddleware.KEY);
    if (middleware == null) {
      throw new IllegalStateException("The server was built without its own middleware");
    }
    return new Call(middleware, context::isCancelled, Connections.current());
  }

  Principal principal() {
    return middleware.principal();
  }

  /** The id of the caller's session; a session has state only once something was set in it. */
  String session() {
    return middleware.session();
  }

  /** How the client names itself; empty if it does not. */
  String client() {
    return middleware.client();
  }

  /** What the caller may see of others. */
  Viewer viewer() {
    return new Viewer(principal().name(), principal().role().includes(Role.ADMIN));
  }

  /** The network connection of the caller, if it is known. */
  @Nullable Connection connection() {
    return connection;
  }

  /** Whether the network connection of the caller is known to have ended. */
  boolean isConnectionEnded() {
    return connection != null && connection.ended();
  }

  RequestHeaders headers() {
    return middleware.headers();
  }

  boolean isCancelled() {
    return cancelled.getAsBoolean();
  }

  /** Tells the caller which writes the answer has in it: all up to this one. */
  void reportSequence(long sequence) {
    middleware.reportSequence(sequence);
  }

  /** Ends the session's cookie in the client. */
  void forgetCookie() {
    middleware.forgetCookie();
  }

  void requireWriter(String action) {
    principal().require(Role.WRITER, action);
  }
}
