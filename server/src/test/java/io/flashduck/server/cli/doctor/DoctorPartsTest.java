package io.flashduck.server.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.cli.remote.Credentials;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.cli.remote.ServerAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of the doctor that need no server. */
final class DoctorPartsTest {
  private static final RemoteSettings NOBODY = RemoteSettings.plain("db", 31337);

  @Test
  void jdbcUrl_propertiesInAnyCase_completeTheSettings() {
    JdbcUrl url =
        JdbcUrl.parse(
                "jdbc:arrow-flight-sql://db:1?USER=ann&password=a%26b&useSystemTrustStore=false"
                    + "&tlsRootCerts=/ca.pem&disableCertificateVerification=true")
            .orElseThrow();
    RemoteSettings completed = url.completing(NOBODY);
    assertThat(completed.credentials()).isEqualTo(new Credentials.Password("ann", "a&b"));
    assertThat(completed.caFile()).contains(Path.of("/ca.pem"));
    assertThat(completed.verify()).isFalse();
    assertThat(url.toString()).contains("password=…").doesNotContain("a%26b");
    assertThat(JdbcUrl.parse("grpc://db:1")).isEmpty();
  }

  @Test
  void jdbcUrl_wrongNameOfTheUser_isTold() {
    List<Finding> traps =
        JdbcUrl.parse("jdbc:arrow-flight://db:1?useEncryption=0&username=ann")
            .orElseThrow()
            .traps(WireProbe.Speech.GRPC);
    assertThat(traps).extracting(Finding::told).hasSize(2).first().asString().contains("username");
  }

  @Test
  void proxy_setForOtherHosts_isANoteAndAnExceptionIsRespected() {
    assertThat(ProxyVariables.find(Map.of(), "db")).isEmpty();
    assertThat(ProxyVariables.find(Map.of("https_proxy", "http://p:1"), "db"))
        .hasValueSatisfying(note -> assertThat(note.told()).contains("https_proxy"));
    for (String exception : List.of("db.example.com", ".example.com", "other, example.com", "*")) {
      assertThat(
              ProxyVariables.find(
                  Map.of("HTTPS_PROXY", "http://p:1", "NO_PROXY", exception), "db.example.com"))
          .as(exception)
          .isEmpty();
    }
  }

  @Test
  void drivers_ofMavenAndDBeaver_recommendedFirst(@TempDir Path home) throws IOException {
    for (String version : List.of("17.0.0", "18.3.0", "19.0.0")) {
      Path folder = home.resolve(".local/share/DBeaverData/drivers/maven/maven-central/x");
      Files.createDirectories(folder);
      Files.createFile(folder.resolve("flight-sql-jdbc-driver-" + version + ".jar"));
    }
    List<JdbcDriverJar> found = JdbcDriverJar.downloaded(Map.of("HOME", home.toString()));
    assertThat(found)
        .extracting(JdbcDriverJar::version)
        .containsExactly("18.3.0", "19.0.0", "17.0.0");
    assertThat(found.get(1).tooNewForDBeaver()).isTrue();
  }

  @Test
  void clientCode_everyCombination_namesNoSecretAndIsComplete() {
    RemoteSettings token =
        new RemoteSettings(
            new ServerAddress("::1", 5, true),
            new Credentials.Token("secret"),
            Optional.of(Path.of("/ca.pem")),
            true);
    assertThat(new ClientCode(token).text())
        .contains("grpc+tls://[::1]:5", "string(certificates)", "Bearer TOKEN", "tlsRootCerts=")
        .doesNotContain("secret");
    RemoteSettings insecure =
        new RemoteSettings(
            token.address(), new Credentials.Password("a b", "secret"), Optional.empty(), false);
    assertThat(new ClientCode(insecure).text())
        .contains("user=a%20b", "disableCertificateVerification=true", "tls_skip_verify")
        .contains("disable_server_verification=True", "OptionSSLSkipVerify", "TLS_SKIP_VERIFY")
        .doesNotContain("secret");
  }

  @Test
  void python_thatDoesNotAnswer_isSkipped() {
    assertThat(new PythonProbe("true").of(NOBODY))
        .singleElement()
        .satisfies(finding -> assertThat(finding.mark()).isEqualTo(Finding.Mark.SKIPPED));
  }
}
