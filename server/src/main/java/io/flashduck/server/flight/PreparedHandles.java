package io.flashduck.server.flight;

import com.google.protobuf.ByteString;
import io.flashduck.server.access.Signer;
import io.flashduck.server.access.SigningKey;
import io.flashduck.server.engine.SessionOptions;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * Signs and opens handles of prepared statements. A handle carries the statement, so nothing is
 * kept for it, nothing has to be reaped, and it survives a restart.
 *
 * <p>Threading: thread-safe.
 */
final class PreparedHandles {
  private final Signer signer;
  private final Clock clock;
  private final Duration lifetime;

  PreparedHandles(SigningKey key, Clock clock, Duration lifetime) {
    this.signer = key.signer("prepared statement");
    this.clock = clock;
    this.lifetime = lifetime;
  }

  /**
   * A prepared statement.
   *
   * @param id names it for bound rows that wait in the server
   * @param sql a statement or a script
   * @param options the session's search path and time zone when it was prepared
   * @param transaction the transaction that it was prepared in; empty for none
   * @param parameterCount how many values an execution takes
   * @param bound one Arrow IPC stream with the rows of a bind, if they are few
   */
  record Prepared(
      String id,
      String sql,
      SessionOptions options,
      String transaction,
      int parameterCount,
      Optional<ByteString> bound) {
    Prepared withBound(Optional<ByteString> rows) {
      return new Prepared(id, sql, options, transaction, parameterCount, rows);
    }
  }

  ByteString sign(Prepared prepared, String owner) {
    return ByteString.copyFrom(
        new SignedFields.Writer(clock.instant().plus(lifetime), owner)
            .text(prepared.id())
            .text(prepared.sql())
            .text(prepared.options().searchPath())
            .text(prepared.options().timeZone())
            .text(prepared.transaction())
            .number(prepared.parameterCount())
            .optionalBytes(prepared.bound())
            .sign(signer));
  }

  /** What a handle of that user says; refused as {@link SignedFields.Reader#open} says. */
  Prepared open(ByteString handle, String caller) {
    SignedFields.Reader reader =
        SignedFields.Reader.open(handle.toByteArray(), signer, clock, "prepared statement", caller);
    return new Prepared(
        reader.text(),
        reader.text(),
        new SessionOptions(reader.text(), reader.text()),
        reader.text(),
        (int) reader.number(),
        reader.optionalBytes());
  }
}
