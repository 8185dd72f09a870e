package io.flashduck.server.table;

import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.apply.AcceptedChange;
import io.flashduck.server.table.state.Bookkeeping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The positions of producers whose changes were accepted, so that a repeat is answered and changes
 * nothing; kept over restarts.
 *
 * <p>Of each producer the newest {@value #REMEMBERED} positions are known. A position below them
 * can be a repeat or not, so it is refused.
 *
 * <p>Threading: thread-safe; the table is written by the apply lane.
 */
final class Producers {
  static final int REMEMBERED = 1_000;

  private final Map<String, NavigableMap<Long, CompletableFuture<Answer>>> known = new HashMap<>();

  /** What the first time was answered. */
  record Answer(long sequence, long recordCount) {}

  /** Reads what was applied. */
  void load(EngineConnection connection) {
    connection.query(
        "SELECT producer, producer_sequence, sequence, record_count FROM _flashduck.producers"
            + " ORDER BY ALL",
        row -> {
          remember(
              new ProducerPosition(row.getString(1), row.getLong(2)),
              new Answer(row.getLong(3), row.getLong(4)));
          return true;
        });
  }

  /** Knows a position that is in the queue. */
  synchronized void remember(ProducerPosition position, Answer answer) {
    NavigableMap<Long, CompletableFuture<Answer>> positions = positions(position.producer());
    positions.computeIfAbsent(position.sequence(), p -> new CompletableFuture<>()).complete(answer);
    trim(positions);
  }

  /**
   * Claims a position for a change that is about to be written.
   *
   * @return the answer to the first change with that position, which may still be on its way; empty
   *     if this is the first
   */
  synchronized Optional<CompletableFuture<Answer>> claim(ProducerPosition position) {
    NavigableMap<Long, CompletableFuture<Answer>> positions = positions(position.producer());
    CompletableFuture<Answer> first = positions.get(position.sequence());
    if (first != null) {
      return Optional.of(first);
    }
    if (positions.size() >= REMEMBERED && position.sequence() < positions.firstKey()) {
      throw new FlashDuckException(
          ErrorCode.CONFLICT,
          "Position "
              + position.sequence()
              + " of producer "
              + position.producer()
              + " is older than the "
              + REMEMBERED
              + " that are remembered, so it cannot be told whether it was written; nothing was"
              + " written now");
    }
    positions.put(position.sequence(), new CompletableFuture<>());
    return Optional.empty();
  }

  /** Gives a claim back because nothing was written. */
  void release(ProducerPosition position, Throwable failure) {
    CompletableFuture<Answer> claim;
    synchronized (this) {
      claim = positions(position.producer()).remove(position.sequence());
    }
    if (claim != null) {
      claim.completeExceptionally(failure);
    }
  }

  /** Writes the positions of changes into the bookkeeping of the transaction that applies them. */
  static void persist(EngineConnection connection, List<AcceptedChange> changes) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    boolean prune = false;
    for (AcceptedChange change : changes) {
      Optional<ProducerPosition> position = change.change().producer();
      if (position.isPresent()) {
        rows.add(
            Arrays.asList(
                position.get().producer(),
                position.get().sequence(),
                change.sequence(),
                change.change().recordCount()));
        prune |= change.sequence() % REMEMBERED == 0;
      }
    }
    Bookkeeping.PRODUCERS.insert(connection, rows);
    if (prune) {
      prune(connection);
    }
  }

  private static void prune(EngineConnection connection) {
    connection.execute(
        "DELETE FROM _flashduck.producers WHERE rowid IN (SELECT rowid FROM _flashduck.producers"
            + " QUALIFY row_number() OVER (PARTITION BY producer ORDER BY producer_sequence DESC) >"
            + " "
            + REMEMBERED
            + ")");
  }

  private NavigableMap<Long, CompletableFuture<Answer>> positions(String producer) {
    return known.computeIfAbsent(producer, p -> new TreeMap<>());
  }

  private static void trim(NavigableMap<Long, CompletableFuture<Answer>> positions) {
    while (positions.size() > REMEMBERED && positions.firstEntry().getValue().isDone()) {
      positions.pollFirstEntry();
    }
  }
}
