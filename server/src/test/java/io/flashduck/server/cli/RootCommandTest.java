package io.flashduck.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.config.ConfigKey;
import io.flashduck.server.config.ConfigKeys;
import io.flashduck.server.error.ErrorCode;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class RootCommandTest {
  @Test
  void noArguments_showsTheCommandsAndExitCodes() {
    CliRun run = CliRun.of();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("serve", "sql", "Exit codes:", "Examples:");
  }

  @Test
  void version_isTheBuilds() {
    assertThat(CliRun.of("--version").out()).startsWith("FlashDuck ").contains("Java");
  }

  @Test
  void everyCommand_hasHelpThatFitsTheScreen() {
    for (CommandLine command : commands().getSubcommands().values()) {
      CliRun run = CliRun.of(command.getCommandName(), "--help");
      assertThat(run.exitCode()).as(command.getCommandName()).isZero();
      assertThat(run.out()).contains("Usage: flashduck " + command.getCommandName());
      assertThat(run.out().lines()).allMatch(line -> line.length() <= 80, "at most 80 columns");
    }
  }

  @Test
  void unknownOption_isNamedWithTheNearestOne() {
    CliRun run = CliRun.of("serve", "--prot", "1");
    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err())
        .isEqualTo(
            """
            flashduck serve: There is no option '--prot'.
            Did you mean --port?
            See 'flashduck serve --help'.
            """);
  }

  @Test
  void unknownCommand_isNamedWithTheNearestOne() {
    CliRun run = CliRun.of("srve");
    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains("'srve'", "Did you mean serve?");
  }

  @Test
  void serve_hasAnOptionForEverySetting() {
    Set<String> options =
        commands().getSubcommands().values().stream()
            .filter(command -> command.getCommandName().equals("serve"))
            .findFirst()
            .orElseThrow()
            .getCommandSpec()
            .optionsMap()
            .keySet();
    assertThat(options)
        .containsAll(ConfigKeys.all().stream().map(ConfigKey::option).collect(Collectors.toSet()));
  }

  @Test
  void serve_wrongSettings_areAllReportedAtOnce() {
    CliRun run =
        CliRun.with(
            Map.of("FLASHDUCK_PORT", "many"),
            "",
            (config, progress) -> {
              throw new AssertionError("must not start");
            },
            "serve",
            "--threads",
            "-1");
    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains("FLASHDUCK_PORT", "--threads", "--data");
  }

  @Test
  void sql_noServer_saysHowToStartOne() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    CliRun run = CliRun.of("sql", "--port", String.valueOf(port), "SELECT 1");
    assertThat(run.exitCode()).isEqualTo(ExitCodes.NO_CONNECTION);
    assertThat(run.err()).contains("Connection refused", "flashduck serve");
    assertThat(run.err().lines()).hasSize(2);
  }

  @Test
  void sql_debug_printsTheStackTrace() {
    CliRun run = CliRun.of("sql", "--port", "1", "--debug", "SELECT 1");
    assertThat(run.err()).contains("\tat ");
  }

  @Test
  void sql_userWithoutPassword_saysWhereToPutIt() {
    CliRun run = CliRun.of("sql", "--user", "ann", "SELECT 1");
    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains("'ann'", "--password-file");
  }

  @Test
  void sql_passwordFileMissing_isNamed(@TempDir Path dir) throws IOException {
    Path empty = Files.createFile(dir.resolve("empty"));
    CliRun run = CliRun.of("sql", "-u", "ann", "--password-file", empty.toString(), "SELECT 1");
    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err()).contains(empty.toString(), "empty");
  }

  @Test
  void sql_wrongUrl_showsARightOne() {
    CliRun run = CliRun.of("sql", "--url", "ftp://db", "SELECT 1");
    assertThat(run.err()).contains("ftp://db", "grpc://127.0.0.1:31337");
    assertThat(run.exitCode()).isEqualTo(ExitCodes.FAILED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void completion_knowsTheCommands(String shell) {
    CliRun run = CliRun.of("completion", shell);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("complete", "--http-port", "completion");
  }

  @Test
  void completion_otherShell_isRefused() {
    assertThat(CliRun.of("completion", "fish").exitCode()).isEqualTo(ExitCodes.USAGE);
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void exitCode_everyError_isDocumented(ErrorCode code) {
    Stream<Integer> documented =
        ExitCodes.help().keySet().stream().map(text -> Integer.valueOf(text.strip()));
    assertThat(documented).contains(ExitCodes.of(code)).doesNotContain(42);
    assertThat(ExitCodes.of(code)).isNotZero();
  }

  private static CommandLine commands() {
    return RootCommand.commandLine(
        new CliContext(
            Map.of(),
            System.in,
            System.out,
            System.err,
            Terminals.NONE,
            (config, progress) -> {
              throw new AssertionError("no server is started in this test");
            }));
  }
}
