package io.flashduck.server.config;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every setting of the server, in the order of the reference page. */
public final class ConfigKeys {
  private static final List<ConfigKey<?>> ALL = new ArrayList<>();

  public static final ConfigKey<Path> DATA_DIR =
      key(
          "data.dir",
          "data",
          ConfigType.path("folder"),
          null,
          "The folder whose files are the tables; it must exist.");

  public static final ConfigKey<Path> DATA_STATE =
      key(
          "data.state",
          "state",
          ConfigType.path("folder"),
          null,
          "FlashDuck's own folder: write queue and cache; by default `.flashduck` in the data"
              + " folder.");

  public static final ConfigKey<Path> DATA_EXPORT =
      key(
          "data.export",
          "export",
          ConfigType.path("folder"),
          null,
          "Where each table's one consolidated Parquet file is kept; by default `export` in the"
              + " state folder.");

  public static final ConfigKey<Duration> DATA_SCAN_INTERVAL =
      key(
          "data.scan-interval",
          "scan-interval",
          ConfigType.duration("10ms", "1d"),
          "1s",
          "The shortest time between two full scans of the data folder; a large folder is scanned"
              + " less often so that scanning stays cheap.");

  public static final ConfigKey<Boolean> DATA_WATCH =
      key(
          "data.watch",
          "watch",
          ConfigType.flag(),
          "on",
          "Whether the operating system's change notices are used between scans; switch it off for"
              + " network folders, which give none.");

  public static final ConfigKey<Duration> DATA_SETTLE =
      key(
          "data.settle",
          "settle",
          ConfigType.duration("0", "1m"),
          "100ms",
          "How long a file that is written in place must rest before it is read; a file that is"
              + " renamed into place is read at once.");

  public static final ConfigKey<Duration> DATA_SETTLE_LIMIT =
      key(
          "data.settle-limit",
          "settle-limit",
          ConfigType.duration("100ms", "1d"),
          "5s",
          "A file that never rests is read as it is after this time, again and again.");

  public static final ConfigKey<String> HOST =
      key(
          "network.host",
          "host",
          ConfigType.text(),
          "127.0.0.1",
          "The address to listen on; anything but this machine's own needs TLS and a password"
              + " file.");

  public static final ConfigKey<Integer> PORT =
      key(
          "network.port",
          "port",
          ConfigType.integer("port", 0, 65535),
          "31337",
          "The port of Arrow Flight SQL; 0 takes any free one.");

  public static final ConfigKey<Integer> HTTP_PORT =
      key(
          "network.http-port",
          "http-port",
          ConfigType.portOrOff(),
          "8080",
          "The port of the web page, metrics and health; 0 takes any free one, off serves none.");

  public static final ConfigKey<Path> TLS_CERT =
      key(
          "network.tls-cert",
          "tls-cert",
          ConfigType.path("PEM file"),
          null,
          "The server's certificate chain, its own certificate first; needs `network.tls-key`.");

  public static final ConfigKey<Path> TLS_KEY =
      key(
          "network.tls-key",
          "tls-key",
          ConfigType.path("PEM file"),
          null,
          "The private key (PKCS#8) of the certificate.");

  public static final ConfigKey<String> USER =
      key(
          "access.user",
          "user",
          ConfigType.text(),
          null,
          "The one user whose password is all that the password file holds.");

  public static final ConfigKey<Path> PASSWORD_FILE =
      key(
          "access.password-file",
          "password-file",
          ConfigType.path("file"),
          null,
          "The file with the password of `access.user`, or with one `name:password:role` per"
              + " line.");

  public static final ConfigKey<Duration> TOKEN_LIFETIME =
      key(
          "access.token-lifetime",
          "token-lifetime",
          ConfigType.duration("1m", "3650d"),
          "30d",
          "How long a token that the server issued at login is accepted; JDBC never asks for a new"
              + " one.");

  public static final ConfigKey<Long> MEMORY_LIMIT =
      key(
          "engine.memory-limit",
          "memory-limit",
          ConfigType.memory("128MiB", machineBytes()),
          "50%",
          "What DuckDB may hold in memory before it spills to the state folder.");

