package io.flashduck.server.flight;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import org.jspecify.annotations.Nullable;

/**
 * Tells the network connections of clients apart, so that what belongs to one can be freed when it
 * has ended.
 *
 * <p>Threading: thread-safe.
 */
final class Connections extends ServerTransportFilter implements ServerInterceptor {
  private static final Attributes.Key<Connection> ATTRIBUTE =
      Attributes.Key.create("flashduck-connection");
  private static final Context.Key<Connection> CURRENT = Context.key("flashduck-connection");

  /**
   * One network connection.
   *
   * <p>Threading: thread-safe. A call may still begin after its connection has ended, so whoever
   * frees what belongs to a connection asks again and again.
   */
  static final class Connection {
    private volatile boolean ended;

    boolean ended() {
      return ended;
    }

    void end() {
      ended = true;
    }
  }

  /** The connection of the call that the current thread serves. */
  static @Nullable Connection current() {
    return CURRENT.get();
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    return attributes.toBuilder().set(ATTRIBUTE, new Connection()).build();
  }

  @Override
  public void transportTerminated(Attributes attributes) {
    Connection connection = attributes == null ? null : attributes.get(ATTRIBUTE);
    if (connection != null) {
      connection.end();
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Connection connection = call.getAttributes().get(ATTRIBUTE);
    return connection == null
        ? next.startCall(call, headers)
        : Contexts.interceptCall(
            Context.current().withValue(CURRENT, connection), call, headers, next);
  }
}
