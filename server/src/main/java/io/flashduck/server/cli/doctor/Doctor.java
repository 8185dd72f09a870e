package io.flashduck.server.cli.doctor;

import io.flashduck.server.cli.doctor.WireProbe.Speech;
import io.flashduck.server.cli.remote.RemoteSettings;
import io.flashduck.server.cli.remote.ServerAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks at a server from the bottom up: the network, what the port speaks, the certificate, the
 * login, then each client. A step that cannot work ends the examination, except where the right
 * setting is plain: an encrypted server is examined further with TLS, one without it in the clear.
 *
 * <p>No password or token leaves for a server whose certificate is not trusted.
 *
 * <p>Threading: the caller's; blocks.
 *
 * @param settings what the user gave
 * @param jdbcUrl the URL that the user's tool has, if that was given
 * @param jdbcDriver the driver's jar, if that was given
 * @param python the Python to try
 * @param environment the environment variables
 */
public record Doctor(
    RemoteSettings settings,
    Optional<JdbcUrl> jdbcUrl,
    Optional<Path> jdbcDriver,
    String python,
    Map<String, String> environment) {
  private static final String SUBJECT = "encryption";
  private static final int LIMIT_SECONDS = 60;

  public Doctor {
    environment = Map.copyOf(environment);
  }

  /**
   * What came out.
   *
   * @param findings by step
   * @param working how to connect, as far as it was found out; empty if nothing listens there
   */
  public record Examination(List<Finding> findings, Optional<ClientCode> working) {
    public Examination {
      findings = List.copyOf(findings);
    }
  }

  /** Examines the server. */
  public Examination examine() {
    NetworkProbe.Result network = NetworkProbe.of(settings.address());
    List<Finding> findings = new ArrayList<>(network.findings());
    ProxyVariables.find(environment, settings.address().host()).ifPresent(findings::add);
    if (network.answering().isEmpty()) {
      return new Examination(findings, Optional.empty());
    }
    WireProbe.Result wire =
        WireProbe.of(network.answering().orElseThrow(), settings.address().host());
    findings.add(compared(wire.speech()));
    jdbcUrl.ifPresent(url -> findings.addAll(url.traps(wire.speech())));
    if (wire.speech() != Speech.GRPC && wire.speech() != Speech.GRPC_TLS) {
      return new Examination(findings, Optional.empty());
    }
    RemoteSettings fitting = fitting(wire.encrypted());
    Optional<ClientCode> working = Optional.of(new ClientCode(fitting));
    if (wire.encrypted() && !trusted(wire, findings)) {
      findings.add(Finding.skipped("login", "not tried: no password goes to an unknown server"));
      return new Examination(findings, working);
    }
    List<Finding> flight = limited("Flight SQL", () -> List.of(FlightSqlProbe.of(fitting)));
    findings.addAll(flight);
    if (flight.stream().noneMatch(Finding::wrong)) {
      JdbcProbe jdbc = new JdbcProbe(jdbcDriver, environment);
      findings.addAll(limited("JDBC", () -> jdbc.of(jdbc(fitting), fitting)));
      findings.addAll(new PythonProbe(python).of(fitting));
    }
    return new Examination(findings, working);
  }

  /** A server that takes a connection and never answers must not hold the command. */
  private static List<Finding> limited(String subject, Callable<List<Finding>> step) {
    FutureTask<List<Finding>> task = new FutureTask<>(step);
    Thread thread = new Thread(task, "flashduck-doctor");
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return List.of(
          Finding.unreachable(
              subject,
              "No answer within " + LIMIT_SECONDS + " seconds.",
              "The server takes connections but does not answer; its log may say why."));
    } catch (ExecutionException e) {
      return List.of(Finding.failed(subject, "It failed: " + e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of(Finding.skipped(subject, "interrupted"));
    }
  }

  private String jdbc(RemoteSettings fitting) {
    return jdbcUrl.map(JdbcUrl::text).orElseGet(() -> new ClientCode(fitting).jdbcUrl());
  }

  private RemoteSettings fitting(boolean encrypted) {
    ServerAddress address = settings.address();
    return new RemoteSettings(
        new ServerAddress(address.host(), address.port(), encrypted),
        settings.credentials(),
        settings.caFile(),
        settings.verify());
  }

  private Finding compared(Speech speech) {
    boolean tls = settings.address().tls();
    return switch (speech) {
      case GRPC ->
          tls
              ? Finding.unreachable(
                  SUBJECT,
                  "The server does not encrypt, but this client was told to.",
                  "Leave --tls out, or write grpc:// instead of grpc+tls://; in JDBC,"
                      + " useEncryption=false (without it the driver encrypts).")
              : Finding.ok(SUBJECT, "the port speaks gRPC without TLS, as was said");
      case GRPC_TLS ->
          tls
              ? Finding.ok(SUBJECT, "the port speaks gRPC with TLS, as was said")
              : Finding.unreachable(
                  SUBJECT,
                  "The server encrypts, but this client was told not to.",
                  "Add --tls, or write grpc+tls:// instead of grpc://; in JDBC,"
                      + " useEncryption=true.");
      case HTTP, HTTPS -> http(speech);
      case UNKNOWN ->
          Finding.unreachable(
              SUBJECT,
              "Something listens on " + settings.address() + ", but it speaks no gRPC.",
              "It may be another program, or a proxy without HTTP/2. Flight SQL needs gRPC.");
    };
  }

  private Finding http(Speech speech) {
    return Finding.unreachable(
        SUBJECT,
        "Port "
            + settings.address().port()
            + " speaks "
            + (speech == Speech.HTTP ? "HTTP" : "HTTPS")
            + ", not gRPC: this is a port for browsers.",
        "Flight SQL has a port of its own, "
            + ServerAddress.DEFAULT_PORT
            + " unless --port of 'flashduck serve' says another. A proxy in front must let HTTP/2"
            + " pass.");
  }

  /** Adds what is wrong with the certificate; true if a login may be sent. */
  private boolean trusted(WireProbe.Result wire, List<Finding> findings) {
    if (!settings.verify()) {
      findings.add(
          Finding.note(
              "certificate",
              "Not checked, because of --insecure.",
              "Anybody in between can read the password; use --ca-file instead."));
      return true;
    }
    CertificateCheck check =
        new CertificateCheck(settings.address().host(), settings.caFile(), Clock.systemUTC());
    List<Finding> found = check.of(wire.certificates());
    findings.addAll(found);
    return found.stream().noneMatch(Finding::wrong);
  }
}