  public static final ConfigKey<Integer> THREADS =
      key(
          "engine.threads",
          "threads",
          ConfigType.integer("threads", 0, 1024),
          "0",
          "DuckDB's worker threads; 0 is one per processor.");

  public static final ConfigKey<Long> QUEUE_SEGMENT_BYTES =
      key(
          "queue.segment-bytes",
          "queue-segment-bytes",
          ConfigType.bytes("64KiB", "1GiB"),
          "64MiB",
          "A segment file of the write queue is closed once it is at least this large.");

  public static final ConfigKey<Long> QUEUE_MAX_PENDING_BYTES =
      key(
          "queue.max-pending-bytes",
          "queue-max-pending-bytes",
          ConfigType.bytes("1MiB", "1TiB"),
          "2GiB",
          "Beyond this many accepted but not yet applied bytes senders wait.");

  public static final ConfigKey<Long> QUEUE_MAX_FRAME_BYTES =
      key(
          "queue.max-frame-bytes",
          "queue-max-frame-bytes",
          ConfigType.bytes("64KiB", "2000MiB"),
          "1GiB",
          "The largest single change that is accepted.");

  public static final ConfigKey<Duration> QUEUE_APPEND_WAIT =
      key(
          "queue.append-wait",
          "queue-append-wait",
          ConfigType.duration("0", "1h"),
          "10s",
          "How long a sender waits for room in the queue before its change is refused.");

  public static final ConfigKey<Long> QUEUE_FOLD_BYTES =
      key(
          "queue.fold-bytes",
          "queue-fold-bytes",
          ConfigType.bytes("64KiB", "1TiB"),
          "128MiB",
          "Once the files of the write queue hold this much, and as much as what is folded already,"
              + " applied changes are folded into Parquet and their segment files are deleted. While"
              + " more than 1 MiB is written each second, folding waits until it is four times as"
              + " much.");

  public static final ConfigKey<Long> QUEUE_HISTORY_BYTES =
      key(
          "queue.history-bytes",
          "queue-history-bytes",
          ConfigType.bytes("0B", "1024TiB"),
          "1GiB",
          "How many bytes of folded changes are kept for flashduck.changes('table'); the oldest go"
              + " first, and 0 keeps none.");

  public static final ConfigKey<Duration> QUEUE_HISTORY_TIME =
      key(
          "queue.history-time",
          "queue-history-time",
          ConfigType.duration("1s", "36500d"),
          "7d",
          "How long changes are kept for flashduck.changes('table').");

  public static final ConfigKey<ExportPolicy> EXPORT_POLICY =
      key(
          "export.policy",
          "export-policy",
          ConfigType.choice(ExportPolicy.class),
          "always",
          "When a table's Parquet file is replaced: after each change, after a rest, after a number"
              + " of changes, or never.");

  public static final ConfigKey<Duration> EXPORT_DEBOUNCE =
      key(
          "export.debounce",
          "export-debounce",
          ConfigType.duration("10ms", "1d"),
          "1s",
          "How long a table must rest before its file is replaced, with policy debounce.");

  public static final ConfigKey<Integer> EXPORT_EVERY_CHANGES =
      key(
          "export.every-changes",
          "export-every-changes",
          ConfigType.integer("changes", 1, 1_000_000_000),
          "100",
          "After how many applied changes the file is replaced, with policy every.");

  public static final ConfigKey<ParquetCompression> EXPORT_COMPRESSION =
      key(
          "export.compression",
          "export-compression",
          ConfigType.choice(ParquetCompression.class),
          "zstd",
          "How the Parquet files are compressed.");

  public static final ConfigKey<Integer> EXPORT_COMPRESSION_LEVEL =
      key(
          "export.compression-level",
          "export-compression-level",
          ConfigType.integer("level", 1, 22),
          "3",
          "The level of zstd; the other compressions have none.");

  public static final ConfigKey<Integer> EXPORT_ROW_GROUP_ROWS =
      key(
          "export.row-group-rows",
          "export-row-group-rows",
          ConfigType.integer("rows", 2048, 10_000_000),
          "61440",
          "Rows in one row group of the Parquet files. A change encodes at least one row group"
              + " again, so smaller ones are faster to change and a little larger in sum.");

