package io.flashduck.server.config;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Everything that can be set for one server; a component gets only its own slice.
 *
 * <p>Threading: immutable.
 *
 * @param data the watched folder and FlashDuck's own folders
 * @param service what the network offers: addresses, transport security and who may use it
 * @param engine DuckDB's share of the machine
 * @param queue the durable write queue
 * @param export the consolidated Parquet files
 * @param query limits of queries and sessions
 * @param settings every setting, in the order of the reference page, and where its value is from
 */
public record ServerConfig(
    DataConfig data,
    ServiceConfig service,
    EngineConfig engine,
    QueueConfig queue,
    ExportConfig export,
    QueryConfig query,
    List<SettingValue> settings) {

  /**
   * @throws FlashDuckException INVALID_REQUEST with every rule between settings that is broken
   */
  public ServerConfig {
    settings = List.copyOf(settings);
    List<String> problems = ConfigRules.problems(data, service, queue);
    if (!problems.isEmpty()) {
      throw invalid(problems);
    }
  }

  /** The addresses and transport security. */
  public NetworkConfig network() {
    return service.network();
  }

  /** Who may use the server. */
  public AccessConfig access() {
    return service.access();
  }

  /** All defaults over that data folder, for tests and for embedding. */
  public static ServerConfig ofData(Path dataDir) {
    return of(Map.of(ConfigKeys.DATA_DIR.name(), dataDir.toString()));
  }

  /**
   * The configuration with these settings and otherwise defaults; reads no environment.
   *
   * @param settings text by dotted key, for example {@code network.port} to {@code 0}
   * @throws FlashDuckException INVALID_REQUEST with every error in the settings
   */
  public static ServerConfig of(Map<String, String> settings) {
    return ConfigLoader.load(ConfigSources.ofSettings(settings)).config();
  }

  static FlashDuckException invalid(List<String> problems) {
    String head =
        problems.size() == 1
            ? "The configuration has an error: "
            : "The configuration has " + problems.size() + " errors:\n  - ";
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST, head + String.join("\n  - ", problems));
  }
}
