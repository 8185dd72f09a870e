package io.flashduck.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.flashduck.server.access.Signer;
import io.flashduck.server.access.SigningKey;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
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

  /**
   * A statement that was planned and can be fetched.
   *
   * @param queryId names this execution for cancel
   * @param session the session that it was planned in
   * @param sql one query, or empty if it ran already and its rows, if any, are kept
   * @param searchPath the schemas for unqualified names, in order
   * @param parameters the id under which bound rows wait
   */
  record Planned(
      String queryId,
      String session,
      String sql,
      List<String> searchPath,
      Optional<byte[]> parameters) {
    Planned {
      searchPath = List.copyOf(searchPath);
    }

    /** Whether the statement ran when it was planned. */
    boolean alreadyRan() {
      return sql.isEmpty();
    }
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
            .text(planned.session())
            .text(planned.sql())
            .texts(planned.searchPath())
            .optionalBytes(planned.parameters())
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
        reader.text(), reader.text(), reader.text(), reader.texts(), reader.optionalBytes());
  }
}
