package io.flashduck.server.flight;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.util.Map;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.grpc.ServerInterceptorAdapter;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.jspecify.annotations.Nullable;

/**
 * Arrow's Flight service with a DoGet of our own, which sends {@link ResultMessage}s; everything
 * else is Arrow's.
 *
 * <p>Threading: stateless.
 */
final class ResultService {
  private static final String DO_GET = FlightServiceGrpc.getDoGetMethod().getFullMethodName();

  private ResultService() {}

  /**
   * @param service Arrow's
   * @param producer whose {@code getStream} is called
   */
  static ServerServiceDefinition replaceDoGet(
      ServerServiceDefinition service, FlightProducer producer) {
    MethodDescriptor<Flight.Ticket, ResultMessage> doGet =
        MethodDescriptor.<Flight.Ticket, ResultMessage>newBuilder()
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .setFullMethodName(DO_GET)
            .setRequestMarshaller(ProtoUtils.marshaller(Flight.Ticket.getDefaultInstance()))
            .setResponseMarshaller(new ResultMessage.Writer())
            .setSchemaDescriptor(FlightServiceGrpc.getDoGetMethod().getSchemaDescriptor())
            .build();
    ServiceDescriptor old = service.getServiceDescriptor();
    ServiceDescriptor.Builder described =
        ServiceDescriptor.newBuilder(old.getName()).setSchemaDescriptor(old.getSchemaDescriptor());
    for (MethodDescriptor<?, ?> method : old.getMethods()) {
      described.addMethod(method.getFullMethodName().equals(DO_GET) ? doGet : method);
    }
    ServerServiceDefinition.Builder replaced = ServerServiceDefinition.builder(described.build());
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      if (!method.getMethodDescriptor().getFullMethodName().equals(DO_GET)) {
        replaced.addMethod(method);
      }
    }
    return replaced
        .addMethod(
            doGet,
            ServerCalls.asyncServerStreamingCall(
                (request, observer) ->
                    get(producer, request, (ServerCallStreamObserver<ResultMessage>) observer)))
        .build();
  }

  private static void get(
      FlightProducer producer, Flight.Ticket ticket, ServerCallStreamObserver<ResultMessage> call) {
    ResultListener listener = new ResultListener(call);
    try {
      producer.getStream(new Context(call), new Ticket(ticket.getTicket().toByteArray()), listener);
    } catch (RuntimeException e) {
      listener.error(e);
    }
  }

  /** Arrow's own is not public. */
  private record Context(ServerCallStreamObserver<?> call) implements FlightProducer.CallContext {
    @Override
    public String peerIdentity() {
      return "";
    }

    @Override
    public boolean isCancelled() {
      return call.isCancelled();
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T extends FlightServerMiddleware> @Nullable T getMiddleware(
        FlightServerMiddleware.Key<T> key) {
      return (T) getMiddleware().get(key);
    }

    @Override
    public Map<FlightServerMiddleware.Key<?>, FlightServerMiddleware> getMiddleware() {
      Map<FlightServerMiddleware.Key<?>, FlightServerMiddleware> middleware =
          ServerInterceptorAdapter.SERVER_MIDDLEWARE_KEY.get();
      return middleware == null ? Map.of() : middleware;
    }
  }
}
