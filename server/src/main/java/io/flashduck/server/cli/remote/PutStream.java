package io.flashduck.server.cli.remote;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flashduck.proto.PutAck;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * An open DoPut to one of FlashDuck's paths: every batch that is sent is a change of its own and is
 * acknowledged on its own.
 *
 * <p>Threading: one sender; acknowledgements arrive on a gRPC thread.
 */
public final class PutStream {
  private final FlightClient.ClientStreamListener sender;
  private final Acknowledgements answers;

  private PutStream(FlightClient.ClientStreamListener sender, Acknowledgements answers) {
    this.sender = sender;
    this.answers = answers;
  }

  /**
   * What is sent where.
   *
   * @param operation {@code upsert}, {@code delete} or {@code append}
   * @param schema the table's schema
   * @param table the table
   * @param ack when to answer: {@code durable}, {@code applied} or {@code exported}
   * @param producer the sender's id, if repeats shall be recognised
   * @param firstSequence the sender's number of the first batch
   */
  public record Target(
      String operation,
      String schema,
      String table,
      String ack,
      Optional<String> producer,
      OptionalLong firstSequence) {}

  /**
   * Opens the stream.
   *
   * @param root holds each batch while it is sent; borrowed
   * @param acks told each acknowledgement, in order
   */
  public static PutStream open(
      RemoteSession session, Target target, VectorSchemaRoot root, Consumer<PutAck> acks) {
    List<CallOption> options = new ArrayList<>(List.of(session.options()));
    options.add(new HeaderCallOption(headers(target)));
    Acknowledgements answers = new Acknowledgements(acks);
    FlightClient.ClientStreamListener sender =
        session
            .flight()
            .startPut(
                FlightDescriptor.path(target.operation(), target.schema(), target.table()),
                root,
                answers,
                options.toArray(CallOption[]::new));
    return new PutStream(sender, answers);
  }

  private static CallHeaders headers(Target target) {
    CallHeaders headers = new FlightCallHeaders();
    headers.insert("x-flashduck-ack", target.ack());
    target
        .producer()
        .ifPresent(
            id -> {
              headers.insert("x-flashduck-producer", id);
              headers.insert(
                  "x-flashduck-producer-sequence",
                  String.valueOf(target.firstSequence().orElse(1)));
            });
    return headers;
  }

  /**
   * Sends the root's present batch; waits while the server does not take more. Once the server has
   * refused the stream it does nothing: {@link #finish()} throws the reason.
   */
  public void send() {
    if (answers.awaitReady(sender)) {
      sender.putNext();
    }
  }

  /** Ends the stream and waits for all acknowledgements; throws the server's failure. */
  public void finish() {
    sender.completed();
    sender.getResult();
  }

  /** Reads each answer, and knows whether more are to be expected. */
  private static final class Acknowledgements implements FlightClient.PutListener {
    /** gRPC takes a readiness handler only before the call starts, which Arrow hides: look. */
    private static final long LOOK_AGAIN_MILLIS = 1;

    private final Consumer<PutAck> acks;
    private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

    Acknowledgements(Consumer<PutAck> acks) {
      this.acks = acks;
    }

    /** False if the server has ended the stream. */
    synchronized boolean awaitReady(FlightClient.ClientStreamListener sender) {
      try {
        while (!end.isDone() && !sender.isReady()) {
          wait(LOOK_AGAIN_MILLIS);
        }
        return !end.isDone();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new FlashDuckException(ErrorCode.CANCELLED, "Interrupted", e);
      }
    }

    synchronized void signal() {
      notifyAll();
    }

    @Override
    public void onNext(PutResult result) {
      if (result.getApplicationMetadata() == null) {
        return; // another server's answer says nothing
      }
      try {
        acks.accept(PutAck.parseFrom(result.getApplicationMetadata().nioBuffer()));
      } catch (InvalidProtocolBufferException e) {
        onError(e);
      }
    }

    @Override
    public void onError(Throwable failure) {
      end.completeExceptionally(failure);
      signal();
    }

    @Override
    public void onCompleted() {
      end.complete(null);
      signal();
    }

    /** Waits for the end; throws the server's failure. */
    @Override
    public void getResult() {
      try {
        end.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new FlashDuckException(ErrorCode.CANCELLED, "Interrupted", e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException failure) {
          throw failure;
        }
        throw new FlashDuckException(ErrorCode.INTERNAL, String.valueOf(e.getCause()), e);
      }
    }
  }
}
