package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.Principal;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.config.AccessConfig;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.TypeMode;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.flight.PreparedHandles.Prepared;
import io.flashduck.server.flight.Tickets.Bound;
import io.flashduck.server.flight.Tickets.Planned;
import io.flashduck.server.flight.Tickets.Yield;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Whatever was signed and then altered, is out of date or belongs to somebody else is refused, by
 * the classes that sign; {@link RefusedHandlesTest} does the same to a server.
 */
class SignedThingsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long LIFETIME = 3600;
  private static final SigningKey KEY = key();

  private static SigningKey key() {
    try {
      Path folder = Files.createTempDirectory("flashduck-key");
      SigningKey key = SigningKey.open(folder.resolve("key"));
      Files.delete(folder.resolve("key"));
      Files.delete(folder);
      return key;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Clock at(long seconds) {
    return Clock.fixed(NOW.plusSeconds(seconds), ZoneOffset.UTC);
  }

  private static Tickets tickets(long seconds) {
    return new Tickets(KEY, at(seconds), Duration.ofSeconds(LIFETIME));
  }

  private static PreparedHandles handles(long seconds) {
    return new PreparedHandles(KEY, at(seconds), Duration.ofSeconds(LIFETIME));
  }

  private static Authenticator authenticator(long seconds) {
    AccessConfig config =
        new AccessConfig(Optional.empty(), Optional.empty(), Duration.ofSeconds(LIFETIME));
    return Authenticator.open(config, KEY, at(seconds));
  }

  private static byte[] ticket(String sql, String owner) {
    Planned planned =
        new Planned(
            "id-" + sql,
            new Place("s", SessionOptions.DEFAULT, "", TypeMode.DEFAULT),
            Yield.QUERY,
            sql,
            new Bound(true, Optional.of(ByteString.copyFromUtf8(sql))));
    try {
      return Any.parseFrom(tickets(0).sign(planned, owner, tickets(0).expiry()).getBytes())
          .unpack(TicketStatementQuery.class)
          .getStatementHandle()
          .toByteArray();
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void openTicket(byte[] handle, String caller, long seconds) {
    tickets(seconds)
        .open(
            TicketStatementQuery.newBuilder()
                .setStatementHandle(ByteString.copyFrom(handle))
                .build(),
            caller);
  }

  private static byte[] handle(String sql, String owner) {
    Prepared prepared = new Prepared("p", sql, SessionOptions.DEFAULT, "", 0, Optional.empty());
    return handles(0).sign(prepared, owner).toByteArray();
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FlashDuckException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static byte[] altered(Damage damage, byte[] genuine, byte[] other, long seed) {
    byte[] altered = damage.damaged(genuine, other, new Random(seed));
    Assume.that(!Arrays.equals(altered, genuine) && !Arrays.equals(altered, other));
    return altered;
  }

  @Property(tries = 500)
  void ticket_altered_isRefused(
      @ForAll Damage damage, @ForAll long seed, @ForAll String sql, @ForAll String owner) {
    byte[] altered = altered(damage, ticket(sql, owner), ticket(sql + "2", owner), seed);
    assertRefused(ErrorCode.INVALID_REQUEST, () -> openTicket(altered, owner, 0));
  }

  @Property(tries = 500)
  void preparedHandle_altered_isRefused(
      @ForAll Damage damage, @ForAll long seed, @ForAll String sql, @ForAll String owner) {
    byte[] altered = altered(damage, handle(sql, owner), handle(sql + "2", owner), seed);
    assertRefused(
        ErrorCode.INVALID_REQUEST, () -> handles(0).open(ByteString.copyFrom(altered), owner));
  }

  @Property(tries = 200)
  void ofSomebodyElse_isDenied(@ForAll String sql, @ForAll String owner, @ForAll String caller) {
    Assume.that(!owner.equals(caller));
    assertRefused(ErrorCode.PERMISSION_DENIED, () -> openTicket(ticket(sql, owner), caller, 0));
    assertRefused(
        ErrorCode.PERMISSION_DENIED,
        () -> handles(0).open(ByteString.copyFrom(handle(sql, owner)), caller));
  }

  @Property(tries = 200)
  void outOfDate_isRefused(@ForAll String sql, @ForAll @LongRange(max = 1_000_000) long late) {
    long then = LIFETIME + 1 + late;
    assertRefused(ErrorCode.NOT_FOUND, () -> openTicket(ticket(sql, "ada"), "ada", then));
    assertRefused(
        ErrorCode.NOT_FOUND,
        () -> handles(then).open(ByteString.copyFrom(handle(sql, "ada")), "ada"));
    String token = authenticator(0).issueToken(Principal.ANONYMOUS, "s");
    assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator(then).token(token));
    String cookie = authenticator(0).issueCookie(Principal.ANONYMOUS, "s");
    assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator(then).cookie(cookie));
  }

  @Property(tries = 1000)
  void tokenAndCookie_altered_areRefused(
      @ForAll Damage damage, @ForAll long seed, @ForAll @LongRange(max = 40) long length) {
    Authenticator authenticator = authenticator(0);
    String session = "s".repeat((int) length); // so that the text ends in every way of base64
    byte[] other = bytes(authenticator.issueToken(Principal.ANONYMOUS, session + "2"));
    byte[] token = bytes(authenticator.issueToken(Principal.ANONYMOUS, session));
    byte[] cookie = bytes(authenticator.issueCookie(Principal.ANONYMOUS, session));
    String alteredToken = text(altered(damage, token, other, seed));
    assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator.token(alteredToken));
    String alteredCookie = text(altered(damage, cookie, other, seed));
    assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator.cookie(alteredCookie));
    assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator.cookie(text(token)));
    assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator.token(text(cookie)));
  }

  @Test
  void token_writtenInAnotherWay_isRefused() {
    Authenticator authenticator = authenticator(0);
    String digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \n";
    for (String session : List.of("", "s", "ss")) { // base64 ends in every way
      String token = authenticator.issueToken(Principal.ANONYMOUS, session);
      assertThat(authenticator.token(token).session()).isEqualTo(session);
      String start = token.substring(0, token.length() - 1);
      for (int i = 0; i < digits.length(); i++) {
        String last = digits.substring(i, i + 1);
        if (!token.endsWith(last)) {
          assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator.token(start + last));
        }
        assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator.token(token + last));
      }
      assertRefused(ErrorCode.UNAUTHENTICATED, () -> authenticator.token(token + "=="));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
