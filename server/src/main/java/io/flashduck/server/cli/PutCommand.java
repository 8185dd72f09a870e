package io.flashduck.server.cli;

import io.flashduck.proto.PutAck;
import io.flashduck.server.cli.local.LocalFile;
import io.flashduck.server.cli.output.Elapsed;
import io.flashduck.server.cli.output.RowStream;
import io.flashduck.server.cli.remote.PutStream;
import io.flashduck.server.cli.remote.RemoteSession;
import io.flashduck.server.cli.shell.Names;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Sends the rows of a local file to a table.
 *
 * <p>Threading: the main thread; acknowledgements arrive on a gRPC thread.
 */
@Command(
    name = "put",
    description = "Send the rows of a local file to a table, as upserts, deletes or appends.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Every batch is one atomic change with its own acknowledgement. With --producer a repeat of",
      "the same batches, after a lost connection for example, changes nothing again.",
      "",
      "Examples:",
      "  flashduck put orders changed.parquet",
      "  flashduck put orders gone.csv --op delete        only the key columns are read",
      "  flashduck put logs.lines today.ndjson --op append --ack applied",
      "  flashduck put orders day7.parquet --producer nightly --sequence 700"
    })
final class PutCommand implements Callable<Integer> {
  private final CliContext context;

  @Parameters(index = "0", paramLabel = "TABLE", description = "The table: name or schema.name.")
  private String table;

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      description = "A Parquet, CSV, TSV, JSON, newline JSON or Arrow file.")
  private Path file;

  @Option(
      names = "--op",
      paramLabel = "OP",
      defaultValue = "UPSERT",
      description = "upsert (the default), delete or append.")
  private Operation operation;

  @Option(
      names = "--ack",
      paramLabel = "LEVEL",
      defaultValue = "APPLIED",
      description =
          "When a batch counts as done: durable (stored), applied (visible; the default) or exported"
              + " (in the Parquet file).")
  private Acknowledged ack;

  @Option(
      names = "--batch-rows",
      paramLabel = "N",
      defaultValue = "65536",
      description = "The most rows of one batch; 65536 by default.")
  private int batchRows;

  @Option(
      names = "--producer",
      paramLabel = "ID",
      description = "This sender's name: repeated batches are recognised.")
  private @Nullable String producer;

  @Option(
      names = "--sequence",
      paramLabel = "N",
      defaultValue = "1",
      description = "The producer's number of the first batch; later batches count on.")
  private long sequence;

  @Option(
      names = {"-q", "--quiet"},
      description = "Do not show each acknowledgement.")
  private boolean quiet;

  @Mixin private RemoteOptions remote;

  /** What the rows do. */
  enum Operation {
    UPSERT,
    DELETE,
    APPEND
  }

  /** When a batch counts as done. */
  enum Acknowledged {
    DURABLE,
    APPLIED,
    EXPORTED
  }

  PutCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (batchRows < 1) {
      throw CommandFailure.usage("--batch-rows must be at least 1, got " + batchRows + ".");
    }
    long start = System.nanoTime();
    AtomicLong changed = new AtomicLong();
    try (BufferAllocator allocator = new RootAllocator();
        RowStream rows = LocalFile.open(file, batchRows, allocator);
        RemoteSession session = remote.connect(context, allocator)) {
      PutStream stream =
          PutStream.open(session, target(), rows.root(), answer -> show(answer, changed));
      while (rows.next()) {
        stream.send();
      }
      stream.finish();
    }
    context
        .out()
        .println(
            Elapsed.count(changed.get(), "row")
                + " "
                + operation.name().toLowerCase(Locale.ROOT)
                + (operation == Operation.DELETE ? "d" : "ed")
                + " ("
                + Elapsed.text(System.nanoTime() - start)
                + ")");
    return ExitCodes.OK;
  }

  private PutStream.Target target() {
    List<String> parts = Names.parts(table);
    if (parts.size() > 2) {
      throw CommandFailure.usage("'" + table + "' is no table's name; write name or schema.name.");
    }
    return new PutStream.Target(
        operation.name().toLowerCase(Locale.ROOT),
        parts.size() == 1 ? "main" : parts.get(0),
        parts.get(parts.size() - 1),
        ack.name().toLowerCase(Locale.ROOT),
        Optional.ofNullable(producer),
        producer == null ? OptionalLong.empty() : OptionalLong.of(sequence));
  }

  private void show(PutAck answer, AtomicLong changed) {
    changed.addAndGet(answer.getDuplicate() ? 0 : answer.getRecordCount());
    if (!quiet) {
      context
          .err()
          .println(
              "change "
                  + answer.getSequence()
                  + ": "
                  + Elapsed.count(answer.getRecordCount(), "row")
                  + ", "
                  + answer.getState().name().toLowerCase(Locale.ROOT)
                  + (answer.getDuplicate() ? ", had been accepted before" : ""));
    }
  }
}
