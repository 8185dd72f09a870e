package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor.DescriptorType;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.flight.impl.FlightServiceGrpc.FlightServiceBlockingStub;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that send what no driver sends, below Arrow's own client: each call ends with a status
 * that says so, never with one of a defect, and nothing is left behind.
 */
class OddClientsTest {
  private static final Set<Status.Code> EXPECTED =
      EnumSet.of(
          Status.Code.OK,
          Status.Code.INVALID_ARGUMENT,
          Status.Code.NOT_FOUND,
          Status.Code.ALREADY_EXISTS,
          Status.Code.PERMISSION_DENIED,
          Status.Code.UNIMPLEMENTED,
          Status.Code.RESOURCE_EXHAUSTED);

  private static final long SEED = 20261120;

  @TempDir private static Path folder;
  private static FlightFixture flight;
  private static ManagedChannel channel;

  @BeforeAll
  static void serve() {
    flight = new FlightFixture(folder, Map.of());
    flight.sql(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, s VARCHAR)", "INSERT INTO t VALUES (1, 'a')");
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", flight.server().port())
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    flight.close();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(flight.server().transactions()).isZero();
    assertThat(flight.server().sessions()).isZero();
    assertThat(flight.server().activeQueries()).isEmpty();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (flight.database().engine().readPool().active() > 0) { // until what was polled has ended
      assertThat(System.nanoTime() - deadline).isNegative();
      Thread.onSpinWait();
    }
    assertThat(flight.rows("SELECT * FROM t")).containsExactly(List.of("1", "a"));
  }

  private static FlightServiceBlockingStub stub() {
    return FlightServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  /** One call. */
  private interface Attempt {
    void run();
  }

  private static void expect(String what, Attempt attempt) {
    Status status = Status.OK;
    try {
      attempt.run();
    } catch (StatusRuntimeException e) {
      status = e.getStatus();
    }
    assertThat(status.getCode()).as("%s: %s", what, status.getDescription()).isIn(EXPECTED);
    if (!status.isOk()) {
      assertThat(status.getDescription()).as(what).isNotBlank();
    }
  }

  private static <T> void drain(Iterator<T> answers) {
    answers.forEachRemaining(answer -> {});
  }

  /** The bytes to every call that takes any. */
  private static void everywhere(String what, ByteString bytes) {
    FlightDescriptor descriptor = command(bytes);
    onDescriptor(what, descriptor);
    expect(
        "DoGet " + what,
        () -> drain(stub().doGet(Flight.Ticket.newBuilder().setTicket(bytes).build())));
    for (FlightAction action : FlightAction.values()) {
      if (action != FlightAction.EXPORT && action != FlightAction.VERIFY) {
        act(what, action.type().getType(), bytes);
      }
    }
    act(what, "NoSuchAction", bytes);
    put(what, descriptor, bytes);
    put(what, descriptor, ByteString.EMPTY);
    expect(
        "ListFlights " + what,
        () -> drain(stub().listFlights(Flight.Criteria.newBuilder().setExpression(bytes).build())));
  }

  private static void onDescriptor(String what, FlightDescriptor descriptor) {
    expect("GetFlightInfo " + what, () -> stub().getFlightInfo(descriptor));
    expect("GetSchema " + what, () -> stub().getSchema(descriptor));
    expect("PollFlightInfo " + what, () -> poll(descriptor));
  }

  /** A query that is polled for runs until its result is fetched, so it is. */
  private static void poll(FlightDescriptor descriptor) {
    for (Flight.FlightEndpoint endpoint :
        stub().pollFlightInfo(descriptor).getInfo().getEndpointList()) {
      drain(stub().doGet(endpoint.getTicket()));
    }
  }

  private static void act(String what, String type, ByteString body) {
    expect(
        type + " " + what,
        () ->
            drain(stub().doAction(Flight.Action.newBuilder().setType(type).setBody(body).build())));
  }

  private static FlightDescriptor command(ByteString bytes) {
    return FlightDescriptor.newBuilder().setType(DescriptorType.CMD).setCmd(bytes).build();
  }

  /** DoPut of one message. */
  private static void put(String what, FlightDescriptor descriptor, ByteString header) {
    Flight.FlightData message =
        Flight.FlightData.newBuilder()
            .setFlightDescriptor(descriptor)
            .setDataHeader(header)
            .setDataBody(header)
            .build();
    expect("DoPut " + what, () -> put(message));
  }

  private static void put(Flight.FlightData message) {
    Answers<Flight.PutResult> answers = new Answers<>();
    StreamObserver<Flight.FlightData> requests =
        FlightServiceGrpc.newStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS).doPut(answers);
    requests.onNext(message);
    requests.onCompleted();
    Status status = answers.ended.orTimeout(60, TimeUnit.SECONDS).join();
    if (!status.isOk()) {
      throw status.asRuntimeException();
    }
  }

