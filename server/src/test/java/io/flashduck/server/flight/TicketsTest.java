package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.PreparedHandles.Prepared;
import io.flashduck.server.flight.Tickets.Bound;
import io.flashduck.server.flight.Tickets.Planned;
import io.flashduck.server.flight.Tickets.Yield;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TicketsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Planned PLANNED =
      new Planned(
          "q1",
          new Place("s1", new SessionOptions("flashduck.a", "Europe/Paris"), "t1", TypeMode.STRICT),
          Yield.QUERY,
          "SELECT 'ü" + "x".repeat(100_000) + "'",
          new Bound(true, Optional.of(ByteString.copyFromUtf8("rows"))));
  private static final Planned SMALL =
      new Planned(
          "q",
          new Place("s", SessionOptions.DEFAULT, "", TypeMode.DEFAULT),
          Yield.NOTHING,
          "",
          Bound.NONE);

  @TempDir private Path folder;

  @Test
  void open_ownTicketAfterRestart_saysWhatWasPlanned() throws Exception {
    Ticket ticket = at(NOW).sign(PLANNED, "ada", NOW.plusSeconds(60));
    assertThat(at(NOW.plusSeconds(60)).open(unpack(ticket), "ada")).isEqualTo(PLANNED);
  }

  @Test
  void open_somebodyElses_isDenied() throws Exception {
    Ticket ticket = at(NOW).sign(PLANNED, "ada", NOW.plusSeconds(60));
    assertFails(() -> at(NOW).open(unpack(ticket), "bob"), ErrorCode.PERMISSION_DENIED);
  }

  @Test
  void open_outOfDate_isNotFound() throws Exception {
    Ticket ticket = at(NOW).sign(PLANNED, "ada", NOW.plusSeconds(60));
    assertFails(() -> at(NOW.plusSeconds(61)).open(unpack(ticket), "ada"), ErrorCode.NOT_FOUND);
  }

  @Test
  void open_anyByteChanged_isRefused() throws Exception {
    byte[] handle = unpack(at(NOW).sign(SMALL, "", NOW)).getStatementHandle().toByteArray();
    for (int i = 0; i < handle.length; i++) {
      byte[] changed = handle.clone();
      changed[i] ^= 1;
      assertFails(() -> at(NOW).open(ticket(changed), ""), ErrorCode.INVALID_REQUEST);
    }
    assertFails(() -> at(NOW).open(ticket(new byte[0]), ""), ErrorCode.INVALID_REQUEST);
  }

  @Test
  void open_preparedHandleAsTicket_isRefused() {
    PreparedHandles handles = new PreparedHandles(key(), clock(NOW), Duration.ofDays(1));
    Prepared prepared =
        new Prepared(
            "p1",
            "SELECT ?",
            SessionOptions.DEFAULT,
            "",
            1,
            Optional.of(ByteString.copyFromUtf8("x")));
    ByteString handle = handles.sign(prepared, "ada");
    assertFails(() -> at(NOW).open(ticket(handle.toByteArray()), "ada"), ErrorCode.INVALID_REQUEST);
    Prepared opened = handles.open(handle, "ada");
    assertThat(opened.sql()).isEqualTo("SELECT ?");
    assertThat(opened.parameterCount()).isEqualTo(1);
    assertThat(opened).isEqualTo(prepared);
    assertFails(() -> handles.open(handle, "bob"), ErrorCode.PERMISSION_DENIED);
  }

  private static void assertFails(ThrowingCallable call, ErrorCode code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static TicketStatementQuery unpack(Ticket ticket) throws InvalidProtocolBufferException {
    return Any.parseFrom(ticket.getBytes()).unpack(TicketStatementQuery.class);
  }

  private static TicketStatementQuery ticket(byte[] handle) {
    return TicketStatementQuery.newBuilder()
        .setStatementHandle(ByteString.copyFrom(handle))
        .build();
  }

  private Tickets at(Instant now) {
    return new Tickets(key(), clock(now), Duration.ofHours(1));
  }

  private SigningKey key() {
    return SigningKey.open(folder.resolve("key"));
  }

  private static Clock clock(Instant now) {
    return Clock.fixed(now, ZoneOffset.UTC);
  }
}