  public static final ConfigKey<ParquetEncodings> EXPORT_ENCODINGS =
      key(
          "export.encodings",
          "export-encodings",
          ConfigType.choice(ParquetEncodings.class),
          "dictionary",
          "How values are encoded: dictionary and plain for every reader; compact is smaller and"
              + " faster to write, but fastparquet cannot read it.");

  public static final ConfigKey<Integer> EXPORT_KEEP_VERSIONS =
      key(
          "export.keep-versions",
          "export-keep-versions",
          ConfigType.integer("files", 0, 100_000),
          "0",
          "How many earlier versions of each Parquet file are kept, as orders@17.parquet and for"
              + " flashduck.at('orders', 17) in queries.");

  public static final ConfigKey<Duration> QUERY_TIMEOUT =
      key(
          "query.timeout",
          "query-timeout",
          ConfigType.duration("0", "30d"),
          "1h",
          "The longest a statement may run; 0 is no limit.");

  public static final ConfigKey<Integer> QUERY_MAX_CONCURRENT =
      key(
          "query.max-concurrent",
          "query-max-concurrent",
          ConfigType.integer("statements", 1, 10_000),
          "64",
          "How many statements run at once; more wait in order of arrival.");

  public static final ConfigKey<Long> QUERY_BATCH_BYTES =
      key(
          "query.batch-bytes",
          "query-batch-bytes",
          ConfigType.bytes("64KiB", "64MiB"),
          "2MiB",
          "The size that record batches to clients aim at.");

  public static final ConfigKey<Duration> QUERY_STALLED_CLIENT_LIMIT =
      key(
          "query.stalled-client-limit",
          "query-stalled-client-limit",
          ConfigType.duration("1s", "7d"),
          "10m",
          "A client that takes no data of an open result for this long is dropped.");

  public static final ConfigKey<Integer> QUERY_MAX_SESSIONS =
      key(
          "query.max-sessions",
          "query-max-sessions",
          ConfigType.integer("sessions", 1, 1_000_000),
          "1000",
          "How many sessions exist at once.");

  public static final ConfigKey<Duration> QUERY_SESSION_IDLE_LIMIT =
      key(
          "query.session-idle-limit",
          "query-session-idle-limit",
          ConfigType.duration("1s", "30d"),
          "24h",
          "A session that is not used for this long is closed; clients that only keep a connection"
              + " open send nothing.");

  public static final ConfigKey<Integer> QUERY_MAX_TRANSACTIONS =
      key(
          "query.max-transactions",
          "query-max-transactions",
          ConfigType.integer("transactions", 1, 100_000),
          "100",
          "How many transactions over several statements are open at once; each keeps old versions"
              + " of rows alive.");

  public static final ConfigKey<Duration> QUERY_TRANSACTION_IDLE_LIMIT =
      key(
          "query.transaction-idle-limit",
          "query-transaction-idle-limit",
          ConfigType.duration("1s", "1d"),
          "1h",
          "A transaction that is not used for this long is rolled back.");

  public static final ConfigKey<Long> QUERY_HELD_BYTES =
      key(
          "query.held-bytes",
          "query-held-bytes",
          ConfigType.bytes("0B", "1GiB"),
          "256MiB",
          "How many bytes of open results are kept in memory when another statement of their"
              + " session needs its DuckDB connection; a session has half of it, the rest goes to"
              + " files.");

  public static final ConfigKey<Long> QUERY_HELD_DISK_BYTES =
      key(
          "query.held-disk-bytes",
          "query-held-disk-bytes",
          ConfigType.bytes("0B", "1024TiB"),
          "4GiB",
          "How many bytes of such results are kept in files of the state folder; a session has half"
              + " of it. A statement that would need more is refused until the open result was"
              + " read or closed.");

  private ConfigKeys() {}

  /** Every key, in the order of the reference page. */
  public static List<ConfigKey<?>> all() {
    return Collections.unmodifiableList(ALL);
  }

  private static <T> ConfigKey<T> key(
      String name,
      String option,
      ConfigType<T> type,
      @Nullable String defaultText,
      String sentence) {
    ConfigKey<T> key = new ConfigKey<>(name, option, type, defaultText, sentence);
    ALL.add(key);
    return key;
  }

  private static long machineBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }
}
