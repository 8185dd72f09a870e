package io.flashduck.server.flight;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.grpc.ServerInterceptorAdapter;
import org.apache.arrow.flight.grpc.StatusUtils;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.jspecify.annotations.Nullable;

/**
 * Arrow's Flight service with a DoGet of our own, which sends {@link ResultMessage}s, and without
 * DoExchange, which Arrow begins to read before it can be refused: messages that come after the
 * refusal stay in memory there. Everything else is Arrow's.
 *
 * <p>Threading: stateless.
 */
final class ResultService {
  private static final String DO_GET = FlightServiceGrpc.getDoGetMethod().getFullMethodName();
  private static final MethodDescriptor<Flight.FlightData, Flight.FlightData> DO_EXCHANGE =
      FlightServiceGrpc.getDoExchangeMethod();
  private static final Set<String> REPLACED = Set.of(DO_GET, DO_EXCHANGE.getFullMethodName());

  private ResultService() {}

  /**
   * @param service Arrow's
   * @param producer whose {@code getStream} is called
   */
  static ServerServiceDefinition replace(ServerServiceDefinition service, FlightProducer producer) {
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
      if (!REPLACED.contains(method.getFullMethodName())) {
        described.addMethod(method);
      }
    }
    described.addMethod(doGet).addMethod(DO_EXCHANGE);
    ServerServiceDefinition.Builder replaced = ServerServiceDefinition.builder(described.build());
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      if (!REPLACED.contains(method.getMethodDescriptor().getFullMethodName())) {
        replaced.addMethod(method);
      }
    }
    return replaced
        .addMethod(DO_EXCHANGE, (call, headers) -> refuseExchange(call))
        .addMethod(
            doGet,
            ServerCalls.asyncServerStreamingCall(
                (request, observer) ->
                    get(producer, request, (ServerCallStreamObserver<ResultMessage>) observer)))
        .build();
  }

  /** Ends the call before anything of it is read. */
  private static <Q, R> ServerCall.Listener<Q> refuseExchange(ServerCall<Q, R> call) {
    Throwable refusal =
        StatusUtils.toGrpcException(
            FlightErrors.toFlight(
                FlightErrors.unimplemented(
                    "DoExchange is not part of Flight SQL; send rows with DoPut and fetch with"
                        + " DoGet")));
    Metadata trailers = Status.trailersFromThrowable(refusal);
    call.close(Status.fromThrowable(refusal), trailers == null ? new Metadata() : trailers);
    return new ServerCall.Listener<>() {};
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
