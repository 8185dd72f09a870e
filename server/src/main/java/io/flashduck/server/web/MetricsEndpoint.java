package io.flashduck.server.web;

import io.flashduck.server.access.Role;
import io.flashduck.server.table.DatabaseStatus;
import io.flashduck.server.table.DatabaseStatus.State;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * {@code GET /metrics} for Prometheus: the JVM, and the database's state at the moment of the
 * scrape.
 *
 * <p>Threading: thread-safe; one scrape at a time.
 */
final class MetricsEndpoint implements Endpoint {
  private final WebBackend backend;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final MultiGauge rows;
  private final MultiGauge versions;
  private final MultiGauge files;
  private final MultiGauge exportLag;
  private final MultiGauge exportBehind;
  private volatile DatabaseStatus latest;

  MetricsEndpoint(WebBackend backend) {
    this.backend = backend;
    this.rows = gauge("flashduck.table.rows", "Visible rows of a table");
    this.versions = gauge("flashduck.table.version", "Version at which a table last changed");
    this.files = gauge("flashduck.files", "Source files by state");
    this.exportLag =
        gauge("flashduck.export.lag.seconds", "How long a table's file has been behind it");
    this.exportBehind =
        gauge("flashduck.export.sequences.behind", "Writes applied since those in a table's file");
    this.latest = backend.database().status();
    single("flashduck.database.version", "The table version", s -> s.version());
    single("flashduck.write.applied.sequence", "The last visible write", s -> s.appliedSequence());
    single("flashduck.write.durable.sequence", "The last stored write", s -> s.durableSequence());
    single("flashduck.queue.bytes", "Bytes of writes not applied yet", s -> s.queueBytes());
    single("flashduck.queue.depth", "Writes stored and not applied yet", s -> s.queueDepth());
    single(
        "flashduck.queue.segments", "Segment files of the write queue", s -> s.queue().segments());
    single("flashduck.queue.segment.bytes", "Bytes of the segment files", s -> s.queue().bytes());
    single(
        "flashduck.queue.folded.sequence",
        "The last write that is folded into Parquet",
        s -> s.folding().baseSequence());
    single("flashduck.queue.folded.bytes", "Bytes of folded writes", s -> s.folding().baseBytes());
    single(
        "flashduck.queue.history.bytes",
        "Bytes of the change history",
        s -> s.folding().historyBytes());
    single(
        "flashduck.queue.waiting.senders",
        "Senders that wait for room in the queue",
        s -> s.queue().waitingSenders());
    single(
        "flashduck.queue.oldest.seconds",
        "How long the oldest write not applied has been waiting",
        s -> s.oldestUnapplied().map(Duration::toMillis).orElse(0L) / 1000.0);
    single(
        "flashduck.writes.refused",
        "1 while writes are refused",
        s -> s.writesRefused().isPresent() ? 1 : 0);
    Gauge.builder("flashduck.statements.running", () -> backend.running().get().size())
        .description("Statements that run now")
        .register(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  private MultiGauge gauge(String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }

  private void single(String name, String description, ToDoubleFunction<DatabaseStatus> value) {
    Gauge.builder(name, () -> value.applyAsDouble(latest))
        .description(description)
        .register(registry);
  }

  @Override
  public synchronized Response answer(Request request) {
    request.principal().require(Role.READER, "read the metrics");
    update(backend.database().status());
    return Response.of(
        HttpStatus.OK,
        "text/plain; version=0.0.4; charset=utf-8",
        registry.scrape().getBytes(StandardCharsets.UTF_8));
  }

  private void update(DatabaseStatus status) {
    latest = status;
    List<MultiGauge.Row<?>> tableRows = new ArrayList<>();
    List<MultiGauge.Row<?>> tableVersions = new ArrayList<>();
    for (DatabaseStatus.Table table : status.tables()) {
      Tags name = Tags.of("table", table.definition().name().toString());
      tableRows.add(MultiGauge.Row.of(name, table.rows()));
      tableVersions.add(MultiGauge.Row.of(name, table.version()));
    }
    rows.register(tableRows, true);
    versions.register(tableVersions, true);
    List<MultiGauge.Row<?>> fileCounts = new ArrayList<>();
    for (State state : State.values()) {
      long count = status.files().stream().filter(file -> file.state() == state).count();
      fileCounts.add(
          MultiGauge.Row.of(Tags.of("state", state.name().toLowerCase(Locale.ROOT)), count));
    }
    files.register(fileCounts, true);
    List<MultiGauge.Row<?>> lags = new ArrayList<>();
    List<MultiGauge.Row<?>> behind = new ArrayList<>();
    for (DatabaseStatus.ExportLag export : status.exports()) {
      Tags name = Tags.of("table", export.table().toString());
      lags.add(MultiGauge.Row.of(name, export.lag().toMillis() / 1000.0));
      behind.add(MultiGauge.Row.of(name, export.sequencesBehind()));
    }
    exportLag.register(lags, true);
    exportBehind.register(behind, true);
  }
}
