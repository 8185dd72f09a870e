package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor.DescriptorType;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.flight.impl.FlightServiceGrpc.FlightServiceBlockingStub;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginTransactionRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionBeginTransactionResult;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndTransactionRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionEndTransactionRequest.EndTransaction;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.DoPutUpdateResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What ADBC's driver in Go sends (also the one of Python, R and C), replayed below Arrow's client:
 * its credentials, its message limit, its puts of a single message.
 */
@Timeout(60)
class GoDriverReplayTest {
  /** Of gRPC for Go in that driver. */
  private static final int MESSAGE_LIMIT = 16 << 20;

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private FlightFixture flight;

  @SuppressWarnings("NullAway.Init") // before each test
  private ManagedChannel channel;

  @BeforeEach
  void serve() throws Exception {
    Path users = Files.writeString(folder.resolve("users"), "ada:love:lace\n");
    Path data = Files.createDirectories(folder.resolve("data"));
    flight = new FlightFixture(data, Map.of("access.password-file", users.toString()));
    flight.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR)");
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", flight.server().port())
            .usePlaintext()
            .maxInboundMessageSize(MESSAGE_LIMIT)
            .build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    flight.close();
  }

  /** Basic without padding on Handshake; the driver takes the token from headers or trailers. */
  private Metadata connect() {
    String credentials =
        Base64.getEncoder()
            .withoutPadding()
            .encodeToString("ada:love:lace".getBytes(StandardCharsets.UTF_8));
    assertThat(credentials.length() % 4).isNotZero();
    Metadata basic = new Metadata();
    basic.put(AUTHORIZATION, "Basic " + credentials);
    Answers<Flight.HandshakeRequest, Flight.HandshakeResponse> handshake =
        new Answers<>(channel, FlightServiceGrpc.getHandshakeMethod(), basic);
    assertThat(handshake.status().isOk()).isTrue(); // which comes before the client's own end
    String token = handshake.headersAndTrailers.get(AUTHORIZATION);
    assertThat(token).startsWith("Bearer ");
    Metadata bearer = new Metadata();
    bearer.put(AUTHORIZATION, token);
    return bearer;
  }

  private FlightServiceBlockingStub with(Metadata headers) {
    return FlightServiceGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static FlightDescriptor command(Message command) {
    return FlightDescriptor.newBuilder()
        .setType(DescriptorType.CMD)
        .setCmd(Any.pack(command).toByteString())
        .build();
  }

  /** One answer of a put of one message with nothing but a descriptor, before the client's end. */
  private DoPutUpdateResult update(Metadata session, CommandStatementUpdate update)
      throws InvalidProtocolBufferException {
    Answers<Flight.FlightData, Flight.PutResult> put =
        new Answers<>(channel, FlightServiceGrpc.getDoPutMethod(), session);
    put.call.sendMessage(
        Flight.FlightData.newBuilder().setFlightDescriptor(command(update)).build());
    DoPutUpdateResult result =
        DoPutUpdateResult.parseFrom(
            put.first.orTimeout(30, TimeUnit.SECONDS).join().getAppMetadata());
    put.call.halfClose();
    assertThat(put.status().isOk()).isTrue();
    return result;
  }

  @Test
  void executeUpdate_isAnsweredBeforeTheClientHasEnded() throws Exception {
    Metadata session = connect();
    CommandStatementUpdate insert =
        CommandStatementUpdate.newBuilder()
            .setQuery("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
            .build();
    assertThat(update(session, insert).getRecordCount()).isEqualTo(2);
  }

  @Test
  void transaction_ofTheDriver_isAtomic() throws Exception {
    Metadata session = connect();
    for (EndTransaction end :
        List.of(EndTransaction.END_TRANSACTION_ROLLBACK, EndTransaction.END_TRANSACTION_COMMIT)) {
      byte[] begun =
          act(session, "BeginTransaction", ActionBeginTransactionRequest.getDefaultInstance())
              .get(0);
      ByteString id =
          Any.parseFrom(begun).unpack(ActionBeginTransactionResult.class).getTransactionId();
      update(
          session,
          CommandStatementUpdate.newBuilder()
              .setQuery("INSERT INTO t VALUES (7, 'seven')")
              .setTransactionId(id)
              .build());
      assertThat(
              act(
                  session,
                  "EndTransaction",
                  ActionEndTransactionRequest.newBuilder()
                      .setTransactionId(id)
                      .setAction(end)
                      .build()))
          .isEmpty();
      CommandStatementQuery count =
          CommandStatementQuery.newBuilder().setQuery("SELECT id FROM t WHERE id = 7").build();
      long batches =
          batches(session, count).stream().filter(b -> b.getDataBody().size() > 0).count();
      assertThat(batches).isEqualTo(end == EndTransaction.END_TRANSACTION_COMMIT ? 1 : 0);
    }
  }

  private List<byte[]> act(Metadata session, String type, Message body) {
    List<byte[]> answers = new ArrayList<>();
    with(session)
        .doAction(
            Flight.Action.newBuilder().setType(type).setBody(Any.pack(body).toByteString()).build())
        .forEachRemaining(answer -> answers.add(answer.getBody().toByteArray()));
    return answers;
  }

  private List<Flight.FlightData> batches(Metadata session, CommandStatementQuery query) {
    Flight.FlightInfo info = with(session).getFlightInfo(command(query));
    assertThat(info.getEndpointList()).hasSize(1);
    assertThat(info.getEndpoint(0).getLocationList()).isEmpty();
    Iterator<Flight.FlightData> stream = with(session).doGet(info.getEndpoint(0).getTicket());
    List<Flight.FlightData> messages = new ArrayList<>();
    stream.forEachRemaining(messages::add);
    return messages;
  }

  @Test
  void result_ofWideRows_staysBelowTheMessageLimit() {
    CommandStatementQuery wide =
        CommandStatementQuery.newBuilder()
            .setQuery("SELECT repeat('x', 60000) AS s FROM range(1000)")
            .build();
    List<Flight.FlightData> messages = batches(connect(), wide);
    assertThat(messages.stream().mapToLong(message -> message.getDataBody().size()).sum())
        .isGreaterThan(60_000_000);
    assertThat(messages)
        .allSatisfy(m -> assertThat(m.getSerializedSize()).isLessThan(MESSAGE_LIMIT));
  }

  /** A call below the generated stubs: headers, the first answer, the end. */
  private static final class Answers<Q, A> extends ClientCall.Listener<A> {
    final Metadata headersAndTrailers = new Metadata(); // read after the end
    final CompletableFuture<A> first = new CompletableFuture<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();
    final ClientCall<Q, A> call;

    Answers(ManagedChannel channel, MethodDescriptor<Q, A> method, Metadata sent) {
      call = channel.newCall(method, CallOptions.DEFAULT);
      Metadata copy = new Metadata();
      copy.merge(sent);
      call.start(this, copy);
      call.request(Integer.MAX_VALUE);
    }

    Status status() {
      return end.orTimeout(30, TimeUnit.SECONDS).join();
    }

    @Override
    public void onHeaders(Metadata received) {
      headersAndTrailers.merge(received);
    }

    @Override
    public void onMessage(A answer) {
      first.complete(answer);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      headersAndTrailers.merge(trailers);
      end.complete(status);
      first.completeExceptionally(status.asRuntimeException());
    }
  }
}
