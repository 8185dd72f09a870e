package io.flashduck.server.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parsed value of each key, and the records that they make.
 *
 * <p>Threading: confined to one load.
 */
final class ConfigValues {
  private static final String STATE_NAME = ".flashduck";
  private static final String EXPORT_NAME = "export";

  private final Map<ConfigKey<?>, Object> values = new HashMap<>();

  <T> void put(ConfigKey<T> key, T value) {
    values.put(key, value);
  }

  boolean has(ConfigKey<?> key) {
    return values.containsKey(key);
  }

  /** The value of a key that has a default or was found to be present. */
  <T> T get(ConfigKey<T> key) {
    return find(key).orElseThrow(() -> new IllegalStateException("no value for " + key));
  }

  @SuppressWarnings("unchecked") // put() stores only T under a ConfigKey<T>
  <T> Optional<T> find(ConfigKey<T> key) {
    return Optional.ofNullable((T) values.get(key));
  }

  ServerConfig serverConfig(List<SettingValue> settings) {
    return new ServerConfig(
        dataConfig(),
        serviceConfig(),
        engineConfig(),
        queueConfig(),
        exportConfig(),
        queryConfig(),
        settings);
  }

  /** The value of a setting without a default that follows from others. */
  Optional<String> derived(ConfigKey<?> key) {
    if (key.equals(ConfigKeys.DATA_STATE)) {
      return Optional.of(dataConfig().stateDir().toString());
    }
    return key.equals(ConfigKeys.DATA_EXPORT)
        ? Optional.of(dataConfig().exportDir().toString())
        : Optional.empty();
  }

  DataConfig dataConfig() {
    Path data = get(ConfigKeys.DATA_DIR);
    Path state = find(ConfigKeys.DATA_STATE).orElse(data.resolve(STATE_NAME));
    Path export = find(ConfigKeys.DATA_EXPORT).orElse(state.resolve(EXPORT_NAME));
    FollowConfig follow =
        new FollowConfig(
            get(ConfigKeys.DATA_SCAN_INTERVAL),
            get(ConfigKeys.DATA_WATCH),
            get(ConfigKeys.DATA_SETTLE),
            get(ConfigKeys.DATA_SETTLE_LIMIT));
    return new DataConfig(data, state, export, follow);
  }

  ServiceConfig serviceConfig() {
    Optional<TlsFiles> tls =
        find(ConfigKeys.TLS_CERT)
            .flatMap(cert -> find(ConfigKeys.TLS_KEY).map(key -> new TlsFiles(cert, key)));
    NetworkConfig network =
        new NetworkConfig(
            get(ConfigKeys.HOST), get(ConfigKeys.PORT), get(ConfigKeys.HTTP_PORT), tls);
    AccessConfig access =
        new AccessConfig(
            find(ConfigKeys.USER), find(ConfigKeys.PASSWORD_FILE), get(ConfigKeys.TOKEN_LIFETIME));
    return new ServiceConfig(network, access);
  }

  QueueConfig queueConfig() {
    return new QueueConfig(
        get(ConfigKeys.QUEUE_SEGMENT_BYTES),
        get(ConfigKeys.QUEUE_MAX_PENDING_BYTES),
        get(ConfigKeys.QUEUE_MAX_FRAME_BYTES),
        get(ConfigKeys.QUEUE_APPEND_WAIT),
        new QueueConfig.Folding(
            get(ConfigKeys.QUEUE_FOLD_BYTES),
            get(ConfigKeys.QUEUE_HISTORY_BYTES),
            get(ConfigKeys.QUEUE_HISTORY_TIME)));
  }

  private EngineConfig engineConfig() {
    int threads = get(ConfigKeys.THREADS);
    return new EngineConfig(
        get(ConfigKeys.MEMORY_LIMIT),
        threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
  }

  private ExportConfig exportConfig() {
    ExportSchedule schedule =
        new ExportSchedule(
            get(ConfigKeys.EXPORT_POLICY),
            get(ConfigKeys.EXPORT_DEBOUNCE),
            get(ConfigKeys.EXPORT_EVERY_CHANGES));
    return new ExportConfig(
        schedule,
        get(ConfigKeys.EXPORT_COMPRESSION),
        get(ConfigKeys.EXPORT_COMPRESSION_LEVEL),
        get(ConfigKeys.EXPORT_ROW_GROUP_ROWS),
        get(ConfigKeys.EXPORT_ENCODINGS),
        get(ConfigKeys.EXPORT_KEEP_VERSIONS));
  }

  private QueryConfig queryConfig() {
    return new QueryConfig(
        get(ConfigKeys.QUERY_TIMEOUT),
        get(ConfigKeys.QUERY_MAX_CONCURRENT),
        Math.toIntExact(get(ConfigKeys.QUERY_BATCH_BYTES)),
        get(ConfigKeys.QUERY_STALLED_CLIENT_LIMIT),
        new QueryConfig.SessionLimits(
            get(ConfigKeys.QUERY_MAX_SESSIONS),
            get(ConfigKeys.QUERY_SESSION_IDLE_LIMIT),
            new QueryConfig.TransactionLimits(
                get(ConfigKeys.QUERY_MAX_TRANSACTIONS),
                get(ConfigKeys.QUERY_TRANSACTION_IDLE_LIMIT)),
            new QueryConfig.HeldLimits(
                get(ConfigKeys.QUERY_HELD_BYTES), get(ConfigKeys.QUERY_HELD_DISK_BYTES))));
  }
}
