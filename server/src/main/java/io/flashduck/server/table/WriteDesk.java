package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.Appended;
import io.flashduck.server.table.AcceptedTables.Accepted;
import io.flashduck.server.table.change.ChangeCodec;
import io.flashduck.server.table.change.LoggedChange;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Takes changes: checks them against the table as they will find it, gives them their place in the
 * queue, and answers at the level asked for.
 *
 * <p>Threading: thread-safe.
 */
final class WriteDesk {
  private static final int MOST_TRIES = 20;

  private final LocalDatabase.Parts parts;
  private final AcceptedTables accepted;
  private final AcceptGate gate;

  WriteDesk(LocalDatabase.Parts parts, AcceptGate gate) {
    this.parts = parts;
    this.accepted = parts.lane().accepted();
    this.gate = gate;
  }

  AcceptGate gate() {
    return gate;
  }

  CompletableFuture<WriteAck> submit(Change change, WriteOptions options) {
    Optional<CompletableFuture<Producers.Answer>> first =
        options.producer().flatMap(parts.producers()::claim);
    if (first.isPresent()) {
      return first
          .get()
          .thenCompose(
              answer ->
                  acknowledged(
                      change.table(),
                      new WriteAck(answer.sequence(), answer.recordCount(), options.ack(), true)));
    }
    try {
      return answer(change, options, write(change, options));
    } catch (RuntimeException e) {
      options.producer().ifPresent(p -> parts.producers().release(p, e));
      throw e;
    }
  }

  /** What a change became, and its place once it is durable. */
  private record Written(LoggedChange change, CompletableFuture<Appended> place) {}

  /** Checks and enqueues; again if the definition changed between the two. */
  private Optional<Written> write(Change change, WriteOptions options) {
    for (int i = 0; i < MOST_TRIES; i++) {
      Accepted table = accepted.table(change.table());
      if (changesNothing(change, table)) {
        return Optional.empty();
      }
      refuseViewName(change);
      LoggedChange logged = parts.checks().check(change, table.definition(), options.producer());
      Optional<Written> written =
          accepted.keepsDefinitions(logged)
              ? beside(change, table, logged)
              : alone(change, table, logged);
      if (written.isPresent()) {
        return written;
      }
    }
    throw new FlashDuckException(
        ErrorCode.CONFLICT,
        "The definition of " + change.table() + " keeps changing; nothing was written, try again");
  }

  private static boolean changesNothing(Change change, Accepted table) {
    return change.rows().rowCount() == 0
        && table.definition().isPresent()
        && (change.create() == CreateMode.EXISTING
            || change.create() == CreateMode.CREATE_IF_MISSING);
  }

  private void refuseViewName(Change change) {
    if (accepted.published().catalog().views().containsKey(change.table())) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          change.table() + " is a view; change the tables that it reads");
    }
  }

  private Optional<Written> beside(Change change, Accepted table, LoggedChange logged) {
    AcceptGate.Pass pass = gate.enter();
    try {
      if (!isStill(change.table(), table)) {
        return Optional.empty();
      }
      return Optional.of(
          new Written(logged, parts.lane().queue().append(ChangeCodec.encode(logged))));
    } finally {
      pass.close();
    }
  }

  /** A change of a definition is durable, and known to all that follow, before they are checked. */
  private Optional<Written> alone(Change change, Accepted table, LoggedChange logged) {
    AcceptGate.Pass pass = gate.enterAlone();
    try {
      if (!isStill(change.table(), table)) {
        return Optional.empty();
      }
      CompletableFuture<Appended> place = parts.lane().queue().append(ChangeCodec.encode(logged));
      Appended appended = place.join();
      accepted.accepted(logged, appended.sequence(), appended.acceptedAtNanos());
      return Optional.of(new Written(logged, place));
    } catch (java.util.concurrent.CompletionException e) {
      throw LocalDatabase.cause(e);
    } finally {
      pass.close();
    }
  }

  private boolean isStill(TableName name, Accepted table) {
    return accepted.table(name).equals(table);
  }

  private CompletableFuture<WriteAck> answer(
      Change change, WriteOptions options, Optional<Written> written) {
    if (written.isEmpty()) {
      options.producer().ifPresent(p -> parts.producers().remember(p, new Producers.Answer(0, 0)));
      return CompletableFuture.completedFuture(new WriteAck(0, 0, options.ack(), false));
    }
    long count = written.get().change().recordCount();
    return written
        .get()
        .place()
        .whenComplete(
            (place, failure) ->
                options
                    .producer()
                    .ifPresent(
                        position -> {
                          if (failure != null) {
                            parts.producers().release(position, failure);
                          } else {
                            parts
                                .producers()
                                .remember(position, new Producers.Answer(place.sequence(), count));
                          }
                        }))
        .thenCompose(
            place ->
                acknowledged(
                    change.table(), new WriteAck(place.sequence(), count, options.ack(), false)));
  }

  /** Completes once the change has come as far as the acknowledgement says. */
  CompletableFuture<WriteAck> acknowledged(TableName table, WriteAck ack) {
    return switch (ack.state()) {
      case DURABLE -> CompletableFuture.completedFuture(ack);
      case APPLIED -> parts.lane().publisher().whenApplied(ack.sequence()).thenApply(c -> ack);
      case EXPORTED ->
          parts
              .lane()
              .publisher()
              .whenApplied(ack.sequence())
              .thenCompose(
                  catalog ->
                      parts
                          .lane()
                          .exports()
                          .awaitExported(
                              table,
                              catalog.tableVersions().getOrDefault(table, catalog.version())))
              .thenApply(file -> ack);
    };
  }
}
