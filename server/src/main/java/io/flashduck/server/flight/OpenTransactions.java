package io.flashduck.server.flight;

import io.flashduck.server.config.QueryConfig.SessionLimits;
import io.flashduck.server.config.QueryConfig.TransactionLimits;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.Transaction;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * The transactions that are open, by their ids; bounded in number and in how long each may rest.
 *
 * <p>Threading: thread-safe.
 */
final class OpenTransactions implements AutoCloseable {
  private static final int MAX_ENDED_REMEMBERED = 10_000;

  private final TransactionLimits limits;
  private final Semaphore free;
  private final SecureRandom random = new SecureRandom();
  private final ConcurrentMap<String, Entry> open = new ConcurrentHashMap<>();
  private final Map<String, FlashDuckException> ended = new LinkedHashMap<>();

  OpenTransactions(TransactionLimits limits) {
    this.limits = limits;
    this.free = new Semaphore(limits.max());
  }

  /** Who began it, and whether by SQL text. */
  record Begun(Call call, boolean bySql) {}

  private record Entry(Session runsIn, String session, String user) {}

  /** How many are open. */
  int count() {
    return open.size();
  }

  /** How many were begun in a session and are open. */
  long countOf(String session) {
    return open.values().stream().filter(entry -> entry.session().equals(session)).count();
  }

  /** Opens one in a session, and gives its id. */
  String begin(
      Engine engine,
      Session session,
      Begun begun,
      Function<ClientConnection, Transaction> opening) {
    if (!free.tryAcquire()) {
      throw new FlashDuckException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "All "
              + limits.max()
              + " transactions are in use; end one, or raise query.max-transactions");
    }
    byte[] bytes = new byte[18];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Call call = begun.call();
    open.put(id, new Entry(session, call.session(), call.principal().name()));
    try {
      session.begin(
          engine, new OpenTransaction(id, begun.bySql(), opening, reason -> forget(id, reason)));
      return id;
    } catch (RuntimeException e) {
      forget(id, Optional.empty());
      throw e;
    }
  }

  /** Whether a transaction of that id ended with a failure, so that there is nothing to undo. */
  boolean hasFailed(String id) {
    synchronized (ended) {
      return ended.containsKey(id);
    }
  }

  /** Where a transaction of the caller runs; notes that the caller's connection uses it. */
  Session session(String id, Call call) {
    Entry entry = open.get(id);
    if (entry == null || !entry.user().equals(call.principal().name())) {
      throw unknown(id);
    }
    entry.runsIn().usedBy(call.connection());
    return entry.runsIn();
  }

  /** Where a transaction runs, for a place that was checked before. */
  Session session(String id) {
    Entry entry = open.get(id);
    if (entry == null) {
      throw unknown(id);
    }
    return entry.runsIn();
  }

  /** Why there is no transaction of that id. */
  FlashDuckException unknown(String id) {
    synchronized (ended) {
      FlashDuckException reason = ended.get(id);
      return reason != null
          ? new FlashDuckException(reason.code(), String.valueOf(reason.getMessage()), reason)
          : new FlashDuckException(
              ErrorCode.NOT_FOUND,
              "There is no open transaction of that id; it was committed or rolled back");
    }
  }

  private void forget(String id, Optional<FlashDuckException> reason) {
    if (open.remove(id) != null) {
      free.release();
    }
    reason.ifPresent(
        why -> {
          synchronized (ended) {
            ended.put(id, why);
            if (ended.size() > MAX_ENDED_REMEMBERED) {
              var oldest = ended.entrySet().iterator();
              oldest.next();
              oldest.remove();
            }
          }
        });
  }

  /** Rolls back those that nobody used for too long. */
  void expire(long now, SessionLimits sessions) {
    open.values().forEach(entry -> entry.runsIn().expireTransaction(now, sessions));
  }

  /** Rolls back those whose network connections have all ended. */
  void freeLeft() {
    open.values().forEach(entry -> entry.runsIn().freeIfLeft());
  }

  /** Rolls back those that were begun in a session. */
  void closeOf(String session) {
    open.values().stream()
        .filter(entry -> entry.session().equals(session))
        .forEach(entry -> entry.runsIn().close());
  }

  /** Rolls all back. */
  @Override
  public void close() {
    open.values().forEach(entry -> entry.runsIn().close());
  }
}
