package io.flashduck.server.cli;

import io.flashduck.server.cli.doctor.ClientCode;
import io.flashduck.server.cli.doctor.Doctor;
import io.flashduck.server.cli.doctor.Doctor.Examination;
import io.flashduck.server.cli.doctor.Finding;
import io.flashduck.server.cli.doctor.JdbcUrl;
import io.flashduck.server.cli.output.DisplayText;
import io.flashduck.server.cli.remote.RemoteSettings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Says how clients connect to a server, tries them, and explains what is wrong.
 *
 * <p>Threading: the main thread.
 */
@Command(
    name = "doctor",
    description =
        "Find out why clients do not connect to a server, and print how they do: JDBC, ADBC,"
            + " pyarrow. Works with any Flight SQL server.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  flashduck doctor                            the server on this machine",
      "  flashduck doctor --url grpc+tls://db:31337 --ca-file db.pem --user ann",
      "  flashduck doctor --url 'jdbc:arrow-flight-sql://db:31337?user=ann'",
      "                                              the URL that a tool has"
    })
final class DoctorCommand implements Callable<Integer> {
  private final CliContext context;

  @Option(
      names = "--jdbc-driver",
      paramLabel = "JAR",
      description =
          "Try this JDBC driver; without it, one that Maven or DBeaver has downloaded is tried.")
  private @Nullable Path jdbcDriver;

  @Option(
      names = "--python",
      paramLabel = "PYTHON",
      defaultValue = "python3",
      description = "The Python whose pyarrow and ADBC are tried, ${DEFAULT-VALUE} by default.")
  private String python;

  @Mixin private RemoteOptions remote;

  DoctorCommand(CliContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Map<String, String> environment = context.environment();
    Optional<JdbcUrl> url = remote.location(environment).flatMap(JdbcUrl::parse);
    RemoteSettings settings = remote.settings(environment);
    PrintStream out = context.out();
    out.println("Examining " + url.map(JdbcUrl::toString).orElse(settings.address().toString()));
    out.println();
    Examination examination =
        new Doctor(
                url.map(tools -> tools.completing(settings)).orElse(settings),
                url,
                Optional.ofNullable(jdbcDriver),
                python,
                environment)
            .examine();
    examination.findings().forEach(finding -> print(out, finding));
    examination.working().map(ClientCode::text).ifPresent(text -> out.print("\n" + text));
    List<Finding> wrong = examination.findings().stream().filter(Finding::wrong).toList();
    return wrong.isEmpty() ? ExitCodes.OK : wrong.get(0).exitCode();
  }

  private static void print(PrintStream out, Finding finding) {
    out.println(
        String.format(
            Locale.ROOT,
            "  %-7s  %-12s  %s",
            finding.mark().name().toLowerCase(Locale.ROOT),
            finding.subject(),
            DisplayText.visible(finding.told())));
    for (String line : finding.advice()) {
      out.println(" ".repeat(25) + DisplayText.visible(line));
    }
  }
}
