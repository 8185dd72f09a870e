package io.flashduck.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.flashduck.server.access.Signer;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.engine.SessionOptions;
import io.flashduck.server.engine.TypeMode;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;

/**
 * Signs and opens tickets of statements. A ticket carries the statement itself, so that any
 * connection of its user, and the server after a restart, can fetch it.
 *
 * <p>Threading: thread-safe.
 */
final class Tickets {
  private final Signer signer;
  private final Clock clock;
  private final Duration lifetime;
  private final SecureRandom random = new SecureRandom();

  Tickets(SigningKey key, Clock clock, Duration lifetime) {
    this.signer = key.signer("ticket");
    this.clock = clock;
    this.lifetime = lifetime;
  }

  /** What a ticket yields. */
  enum Yield {
    /** The statement runs when it is fetched. */
    QUERY,
    /** The statement ran when it was planned and has no rows. */
    NOTHING,
    /** The statement ran when it was planned; its rows wait under the query's id. */
    KEPT_ROWS
  }

  /**
   * A statement that was planned and can be fetched.
   *
   * @param queryId names this execution for cancel
   * @param place where it was planned
   * @param sql one query; empty if it ran already
   * @param bound its parameters
   */
  record Planned(String queryId, Place place, Yield yield, String sql, Bound bound) {}

  /**
   * The parameters of a planned statement.
   *
   * @param any whether there are any
   * @param here one Arrow IPC stream with their rows, if they are few; others wait under the id of
   *     the query
   */
  record Bound(boolean any, Optional<ByteString> here) {
    static final Bound NONE = new Bound(false, Optional.empty());
  }

  /** A fresh id for one execution. */
  String newQueryId() {
    byte[] id = new byte[12];
    random.nextBytes(id);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }

  /** When a ticket that is made now ends. */
  Instant expiry() {
    return clock.instant().plus(lifetime);
  }

  /** The ticket, as Flight SQL packs a statement's. */
  Ticket sign(Planned planned, String owner, Instant expires) {
    byte[] handle =
        new SignedFields.Writer(expires, owner)
            .text(planned.queryId())
            .text(planned.place().session())
            .text(planned.place().options().searchPath())
            .text(planned.place().options().timeZone())
            .text(planned.place().transaction())
            .text(planned.place().types().name())
            .text(planned.yield().name())
            .text(planned.sql())
            .number(planned.bound().any() ? 1 : 0)
            .optionalBytes(planned.bound().here())
            .sign(signer);
    TicketStatementQuery ticket =
        TicketStatementQuery.newBuilder().setStatementHandle(ByteString.copyFrom(handle)).build();
    return new Ticket(Any.pack(ticket).toByteArray());
  }

  /** What a ticket of that user says; refused as {@link SignedFields.Reader#open} says. */
  Planned open(TicketStatementQuery ticket, String caller) {
    SignedFields.Reader reader =
        SignedFields.Reader.open(
            ticket.getStatementHandle().toByteArray(), signer, clock, "ticket", caller);
    return new Planned(
        reader.text(),
        new Place(
            reader.text(),
            new SessionOptions(reader.text(), reader.text()),
            reader.text(),
            TypeMode.valueOf(reader.text())),
        Yield.valueOf(reader.text()),
        reader.text(),
        new Bound(reader.number() == 1, reader.optionalBytes()));
  }
}
