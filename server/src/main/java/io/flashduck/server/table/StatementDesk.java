package io.flashduck.server.table;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.Appended;
import io.flashduck.server.table.change.ChangeCodec;
import io.flashduck.server.table.change.LoggedChange;
import io.flashduck.server.table.statement.Evaluation;
import io.flashduck.server.table.statement.EvaluationWatch;
import io.flashduck.server.table.statement.StatementEvaluator;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs SQL statements on the apply lane: all durable writes are applied, the statement is evaluated
 * once, and its rows are appended if nothing else was appended meanwhile; else once more. After
 * some tries, and for every change of a definition, senders of other changes wait.
 *
 * <p>Threading: thread-safe.
 */
final class StatementDesk {
  private static final Logger LOG = LoggerFactory.getLogger(StatementDesk.class);
  private static final int TRIES_BESIDE_OTHERS = 3;
  private static final int MOST_TRIES = 1_000;
  private static final Duration SHORT = Duration.ofMillis(5);

  private final LocalDatabase.Parts parts;
  private final WriteDesk desk;

  StatementDesk(LocalDatabase.Parts parts, WriteDesk desk) {
    this.parts = parts;
    this.desk = desk;
  }

  UpdateDescription describe(SqlUpdate update) {
    synchronized (parts.evaluators().describing()) {
      return parts.evaluators().describing().describe(update);
    }
  }

  CompletableFuture<SqlResult> execute(SqlUpdate update, WriteOptions options) {
    StatementEvaluator evaluator = parts.evaluators().onLane();
    EvaluationWatch watch = parts.evaluators().watch();
    return execute(
        unwanted ->
            evaluator.evaluate(
                update, work -> () -> watch.during(evaluator::cancel, unwanted, work)),
        options);
  }

  /**
   * Writes what an evaluation comes to.
   *
   * @param evaluation runs on the apply lane, after everything durable was applied; again if
   *     another change came in between
   */
  CompletableFuture<SqlResult> execute(Supplier<Evaluation> evaluation, WriteOptions options) {
    return execute(unwanted -> evaluation.get(), options);
  }

  private CompletableFuture<SqlResult> execute(
      Function<Supplier<Optional<FlashDuckException>>, Evaluation> evaluation,
      WriteOptions options) {
    Optional<CompletableFuture<Producers.Answer>> first =
        options.producer().flatMap(parts.producers()::claim);
    if (first.isPresent()) {
      return first.get().thenCompose(answer -> repeated(answer, options.ack()));
    }
    CompletableFuture<SqlResult> result = new CompletableFuture<>();
    try {
      parts.loop().submit(() -> run(evaluation, options, result));
    } catch (FlashDuckException e) {
      release(options, e);
      throw e;
    }
    return result;
  }

  private CompletableFuture<SqlResult> repeated(Producers.Answer answer, AckLevel level) {
    return parts
        .lane()
        .publisher()
        .whenApplied(answer.sequence())
        .thenApply(
            catalog ->
                new SqlResult(
                    answer.recordCount(),
                    new WriteAck(answer.sequence(), answer.recordCount(), level, true),
                    Optional.empty()));
  }

  private void release(WriteOptions options, Throwable failure) {
    options.producer().ifPresent(p -> parts.producers().release(p, failure));
  }

  /** Why a statement is not to be evaluated any longer; empty as long as it is. */
  private Optional<FlashDuckException> unwanted(CompletableFuture<SqlResult> result, long began) {
    Duration limit = parts.config().query().timeout();
    if (parts.loop().stopping()) {
      return Optional.of(
          new FlashDuckException(
              ErrorCode.SHUTTING_DOWN, "The server is stopping; nothing was written."));
    }
    if (result.isDone()) {
      return Optional.of(
          new FlashDuckException(
              ErrorCode.CANCELLED, "The statement was cancelled; nothing was written."));
    }
    return limit.isZero() || System.nanoTime() - began < limit.toNanos()
        ? Optional.empty()
        : Optional.of(
            new FlashDuckException(
                ErrorCode.TIMEOUT,
                "The statement ran longer than "
                    + limit
                    + " (query.timeout); nothing was written."));
  }

  private void run(
      Function<Supplier<Optional<FlashDuckException>>, Evaluation> evaluation,
      WriteOptions options,
      CompletableFuture<SqlResult> result) {
    if (result.isDone() || parts.loop().stopping()) {
      FlashDuckException gone =
          new FlashDuckException(
              parts.loop().stopping() ? ErrorCode.SHUTTING_DOWN : ErrorCode.CANCELLED,
              "The statement was not run.");
      release(options, gone);
      result.completeExceptionally(gone);
      return;
    }
    try {
      Done done =
          write(
              () -> {
                long began = System.nanoTime();
                return evaluation.apply(() -> unwanted(result, began));
              },
              options);
      answer(done, options, result);
    } catch (RuntimeException e) {
      FlashDuckException failure = LocalDatabase.cause(e);
      release(options, failure);
      result.completeExceptionally(failure);
    }
  }

