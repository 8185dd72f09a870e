package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The users of a password file.
 *
 * <p>With a single user named by the configuration, the first line is that user's password, who is
 * an admin. Otherwise every line is {@code name:password} or {@code name:password:role}; empty
 * lines and lines that begin with {@code #} are skipped; the role is writer if there is none. For
 * the forms of a password see {@link PasswordHash}.
 *
 * <p>Threading: immutable.
 */
final class UserFile {
  private static final Pattern ROLE = Pattern.compile("(.*):(admin|writer|reader)");

  private final Map<String, User> users;

  private UserFile(Map<String, User> users) {
    this.users = Map.copyOf(users);
  }

  /** One user; printing shows no secret. */
  record User(String name, PasswordHash password, Role role) {
    Principal principal() {
      return new Principal(name, role);
    }

    @Override
    public String toString() {
      return name + " (" + role.lowerCaseName() + ")";
    }
  }

  /**
   * Reads the file.
   *
   * @throws FlashDuckException INVALID_REQUEST, naming the line that is wrong; IO_ERROR
   */
  static UserFile read(Path file, Optional<String> onlyUser) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return onlyUser.isPresent() ? single(file, onlyUser.get(), text) : parse(file, text);
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Cannot read the password file " + file + ": " + e, e);
    }
  }

  /** The user of that name. */
  Optional<User> find(String name) {
    return Optional.ofNullable(users.get(name));
  }

  private static UserFile single(Path file, String name, String text) {
    String password = text.lines().findFirst().orElse("").strip();
    if (password.isEmpty()) {
      throw invalid(file, 1, "the first line must be the password of user '" + name + "'");
    }
    return new UserFile(Map.of(name, new User(name, PasswordHash.parse(password), Role.ADMIN)));
  }

  private static UserFile parse(Path file, String text) {
    Map<String, User> users = new HashMap<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      User user = parseLine(file, number, line.strip());
      if (users.put(user.name(), user) != null) {
        throw invalid(file, number, "user '" + user.name() + "' is there twice");
      }
    }
    if (users.isEmpty()) {
      throw invalid(file, 1, "there is no user; write name:password");
    }
    return new UserFile(users);
  }

  private static User parseLine(Path file, int number, String line) {
    int colon = line.indexOf(':');
    if (colon <= 0) {
      throw invalid(file, number, "write name:password or name:password:role");
    }
    String secret = line.substring(colon + 1);
    Role role = Role.WRITER;
    Matcher withRole = ROLE.matcher(secret);
    if (withRole.matches()) {
      secret = withRole.group(1);
      role = Role.parse(withRole.group(2));
    }
    try {
      return new User(line.substring(0, colon), PasswordHash.parse(secret), role);
    } catch (FlashDuckException e) {
      throw invalid(file, number, e.getMessage());
    }
  }

  private static FlashDuckException invalid(Path file, int line, @Nullable String message) {
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST, "Password file " + file + ", line " + line + ": " + message);
  }
}
