package io.flashduck.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigKeysTest {
  /** Every key with its default; a change here is a change for every user. */
  private static final String PINNED =
      """
      data.dir | --data | FLASHDUCK_DATA | -
      data.state | --state | FLASHDUCK_STATE | -
      data.export | --export | FLASHDUCK_EXPORT | -
      data.scan-interval | --scan-interval | FLASHDUCK_SCAN_INTERVAL | 1s
      data.watch | --watch | FLASHDUCK_WATCH | on
      data.settle | --settle | FLASHDUCK_SETTLE | 100ms
      data.settle-limit | --settle-limit | FLASHDUCK_SETTLE_LIMIT | 5s
      network.host | --host | FLASHDUCK_HOST | 127.0.0.1
      network.port | --port | FLASHDUCK_PORT | 31337
      network.http-port | --http-port | FLASHDUCK_HTTP_PORT | 8080
      network.tls-cert | --tls-cert | FLASHDUCK_TLS_CERT | -
      network.tls-key | --tls-key | FLASHDUCK_TLS_KEY | -
      access.user | --user | FLASHDUCK_USER | -
      access.password-file | --password-file | FLASHDUCK_PASSWORD_FILE | -
      access.token-lifetime | --token-lifetime | FLASHDUCK_TOKEN_LIFETIME | 30d
      engine.memory-limit | --memory-limit | FLASHDUCK_MEMORY_LIMIT | 50%
      engine.threads | --threads | FLASHDUCK_THREADS | 0
      queue.segment-bytes | --queue-segment-bytes | FLASHDUCK_QUEUE_SEGMENT_BYTES | 64MiB
      queue.max-pending-bytes | --queue-max-pending-bytes | FLASHDUCK_QUEUE_MAX_PENDING_BYTES | 2GiB
      queue.max-frame-bytes | --queue-max-frame-bytes | FLASHDUCK_QUEUE_MAX_FRAME_BYTES | 1GiB
      queue.append-wait | --queue-append-wait | FLASHDUCK_QUEUE_APPEND_WAIT | 10s
      queue.fold-bytes | --queue-fold-bytes | FLASHDUCK_QUEUE_FOLD_BYTES | 128MiB
      queue.history-bytes | --queue-history-bytes | FLASHDUCK_QUEUE_HISTORY_BYTES | 1GiB
      queue.history-time | --queue-history-time | FLASHDUCK_QUEUE_HISTORY_TIME | 7d
      export.policy | --export-policy | FLASHDUCK_EXPORT_POLICY | always
      export.debounce | --export-debounce | FLASHDUCK_EXPORT_DEBOUNCE | 1s
      export.every-changes | --export-every-changes | FLASHDUCK_EXPORT_EVERY_CHANGES | 100
      export.compression | --export-compression | FLASHDUCK_EXPORT_COMPRESSION | zstd
      export.compression-level | --export-compression-level | FLASHDUCK_EXPORT_COMPRESSION_LEVEL | 3
      export.row-group-rows | --export-row-group-rows | FLASHDUCK_EXPORT_ROW_GROUP_ROWS | 61440
      export.encodings | --export-encodings | FLASHDUCK_EXPORT_ENCODINGS | dictionary
      export.keep-versions | --export-keep-versions | FLASHDUCK_EXPORT_KEEP_VERSIONS | 0
      query.timeout | --query-timeout | FLASHDUCK_QUERY_TIMEOUT | 1h
      query.max-concurrent | --query-max-concurrent | FLASHDUCK_QUERY_MAX_CONCURRENT | 64
      query.batch-bytes | --query-batch-bytes | FLASHDUCK_QUERY_BATCH_BYTES | 2MiB
      query.stalled-client-limit | --query-stalled-client-limit | FLASHDUCK_QUERY_STALLED_CLIENT_LIMIT | 10m
      query.max-sessions | --query-max-sessions | FLASHDUCK_QUERY_MAX_SESSIONS | 1000
      query.session-idle-limit | --query-session-idle-limit | FLASHDUCK_QUERY_SESSION_IDLE_LIMIT | 24h
      query.max-transactions | --query-max-transactions | FLASHDUCK_QUERY_MAX_TRANSACTIONS | 100
      query.transaction-idle-limit | --query-transaction-idle-limit | FLASHDUCK_QUERY_TRANSACTION_IDLE_LIMIT | 1h
      query.held-bytes | --query-held-bytes | FLASHDUCK_QUERY_HELD_BYTES | 256MiB
      query.held-disk-bytes | --query-held-disk-bytes | FLASHDUCK_QUERY_HELD_DISK_BYTES | 4GiB
      """;

  @TempDir private Path dir;

  @Test
  void all_keysAndDefaults_arePinned() {
    String actual =
        ConfigKeys.all().stream()
            .map(
                key ->
                    String.join(
                        " | ",
                        key.name(),
                        key.option(),
                        key.environment(),
                        key.defaultText().orElse("-")))
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(actual).isEqualTo(PINNED);
  }

  @Test
  void all_namesOptionsAndDefaults_areWellFormedAndUnique() {
    assertThat(ConfigKeys.all().stream().map(ConfigKey::option)).doesNotHaveDuplicates();
    assertThat(ConfigKeys.all())
        .allSatisfy(
            key -> {
              assertThat(key.name()).matches("[a-z]+\\.[a-z]+(-[a-z]+)*");
              assertThat(key.sentence()).endsWith(".");
              key.defaultText().ifPresent(key::parse);
            });
  }

  @Test
  void ofData_nothingElseSet_hasTheDefaultsInTheRecords() {
    ServerConfig config = ServerConfig.ofData(dir);
    Path data = dir.toAbsolutePath();
    assertThat(config.data())
        .isEqualTo(
            new DataConfig(
                data,
                data.resolve(".flashduck"),
                data.resolve(".flashduck/export"),
                new FollowConfig(
                    Duration.ofSeconds(1), true, Duration.ofMillis(100), Duration.ofSeconds(5))));
    assertThat(config.network())
        .isEqualTo(new NetworkConfig("127.0.0.1", 31337, 8080, Optional.empty()));
    assertThat(config.access())
        .isEqualTo(new AccessConfig(Optional.empty(), Optional.empty(), Duration.ofDays(30)));
    assertThat(config.engine().threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(config.engine().memoryLimitBytes()).isGreaterThanOrEqualTo(128 << 20);
    assertThat(config.queue())
        .isEqualTo(
            new QueueConfig(
                64 << 20,
                2L << 30,
                1 << 30,
                Duration.ofSeconds(10),
                new QueueConfig.Folding(128 << 20, 1L << 30, Duration.ofDays(7))));
    assertThat(config.export())
        .isEqualTo(
            new ExportConfig(
                new ExportSchedule(ExportPolicy.ALWAYS, Duration.ofSeconds(1), 100),
                ParquetCompression.ZSTD,
                3,
                61440,
                ParquetEncodings.DICTIONARY,
                0));
    assertThat(config.query())
        .isEqualTo(
            new QueryConfig(
                Duration.ofHours(1),
                64,
                2 << 20,
                Duration.ofMinutes(10),
                new QueryConfig.SessionLimits(
                    1000,
                    Duration.ofHours(24),
                    new QueryConfig.TransactionLimits(100, Duration.ofHours(1)),
                    new QueryConfig.HeldLimits(256 << 20, 4L << 30))));
  }
}