  /** What a statement came to: its rows, and their place unless there were none. */
  private record Done(Evaluation evaluation, Optional<Appended> place, boolean definition) {}

  private Done write(Supplier<Evaluation> evaluated, WriteOptions options) {
    ApplyLane lane = parts.evaluators().lane();
    Optional<AcceptGate.Pass> alone = Optional.empty();
    try {
      for (int i = 0; i < MOST_TRIES; i++) {
        lane.drain();
        Evaluation evaluation = evaluated.get();
        if (evaluation.sections().isEmpty()) {
          return new Done(evaluation, Optional.empty(), false);
        }
        LoggedChange change =
            new LoggedChange(evaluation.sections(), evaluation.count(), options.producer());
        boolean definition = !parts.lane().accepted().keepsDefinitions(change);
        if (alone.isEmpty() && (definition || i >= TRIES_BESIDE_OTHERS)) {
          alone = Optional.of(becomeAlone(lane));
          continue; // what was evaluated may be old by now
        }
        Optional<Appended> place = append(lane, change);
        if (place.isPresent()) {
          if (definition) {
            parts
                .lane()
                .accepted()
                .accepted(change, place.get().sequence(), place.get().acceptedAtNanos());
          }
          return new Done(evaluation, place, definition);
        }
      }
    } finally {
      alone.ifPresent(AcceptGate.Pass::close);
    }
    throw new FlashDuckException(
        ErrorCode.CONFLICT, "Other changes kept coming in between; nothing was written, try again");
  }

  /** The lane goes on applying while it waits, so that those inside find room and leave. */
  private AcceptGate.Pass becomeAlone(ApplyLane lane) {
    AcceptGate.Pass wanting = desk.gate().want();
    try {
      Optional<AcceptGate.Pass> alone = desk.gate().tryExclusive();
      while (alone.isEmpty()) {
        lane.drain();
        if (lane.awaitDurable(SHORT)) {
          LOG.trace("More is durable while waiting to be alone");
        }
        alone = desk.gate().tryExclusive();
      }
      return alone.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FlashDuckException(ErrorCode.CANCELLED, "The statement was cancelled.", e);
    } finally {
      wanting.close();
    }
  }

  private Optional<Appended> append(ApplyLane lane, LoggedChange change) {
    try {
      return parts
          .lane()
          .queue()
          .appendIfLast(lane.appliedSequence(), ChangeCodec.encode(change))
          .join();
    } catch (CompletionException e) {
      throw LocalDatabase.cause(e);
    }
  }

  private void answer(Done done, WriteOptions options, CompletableFuture<SqlResult> result) {
    Evaluation evaluation = done.evaluation();
    long sequence = done.place().map(Appended::sequence).orElse(0L);
    options
        .producer()
        .ifPresent(
            p -> parts.producers().remember(p, new Producers.Answer(sequence, evaluation.count())));
    WriteAck ack = new WriteAck(sequence, evaluation.count(), options.ack(), false);
    SqlResult answer = new SqlResult(evaluation.count(), ack, evaluation.returning());
    if (done.place().isEmpty()) {
      result.complete(answer);
      return;
    }
    try {
      parts.evaluators().lane().drain();
    } catch (FlashDuckException e) {
      LOG.warn("Write {} is durable and is applied later: {}", sequence, e.getMessage());
      parts.loop().signalDurable();
    }
    boolean durableIsEnough = options.ack() == AckLevel.DURABLE && !done.definition();
    CompletableFuture<WriteAck> reached =
        durableIsEnough
            ? CompletableFuture.completedFuture(ack)
            : reached(evaluation, atLeastApplied(ack));
    CompletableFuture<Void> unused =
        reached.handle(
            (done2, failure) -> {
              if (failure == null) {
                result.complete(answer);
              } else {
                result.completeExceptionally(LocalDatabase.cause(failure));
              }
              return null;
            });
  }

  /** Completes once every table of the change has come that far. */
  private CompletableFuture<WriteAck> reached(Evaluation evaluation, WriteAck ack) {
    CompletableFuture<WriteAck> all = desk.acknowledged(TableName.ofMain("-"), applied(ack));
    if (ack.state() == AckLevel.EXPORTED) {
      Set<TableName> tables = new TreeSet<>();
      evaluation.sections().forEach(s -> AcceptedTables.tableOf(s).ifPresent(tables::add));
      for (TableName table : tables) {
        all = all.thenCombine(desk.acknowledged(table, ack), (before, one) -> one);
      }
    }
    return all;
  }

  private static WriteAck atLeastApplied(WriteAck ack) {
    return ack.state() == AckLevel.DURABLE ? applied(ack) : ack;
  }

  private static WriteAck applied(WriteAck ack) {
    return new WriteAck(ack.sequence(), ack.recordCount(), AckLevel.APPLIED, ack.duplicate());
  }
}
