package io.flashduck.server.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What must hold between settings, and for the files that they name. */
final class ConfigRules {
  private ConfigRules() {}

  /** The broken rules between settings; touches no file. */
  static List<String> problems(DataConfig data, ServiceConfig service, QueueConfig queue) {
    List<String> problems = new ArrayList<>();
    folders(data, problems);
    network(service.network(), service.access(), problems);
    if (queue.maxFrameBytes() > queue.maxPendingBytes()) {
      problems.add(
          "queue.max-frame-bytes ("
              + ByteSize.format(queue.maxFrameBytes())
              + ") is more than queue.max-pending-bytes ("
              + ByteSize.format(queue.maxPendingBytes())
              + "), so the largest change could never be accepted; raise the second");
    }
    return problems;
  }

  private static void folders(DataConfig data, List<String> problems) {
    if (data.dataDir().startsWith(data.stateDir())) {
      problems.add(
          "data.state ("
              + data.stateDir()
              + ") holds the data folder, and everything in it is left out of the tables; choose"
              + " another folder");
    }
    if (data.dataDir().startsWith(data.exportDir())) {
      problems.add(
          "data.export ("
              + data.exportDir()
              + ") holds the data folder, and everything in it is left out of the tables; choose"
              + " another folder");
    }
    if (data.stateDir().startsWith(data.exportDir())) {
      problems.add(
          "data.export ("
              + data.exportDir()
              + ") holds the state folder; choose a folder of its own, such as "
              + data.stateDir().resolve("export"));
    }
  }

  private static void network(NetworkConfig network, AccessConfig access, List<String> problems) {
    if (network.host().isBlank()) {
      problems.add("network.host is empty; give an address such as 127.0.0.1 or 0.0.0.0");
    }
    if (network.port() != 0 && network.port() == network.httpPort()) {
      problems.add(
          "network.port and network.http-port are both "
              + network.port()
              + "; choose two ports, or off for HTTP");
    }
    if (access.user().isPresent() && access.passwordFile().isEmpty()) {
      problems.add("access.user is set without access.password-file; set both or neither");
    }
    if (!network.loopback() && (network.tls().isEmpty() || !access.required())) {
      problems.add(
          "network.host "
              + network.host()
              + " can be reached from other machines, which needs "
              + missing(network, access)
              + "; set them, or use 127.0.0.1");
    }
  }

  private static String missing(NetworkConfig network, AccessConfig access) {
    List<String> missing = new ArrayList<>();
    if (network.tls().isEmpty()) {
      missing.add("TLS (network.tls-cert and network.tls-key)");
    }
    if (!access.required()) {
      missing.add("a password (access.password-file)");
    }
    return String.join(" and ", missing);
  }

  /** Checks that what must exist does; adds to {@code problems}. */
  static void checkPaths(ConfigValues values, List<String> problems) {
    values
        .find(ConfigKeys.DATA_DIR)
        .ifPresentOrElse(
            dir -> requireFolder(dir, problems),
            () ->
                problems.add(
                    ConfigKeys.DATA_DIR
                        + " is not set; name the folder with "
                        + ConfigKeys.DATA_DIR.option()
                        + " or "
                        + ConfigKeys.DATA_DIR.environment()));
    if (values.has(ConfigKeys.TLS_CERT) != values.has(ConfigKeys.TLS_KEY)) {
      problems.add("network.tls-cert and network.tls-key belong together; set both or neither");
    }
    for (ConfigKey<Path> key :
        List.of(ConfigKeys.TLS_CERT, ConfigKeys.TLS_KEY, ConfigKeys.PASSWORD_FILE)) {
      values.find(key).ifPresent(file -> requireFile(key, file, problems));
    }
  }

  private static void requireFolder(Path dir, List<String> problems) {
    if (!Files.exists(dir)) {
      problems.add(ConfigKeys.DATA_DIR + ": the folder " + dir + " does not exist; create it");
    } else if (!Files.isDirectory(dir)) {
      problems.add(ConfigKeys.DATA_DIR + ": " + dir + " is not a folder; name the folder it is in");
    } else if (!Files.isReadable(dir) || !Files.isExecutable(dir)) {
      problems.add(
          ConfigKeys.DATA_DIR + ": no permission to read the folder " + dir + "; grant r and x");
    }
  }

  private static void requireFile(ConfigKey<Path> key, Path file, List<String> problems) {
    if (!Files.isRegularFile(file)) {
      problems.add(key + ": the file " + file + " does not exist");
    } else if (!Files.isReadable(file)) {
      problems.add(key + ": no permission to read " + file);
    }
  }
}
