package io.flashduck.server.cli.doctor;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The environment variables that send gRPC connections to a proxy, which rarely lets HTTP/2 pass:
 * gRPC's C++ library reads {@code grpc_proxy}, {@code https_proxy} and {@code http_proxy}
 * (pyarrow), Go's reads {@code HTTPS_PROXY} (ADBC); Java's reads none of them.
 *
 * <p>Source: {@code doc/environment_variables.md} of gRPC.
 *
 * <p>Threading: stateless.
 */
final class ProxyVariables {
  private static final List<String> PROXY =
      List.of("grpc_proxy", "https_proxy", "http_proxy", "HTTPS_PROXY");
  private static final List<String> EXCEPTIONS = List.of("no_grpc_proxy", "no_proxy", "NO_PROXY");

  private ProxyVariables() {}

  /** A note if clients on this machine would take a way around. */
  static Optional<Finding> find(Map<String, String> environment, String host) {
    Optional<String> set =
        PROXY.stream().filter(name -> !environment.getOrDefault(name, "").isBlank()).findFirst();
    if (set.isEmpty() || excepted(environment, host)) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.note(
            "proxy",
            "The variable " + set.get() + " is set: pyarrow and ADBC go through that proxy.",
            "If they fail and JDBC works, add the host: export no_proxy=" + host));
  }

  private static boolean excepted(Map<String, String> environment, String host) {
    String wanted = host.toLowerCase(Locale.ROOT);
    return EXCEPTIONS.stream()
        .flatMap(name -> Stream.of(environment.getOrDefault(name, "").split(",", -1)))
        .map(entry -> entry.strip().toLowerCase(Locale.ROOT))
        .filter(entry -> !entry.isEmpty())
        .anyMatch(
            entry ->
                entry.equals("*")
                    || wanted.equals(entry)
                    || wanted.endsWith(entry.startsWith(".") ? entry : "." + entry));
  }
}
