package io.flashduck.server.flight;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the network connections of clients apart, so that what belongs to one can be freed when it
 * is gone.
 *
 * <p>Threading: thread-safe.
 */
final class Connections extends ServerTransportFilter implements ServerInterceptor {
  private static final Attributes.Key<Object> ATTRIBUTE =
      Attributes.Key.create("flashduck-connection");
  private static final Context.Key<Object> CURRENT = Context.key("flashduck-connection");

  private final Consumer<Object> gone;

  /**
   * @param gone hears of every connection that ended, on a thread of gRPC: be quick
   */
  Connections(Consumer<Object> gone) {
    this.gone = gone;
  }

  /** The connection of the call that the current thread serves. */
  static @Nullable Object current() {
    return CURRENT.get();
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    return attributes.toBuilder().set(ATTRIBUTE, new Object()).build();
  }

  @Override
  public void transportTerminated(Attributes attributes) {
    Object connection = attributes == null ? null : attributes.get(ATTRIBUTE);
    if (connection != null) {
      gone.accept(connection);
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Object connection = call.getAttributes().get(ATTRIBUTE);
    return connection == null
        ? next.startCall(call, headers)
        : Contexts.interceptCall(
            Context.current().withValue(CURRENT, connection), call, headers, next);
  }
}
