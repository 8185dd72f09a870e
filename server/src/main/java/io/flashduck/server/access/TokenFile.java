package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The fixed bearer tokens of a token file: every line is {@code token}, {@code name:token} or
 * {@code name:token:role}; empty lines and lines that begin with {@code #} are skipped. The name is
 * "token" and the role writer if they are missing.
 *
 * <p>Tokens are found by their HMAC, so that a lookup takes the same time for every wrong one.
 *
 * <p>Threading: immutable.
 */
final class TokenFile {
  private static final int MIN_LENGTH = 16;
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]+");

  private final Signer signer;
  private final Map<String, Principal> owners;
  private final Map<String, Owner> names;

  private TokenFile(Signer signer, Map<String, Principal> owners, Map<String, Owner> names) {
    this.signer = signer;
    this.owners = Map.copyOf(owners);
    this.names = Map.copyOf(names);
  }

  /**
   * Everybody of one name.
   *
   * @param secret changes with any of the name's tokens
   */
  record Owner(Principal principal, String secret) {}

  /**
   * Reads the file.
   *
   * @throws FlashDuckException INVALID_REQUEST, naming the line that is wrong; IO_ERROR
   */
  static TokenFile read(Path file, SigningKey key) {
    Signer signer = key.signer("fixed token");
    Map<String, Principal> owners = new HashMap<>();
    Map<String, Owner> names = new HashMap<>();
    int number = 0;
    for (String line : lines(file)) {
      number++;
      if (!line.isBlank() && !line.startsWith("#")) {
        Entry entry = parse(file, number, line.strip());
        String digest = digest(signer, entry.token());
        owners.put(digest, entry.owner());
        Owner before = names.get(entry.owner().name());
        if (before != null && before.principal().role() != entry.owner().role()) {
          throw invalid(file, number, "'" + entry.owner().name() + "' has two roles");
        }
        String secret = before == null ? digest : before.secret() + digest;
        names.put(entry.owner().name(), new Owner(entry.owner(), secret));
      }
    }
    return new TokenFile(signer, owners, names);
  }

  private record Entry(String token, Principal owner) {}

  /** Whose token this is. */
  Optional<Principal> find(String token) {
    return Optional.ofNullable(owners.get(digest(signer, token)));
  }

  /** Who has that name. */
  Optional<Owner> named(String name) {
    return Optional.ofNullable(names.get(name));
  }

  private static Entry parse(Path file, int number, String line) {
    List<String> parts = List.of(line.split(":", -1));
    String token = parts.size() == 1 ? parts.get(0) : parts.get(1);
    if (parts.size() > 3 || !TOKEN.matcher(token).matches() || token.length() < MIN_LENGTH) {
      // The line is not shown: it may hold a token.
      throw invalid(
          file,
          number,
          "write token, name:token or name:token:role, with a token of at least "
              + MIN_LENGTH
              + " letters, digits or . _ ~ + / = -");
    }
    String name = parts.size() == 1 ? "token" : parts.get(0);
    return new Entry(
        token, new Principal(name, parts.size() == 3 ? Role.parse(parts.get(2)) : Role.WRITER));
  }

  private static FlashDuckException invalid(Path file, int line, String message) {
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST, "Token file " + file + ", line " + line + ": " + message);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Cannot read the token file " + file + ": " + e, e);
    }
  }

  private static String digest(Signer signer, String token) {
    return Base64.getEncoder().encodeToString(signer.mac(token.getBytes(StandardCharsets.UTF_8)));
  }
}
