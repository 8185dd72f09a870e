package io.flashduck.server.table;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.consolidate.ExportState;
import io.flashduck.server.consolidate.ExportedFile;
import io.flashduck.server.queue.QueueStats;
import io.flashduck.server.table.fold.FoldStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The rows of {@code flashduck.queue} and {@code flashduck.exports}.
 *
 * <p>Threading: stateless.
 */
final class OperationRows {
  private OperationRows() {}

  /** How far the write queue is. */
  static void queue(
      QueueStats queue, Optional<String> trouble, FoldStatus folding, ArrayNode rows) {
    long unapplied = Math.max(0, queue.lastSequence() - queue.appliedSequence());
    ObjectNode row = rows.addObject();
    row.put("durable_sequence", queue.lastSequence());
    row.put("applied_sequence", queue.appliedSequence());
    row.put("unapplied", unapplied);
    row.put("unapplied_bytes", queue.pendingBytes());
    row.put(
        "oldest_unapplied_milliseconds",
        queue
            .oldestUnappliedAt()
            .filter(at -> unapplied > 0)
            .map(at -> Duration.between(at, Instant.now()).toNanos() / 1e6)
            .orElse(null));
    row.put("waiting_senders", queue.waitingSenders());
    row.put("first_sequence", queue.firstSequence());
    row.put("segments", queue.segments());
    row.put("segment_bytes", queue.bytes());
    row.put("folded_sequence", folding.baseSequence());
    row.put("folded_bytes", folding.baseBytes());
    row.put("history_bytes", folding.historyBytes());
    row.put("not_folded", folding.problem().orElse(null));
    row.put("writes_refused", queue.poisonedReason().or(() -> trouble).orElse(null));
  }

  /** How far each consolidated file is behind its table. */
  static void exports(List<ExportState> exports, long applied, ArrayNode rows) {
    for (ExportState export : exports) {
      ObjectNode row = rows.addObject();
      row.put("schema_name", export.table().schema());
      row.put("table_name", export.table().name());
      Optional<ExportedFile> file = export.file();
      row.put("file", file.map(f -> f.file().toString()).orElse(null));
      row.put("version", file.map(ExportedFile::version).orElse(null));
      row.put("sequence", file.map(ExportedFile::sequence).orElse(null));
      row.put("rows", file.map(ExportedFile::rows).orElse(null));
      row.put("bytes", file.map(ExportedFile::bytes).orElse(null));
      row.put("sequences_behind", export.sequencesBehind(applied));
      row.put("lag_milliseconds", export.lag().map(lag -> lag.toNanos() / 1e6).orElse(null));
      row.put("error", export.lastError().orElse(null));
    }
  }
}
