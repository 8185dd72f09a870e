package io.flashduck.server.flight;

import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.Transaction;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The transaction on a session's own connection. Its snapshot is taken by the first statement:
 * clients that begin the next one as soon as one has ended hold nothing while they rest.
 *
 * <p>Threading: {@link #on} is confined to whoever holds the connection.
 */
final class OpenTransaction {
  private final String id;
  private final boolean bySql;
  private final Function<ClientConnection, Transaction> opening;
  private final Consumer<Optional<FlashDuckException>> ended;
  private volatile @Nullable Transaction work;

  /**
   * @param id names it
   * @param bySql begun by SQL text, so that every statement of the session is in it; else only
   *     those that name it
   * @param ended hears when it has ended, and why if its client did not want it
   */
  OpenTransaction(
      String id,
      boolean bySql,
      Function<ClientConnection, Transaction> opening,
      Consumer<Optional<FlashDuckException>> ended) {
    this.id = id;
    this.bySql = bySql;
    this.opening = opening;
    this.ended = ended;
  }

  String id() {
    return id;
  }

  boolean bySql() {
    return bySql;
  }

  /** What was done in it; takes the snapshot if nothing was. */
  Optional<Transaction> on(ClientConnection connection) {
    Transaction opened = work;
    if (opened == null) {
      opened = opening.apply(connection);
      work = opened;
    }
    return Optional.of(opened);
  }

  /** Whether it has a snapshot. */
  boolean isUsed() {
    return work != null;
  }

  void ended(Optional<FlashDuckException> reason) {
    ended.accept(reason);
  }
}
