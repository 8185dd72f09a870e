package io.flashduck.server.flight;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds the calls that are served at once, and with them the threads of the call executor.
 *
 * <p>Threading: thread-safe.
 */
final class CallAdmission implements ServerInterceptor {
  private final int maxCalls;
  private final AtomicInteger calls = new AtomicInteger();

  CallAdmission(int maxCalls) {
    this.maxCalls = maxCalls;
  }

  /** The calls that are being served. */
  int calls() {
    return calls.get();
  }

  @Override
  public <Q, R> Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (calls.incrementAndGet() > maxCalls) {
      calls.decrementAndGet();
      call.close(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "The server is serving " + maxCalls + " calls already; try again"),
          new Metadata());
      return new Listener<>() {};
    }
    try {
      return new Counted<>(next.startCall(call, headers), calls);
    } catch (RuntimeException e) {
      calls.decrementAndGet();
      throw e;
    }
  }

  /** gRPC ends every call with exactly one of onComplete and onCancel. */
  private static final class Counted<Q> extends SimpleForwardingServerCallListener<Q> {
    private final AtomicInteger calls;

    Counted(Listener<Q> delegate, AtomicInteger calls) {
      super(delegate);
      this.calls = calls;
    }

    @Override
    public void onComplete() {
      calls.decrementAndGet();
      super.onComplete();
    }

    @Override
    public void onCancel() {
      calls.decrementAndGet();
      super.onCancel();
    }
  }
}
