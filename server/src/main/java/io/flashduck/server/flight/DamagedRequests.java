package io.flashduck.server.flight;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.ServerCall;
import io.grpc.ServerCall.Listener;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor.DescriptorType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses messages that cannot be read with INVALID_ARGUMENT. gRPC reads a message before any
 * interceptor hears of it, and answers what goes wrong there with UNKNOWN; so here reading gives
 * either the message or its failure, and the call ends when a failure arrives.
 *
 * <p>Threading: stateless.
 */
final class DamagedRequests {
  private static final Logger log = LoggerFactory.getLogger(DamagedRequests.class);
  private static final String NARROW_DECIMAL = "only supports 128-bit and 256-bit decimal";
  private static final Set<DescriptorType> KINDS =
      EnumSet.of(DescriptorType.CMD, DescriptorType.PATH);

  private DamagedRequests() {}

  /** The same service, with damaged messages refused. */
  static ServerServiceDefinition refused(ServerServiceDefinition service) {
    ServiceDescriptor old = service.getServiceDescriptor();
    ServiceDescriptor.Builder described =
        ServiceDescriptor.newBuilder(old.getName()).setSchemaDescriptor(old.getSchemaDescriptor());
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      ServerMethodDefinition<?, ?> careful = careful(method);
      methods.add(careful);
      described.addMethod(careful.getMethodDescriptor());
    }
    ServerServiceDefinition.Builder refusing = ServerServiceDefinition.builder(described.build());
    methods.forEach(refusing::addMethod);
    return refusing.build();
  }

  private static <Q, R> ServerMethodDefinition<Received<Q>, R> careful(
      ServerMethodDefinition<Q, R> method) {
    MethodDescriptor<Q, R> descriptor = method.getMethodDescriptor();
    ServerCallHandler<Q, R> handler = method.getServerCallHandler();
    return ServerMethodDefinition.create(
        descriptor.toBuilder(
                new CarefulReader<>(descriptor.getRequestMarshaller()),
                descriptor.getResponseMarshaller())
            .build(),
        (call, headers) -> {
          CarefulCall<Q, R> careful = new CarefulCall<>(call, descriptor);
          return new Refusing<>(careful, handler.startCall(careful, headers));
        });
  }

  /** A message, or why there is none. */
  private record Received<Q>(@Nullable Q message, @Nullable RuntimeException failure) {}

  private record CarefulReader<Q>(MethodDescriptor.Marshaller<Q> reader)
      implements MethodDescriptor.Marshaller<Received<Q>> {
    @Override
    public Received<Q> parse(InputStream bytes) {
      try {
        Q message = reader.parse(bytes);
        if (message instanceof Flight.FlightDescriptor descriptor
            && !KINDS.contains(descriptor.getType())) {
          // Arrow answers these with INTERNAL.
          throw new IllegalArgumentException("the descriptor is neither a command nor a path");
        }
        return new Received<>(message, null);
      } catch (RuntimeException e) {
        return new Received<>(null, e);
      }
    }

    @Override
    public InputStream stream(Received<Q> received) {
      throw new UnsupportedOperationException("Requests are only read here");
    }
  }

  /** Hands messages on until one is damaged; the handler then sees a cancelled call. */
  private static final class Refusing<Q, R> extends Listener<Received<Q>> {
    private final CarefulCall<Q, R> call;
    private final Listener<Q> handler;

    Refusing(CarefulCall<Q, R> call, Listener<Q> handler) {
      this.call = call;
      this.handler = handler;
    }

    @Override
    public void onMessage(Received<Q> received) {
      RuntimeException failure = received.failure();
      Q message = received.message();
      if (call.refused) {
        free(message);
        return;
      }
      if (failure == null && message != null) {
        try {
          handler.onMessage(message); // Arrow looks into the messages of a stream here
          return;
        } catch (RuntimeException e) {
          failure = e;
        }
      }
      call.refuse(failure);
      handler.onCancel();
    }

    /** Arrow's messages hold memory. */
    private static void free(@Nullable Object message) {
      if (message instanceof AutoCloseable memory) {
        try {
          memory.close();
        } catch (Exception e) {
          log.warn("Freeing a message that nobody reads failed", e);
        }
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.refused) {
        handler.onHalfClose();
      }
    }

    @Override
    public void onCancel() {
      if (!call.refused) {
        handler.onCancel();
      }
    }

    @Override
    public void onComplete() {
      if (!call.refused) {
        handler.onComplete();
      }
    }

    @Override
    public void onReady() {
      if (!call.refused) {
        handler.onReady();
      }
    }
  }

  /** The handler's view of the call; deaf once the call was refused. */
  private static final class CarefulCall<Q, R> extends ServerCall<Q, R> {
    private final ServerCall<Received<Q>, R> call;
    private final MethodDescriptor<Q, R> descriptor;
    volatile boolean refused;

    CarefulCall(ServerCall<Received<Q>, R> call, MethodDescriptor<Q, R> descriptor) {
      this.call = call;
      this.descriptor = descriptor;
    }

    private static String said(@Nullable RuntimeException failure) {
      return failure != null && String.valueOf(failure.getMessage()).contains(NARROW_DECIMAL)
          ? "A column is a Decimal32 or a Decimal64, which Arrow's Java does not read; send a"
              + " Decimal128"
          : "The message is damaged and cannot be read: " + failure;
    }

    synchronized void refuse(@Nullable RuntimeException failure) {
      refused = true;
      if (!call.isCancelled()) {
        call.close(
            Status.INVALID_ARGUMENT.withDescription(FlightErrors.capped(said(failure))),
            new Metadata());
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!refused) {
        call.close(status, trailers);
      }
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!refused) {
        call.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(R message) {
      if (!refused) {
        call.sendMessage(message);
      }
    }

    @Override
    public void request(int messages) {
      call.request(messages);
    }

    @Override
    public boolean isReady() {
      return !refused && call.isReady();
    }

    @Override
    public boolean isCancelled() {
      return refused || call.isCancelled();
    }

    @Override
    public void setMessageCompression(boolean enabled) {
      call.setMessageCompression(enabled);
    }

    @Override
    public void setCompression(String compressor) {
      call.setCompression(compressor);
    }

    @Override
    public void setOnReadyThreshold(int bytes) {
      call.setOnReadyThreshold(bytes);
    }

    @Override
    public SecurityLevel getSecurityLevel() {
      return call.getSecurityLevel();
    }

    @Override
    public Attributes getAttributes() {
      return call.getAttributes();
    }

    @Override
    public @Nullable String getAuthority() {
      return call.getAuthority();
    }

    @Override
    public MethodDescriptor<Q, R> getMethodDescriptor() {
      return descriptor;
    }
  }
}