  /** Waits for the status; answers are dropped. */
  private static final class Answers<T> implements StreamObserver<T> {
    final CompletableFuture<Status> ended = new CompletableFuture<>();

    @Override
    public void onNext(T answer) {}

    @Override
    public void onError(Throwable failure) {
      ended.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.OK);
    }
  }

  private static Status exchange(List<Flight.FlightData> messages) {
    Answers<Flight.FlightData> answers = new Answers<>();
    StreamObserver<Flight.FlightData> requests =
        FlightServiceGrpc.newStub(channel)
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .doExchange(answers);
    messages.forEach(requests::onNext);
    requests.onCompleted();
    return answers.ended.orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Test
  void doExchange_ofAnything_isRefused() {
    Random random = new Random(SEED);
    assertThat(exchange(List.of()).getCode()).isIn(EXPECTED).isNotEqualTo(Status.Code.OK);
    for (int i = 0; i < 100; i++) {
      List<Flight.FlightData> messages = new ArrayList<>();
      for (int n = random.nextInt(3); n >= 0; n--) {
        Flight.FlightData.Builder message = Flight.FlightData.newBuilder();
        if (random.nextBoolean()) {
          message.setFlightDescriptor(command(random(random, random.nextInt(50))));
        }
        if (random.nextBoolean()) {
          message.setDataHeader(random(random, random.nextInt(200)));
        }
        if (random.nextBoolean()) {
          message.setDataBody(random(random, random.nextInt(100_000)));
        }
        messages.add(message.build());
      }
      Status status = exchange(messages);
      assertThat(status.getCode())
          .as("%s: %s", messages, status)
          .isIn(Status.Code.UNIMPLEMENTED, Status.Code.INVALID_ARGUMENT);
    }
  }

  private static ByteString random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  @Test
  void garbage_toEveryCall_isRefused() {
    Random random = new Random(SEED);
    everywhere("nothing", ByteString.EMPTY);
    for (int i = 0; i < 5; i++) {
      everywhere("garbage " + i, random(random, 1 + random.nextInt(200)));
    }
  }

  @Test
  void commands_withGarbageInside_areRefused() {
    Random random = new Random(SEED);
    ProtocolPage.commands()
        .forEach(
            (name, type) -> {
              String url = "type.googleapis.com/" + type.getFullName();
              for (int length : List.of(1, 60)) {
                Any damaged =
                    Any.newBuilder().setTypeUrl(url).setValue(random(random, length)).build();
                everywhere(name + " of " + length, damaged.toByteString());
              }
            });
    for (String url :
        List.of("x", "type.googleapis.com/", "type.googleapis.com/google.protobuf.Any")) {
      everywhere("type " + url, Any.newBuilder().setTypeUrl(url).build().toByteString());
    }
  }

  @Test
  void descriptors_ofEveryForm_areAnswered() {
    List<FlightDescriptor> odd = new ArrayList<>();
    odd.add(FlightDescriptor.getDefaultInstance());
    odd.add(FlightDescriptor.newBuilder().setType(DescriptorType.UNKNOWN).build());
    odd.add(FlightDescriptor.newBuilder().setTypeValue(77).build());
    odd.add(FlightDescriptor.newBuilder().setType(DescriptorType.PATH).build());
    for (List<String> path :
        List.of(
            List.of(""),
            List.of("", ""),
            List.of("no"),
            List.of("no", "such"),
            List.of("a", "b", "c"),
            List.of("upsert"),
            List.of("upsert", "t", "u", "v"),
            List.of("append", ""),
            List.of("delete", "no\0such"),
            List.of("\"", "'"),
            List.of("x".repeat(100_000)))) {
      odd.add(FlightDescriptor.newBuilder().setType(DescriptorType.PATH).addAllPath(path).build());
    }
    for (FlightDescriptor descriptor : odd) {
      String what = descriptor.toString();
      onDescriptor(what.substring(0, Math.min(100, what.length())), descriptor);
      put(what, descriptor, ByteString.EMPTY);
      put(what, descriptor, ByteString.copyFromUtf8("garbage"));
    }
  }

  private static Stream<ByteString> texts() {
    Stream<String> texts =
        Stream.of(
            "",
            ";",
            ";;;",
            "-- only a comment",
            "/* unclosed",
            "'unclosed",
            "\"unclosed",
            "$$unclosed",
            "\0",
            "SELECT 1\0",
            "SELECT 'a\0b'",
            "SEL\0ECT 1",
            "SELECT \u2028 1",
            "SELECT '\uD83E\uDD86'",
            "SELECT " + nested("(", "1", ")", 2_000),
            "SELECT " + nested("[", "", "]", 499),
            "SELECT 1" + "+1".repeat(5_000),
            "SELECT * FROM t" + ", t".repeat(3_000),
            "SELECT * FROM " + nested("(SELECT * FROM ", "t", ")", 400),
            "CREATE VIEW v AS " + nested("(", "SELECT 1", ")", 2_000),
            "INSERT INTO t VALUES " + "(".repeat(2_000),
            "UPDATE t SET s = " + nested("(", "s", ")", 2_000) + " WHERE false",
            "WITH " + nested("a AS (WITH ", "b AS (SELECT 1) SELECT 1", ") SELECT 1", 700),
            "SELECT ?",
            "SELECT $99999999999",
            "SELECT $0",
            "SELECT 1".repeat(3),
            "\uFEFFSELECT 1");
    return Stream.concat(
        texts.map(ByteString::copyFromUtf8),
        Stream.of(
            ByteString.copyFrom(new byte[] {(byte) 0xC3, 0x28}),
            ByteString.copyFromUtf8("SELECT '").concat(ByteString.copyFrom(new byte[] {-1, 39}))));
  }

  private static String nested(String open, String inner, String close, int depth) {
    return open.repeat(depth) + inner + close.repeat(depth);
  }

  /** A message whose first field is the text, also if it is not UTF-8. */
  private static ByteString packed(Descriptor type, ByteString text) {
    ByteString value =
        UnknownFieldSet.newBuilder()
            .addField(1, UnknownFieldSet.Field.newBuilder().addLengthDelimited(text).build())
            .build()
            .toByteString();
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + type.getFullName())
        .setValue(value)
        .build()
        .toByteString();
  }

  @Test
  void texts_thatAreNoStatements_areRefused() {
    texts().forEach(OddClientsTest::sendText);
  }

  @Test
  void text_ofTenMegabytes_isAnswered() {
    String text = "x".repeat(10_000_000);
    FlightDescriptor query =
        command(
            packed(
                CommandStatementQuery.getDescriptor(),
                ByteString.copyFromUtf8("SELECT '" + text + "' AS s")));
    expect(
        "a text of 10 MB",
        () -> drain(stub().doGet(stub().getFlightInfo(query).getEndpoint(0).getTicket())));
    FlightDescriptor unnamed =
        command(
            packed(
                CommandStatementQuery.getDescriptor(),
                ByteString.copyFromUtf8("SELECT 1, '" + text + "'")));
    assertThatThrownBy(() -> stub().getFlightInfo(unnamed))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
        .hasMessageContaining("Column 2 has a name of 10000002 characters")
        .hasMessageContaining("AS");
    FlightDescriptor word =
        command(packed(CommandStatementQuery.getDescriptor(), ByteString.copyFromUtf8(text)));
    expect("a word of 10 MB", () -> stub().getFlightInfo(word));
  }

  private static void sendText(ByteString text) {
    String what = text.toStringUtf8();
    what = "text " + what.substring(0, Math.min(60, what.length()));
    ByteString query = packed(CommandStatementQuery.getDescriptor(), text);
    ByteString update = packed(CommandStatementUpdate.getDescriptor(), text);
    onDescriptor(what, command(query));
    put(what, command(update), ByteString.EMPTY);
    act(
        what,
        "CreatePreparedStatement",
        packed(ActionCreatePreparedStatementRequest.getDescriptor(), text));
    expect(
        "DoGet " + what,
        () -> {
          Flight.FlightInfo info = stub().getFlightInfo(command(query));
          drain(stub().doGet(info.getEndpoint(0).getTicket()));
        });
  }

  @Test
  void handles_neverClosed_costNothing() {
    long before = flight.allocator().getAllocatedMemory();
    ByteString body =
        packed(
            ActionCreatePreparedStatementRequest.getDescriptor(),
            ByteString.copyFromUtf8("SELECT ? + 1"));
    for (int i = 0; i < 300; i++) {
      act("handle", "CreatePreparedStatement", body);
    }
    assertThat(flight.allocator().getAllocatedMemory()).isEqualTo(before);
  }
}
