package io.flashduck.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigLoaderTest {
  @TempDir private Path dir;
  private Path data;

  @BeforeEach
  void createDataFolder() throws IOException {
    data = Files.createDirectory(dir.resolve("data"));
  }

  @Test
  void load_sameKeyEverywhere_optionBeatsEnvironmentBeatsFile() throws IOException {
    Path yaml =
        yaml(
            """
            data:
              dir: %s
            network: {host: localhost, port: 1}
            query.timeout: PT5S
            """
                .formatted(data));
    Map<String, String> environment = Map.of("FLASHDUCK_PORT", "2", "FLASHDUCK_HTTP_PORT", "off");
    LoadedConfig loaded =
        ConfigLoader.load(new ConfigSources(Map.of("--port", "3"), environment, Optional.of(yaml)));
    assertThat(loaded.config().network().port()).isEqualTo(3);
    assertThat(loaded.config().network().host()).isEqualTo("localhost");
    assertThat(loaded.config().network().httpEnabled()).isFalse();
    assertThat(loaded.config().query().timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(loaded.origins())
        .containsEntry("network.port", "--port")
        .containsEntry("network.http-port", "FLASHDUCK_HTTP_PORT")
        .containsEntry("network.host", yaml + ":3")
        .doesNotContainKey("data.watch");
  }

  @Test
  void load_fileNamedByVariable_isRead() throws IOException {
    Path yaml = yaml("data: {dir: " + data + "}\nengine:\n  threads: 3\n");
    LoadedConfig loaded =
        ConfigLoader.load(
            new ConfigSources(
                Map.of(), Map.of("FLASHDUCK_CONFIG", yaml.toString()), Optional.empty()));
    assertThat(loaded.config().engine().threads()).isEqualTo(3);
    assertThat(loaded.warnings()).isEmpty();
  }

  @Test
  void load_manyErrors_areAllReportedAtOnce() throws IOException {
    Path yaml =
        yaml(
            """
            data:
              dir: %s
            network:
              prot: 1
              port: many
            queue:
              segment-bytes: [1, 2]
              append-wait:
            exprot:
              policy: always
            """
                .formatted(dir.resolve("absent")));
    FlashDuckException failure =
        failure(
            new ConfigSources(
                Map.of("--treads", "2", "--export-policy", "sometimes"),
                Map.of("FLASHDUCK_HOST", "0.0.0.0"),
                Optional.of(yaml)));
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
    assertThat(failure)
        .hasMessageStartingWith("The configuration has 9 errors:")
        .hasMessageContaining(
            yaml + ":4: 'network.prot' is not a setting; did you mean network.port?")
        .hasMessageContaining(
            yaml + ":5: 'many' for network.port: expected a whole number from 0 to 65535")
        .hasMessageContaining(yaml + ":7: 'queue.segment-bytes' takes a single value, found a list")
        .hasMessageContaining(
            yaml + ":8: 'queue.append-wait' has no value; give one or remove the line")
        .hasMessageContaining(yaml + ":9: 'exprot' is not a setting")
        .hasMessageContaining("'--treads' is not a setting; did you mean --threads?")
        .hasMessageContaining(
            "--export-policy: 'sometimes' for export.policy: expected one of always, debounce,"
                + " every, off")
        .hasMessageContaining("the folder " + dir.resolve("absent") + " does not exist; create it")
        .hasMessageContaining("network.host 0.0.0.0 can be reached from other machines");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'a: [1'               | :1: not valid YAML
          'data: {dir: &x y, state: *x}' | :1: anchors and aliases are not supported; write it out
          'a: 1\n---\nb: 2'     | a second document; keep everything in one
          '- a\n- b'            | :1: expected names and values, found a list
          'network:\n  port: 1\n  port: 2' | :3: 'port' is given twice; keep one
          """)
  void load_brokenYaml_namesFileAndLine(String text, String message) throws IOException {
    Path yaml = yaml(text.replace("\\n", "\n"));
    assertThat(failure(new ConfigSources(Map.of(), Map.of(), Optional.of(yaml))))
        .hasMessageContaining(yaml.toString())
        .hasMessageContaining(message);
  }

  @Test
  void load_fileMissing_saysSo() {
    Path absent = dir.resolve("absent.yaml");
    assertThat(failure(new ConfigSources(Map.of(), Map.of(), Optional.of(absent))))
        .hasMessageContaining(absent + ": cannot be read (NoSuchFile)");
  }

  @Test
  void load_noDataFolder_saysHowToNameIt() {
    assertThat(failure(ConfigSources.ofSettings(Map.of())))
        .hasMessage(
            "The configuration has an error: data.dir is not set; name the folder with --data or"
                + " FLASHDUCK_DATA");
  }

  @Test
  void load_unknownVariables_areWarnings() {
    Map<String, String> environment =
        Map.of(
            "FLASHDUCK_DATA", data.toString(),
            "FLASHDUCK_PROT", "1",
            "FLASHDUCK_PORT", "tcp://10.0.0.1:31337",
            "FLASHDUCK_JAVA_OPTS", "-Xmx1g");
    LoadedConfig loaded =
        ConfigLoader.load(new ConfigSources(Map.of(), environment, Optional.empty()));
    assertThat(loaded.config().network().port()).isEqualTo(31337);
    assertThat(loaded.warnings())
        .containsExactly(
            "FLASHDUCK_PORT=tcp://10.0.0.1:31337 comes from a Kubernetes service; ignored",
            "FLASHDUCK_PROT is not a setting; ignored; did you mean FLASHDUCK_PORT?");
  }

  @Test
  void load_stateOrExportAroundOtherFolders_isRefused() {
    assertThat(failure(settings(Map.of("data.state", dir.toString()))))
        .hasMessageContaining("data.state (" + dir + ") holds the data folder");
    assertThat(failure(settings(Map.of("data.export", data.toString()))))
        .hasMessageContaining("data.export (" + data + ") holds the data folder");
    Path state = dir.resolve("state");
    assertThat(failure(settings(Map.of("data.state", state + "", "data.export", state + "/x/.."))))
        .hasMessageContaining("data.export (" + state + ") holds the state folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST", "::1", "[::1]"})
  void load_loopbackHost_needsNothing(String host) {
    assertThat(ConfigLoader.load(settings(Map.of("network.host", host))).config().network())
        .satisfies(network -> assertThat(network.loopback()).isTrue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.168.0.1", "db.example", "127.0.0.1.example"})
  void load_reachableHostWithoutTlsAndPassword_saysWhatToSet(String host) {
    assertThat(failure(settings(Map.of("network.host", host))))
        .hasMessageContaining(
            "network.host "
                + host
                + " can be reached from other machines, which needs TLS (network.tls-cert and"
                + " network.tls-key) and a password (access.password-file); set them, or use 127.0.0.1");
  }

  @Test
  void load_reachableHostWithTlsAndPassword_isAccepted() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "x");
    LoadedConfig loaded =
        ConfigLoader.load(
            settings(
                Map.of(
                    "network.host", "0.0.0.0",
                    "network.tls-cert", file.toString(),
                    "network.tls-key", file.toString(),
                    "access.password-file", file.toString())));
    assertThat(loaded.config().network().tls()).contains(new TlsFiles(file, file));
    assertThat(loaded.config().access().required()).isTrue();
  }

  @Test
  void load_halfOfAPair_isRefused() throws IOException {
    Path file = Files.writeString(dir.resolve("file"), "x");
    assertThat(failure(settings(Map.of("network.tls-cert", file.toString()))))
        .hasMessageContaining("network.tls-cert and network.tls-key belong together");
    assertThat(failure(settings(Map.of("access.user", "ann"))))
        .hasMessageContaining("access.user is set without access.password-file");
    assertThat(failure(settings(Map.of("access.password-file", dir + "/absent"))))
        .hasMessageContaining("access.password-file: the file " + dir + "/absent does not exist");
  }

  @Test
  void load_frameLargerThanTheQueue_isRefused() {
    assertThat(failure(settings(Map.of("queue.max-pending-bytes", "1MiB"))))
        .hasMessageContaining("queue.max-frame-bytes (1GiB) is more than");
  }

  @Test
  void load_portsEqual_isRefused() {
    assertThat(failure(settings(Map.of("network.http-port", "31337"))))
        .hasMessageContaining("network.port and network.http-port are both 31337");
  }

  private ConfigSources settings(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(Map.of("data.dir", data.toString()));
    all.putAll(settings);
    return ConfigSources.ofSettings(all);
  }

  private Path yaml(String text) throws IOException {
    return Files.writeString(dir.resolve("flashduck.yaml"), text);
  }

  private static FlashDuckException failure(ConfigSources sources) {
    return catchThrowableOfType(FlashDuckException.class, () -> ConfigLoader.load(sources));
  }
}
