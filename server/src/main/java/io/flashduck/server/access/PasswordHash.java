package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.jspecify.annotations.Nullable;

/**
 * What a password is checked against, in one of three forms: {@code $2a$}, {@code $2b$} or {@code
 * $2y$} (BCrypt, as {@code htpasswd -B} writes it), {@code $pbkdf2-sha256$iterations$salt$hash}
 * (base64 without padding), and otherwise the password itself. Every form compares in a time that
 * does not depend on where the difference is.
 *
 * <p>Threading: immutable.
 */
sealed interface PasswordHash {
  /** Iterations of {@link #pbkdf2}: about a tenth of a second on a current core. */
  int PBKDF2_ITERATIONS = 310_000;

  /** Whether the password is the right one. */
  boolean matches(String password);

  /** As written in the password file; a secret. */
  String text();

  /** Reads one form; INVALID_REQUEST for a damaged hash. */
  static PasswordHash parse(String text) {
    if (text.startsWith("$pbkdf2-sha256$")) {
      return Pbkdf2.parse(text);
    }
    if (text.startsWith("$2a$") || text.startsWith("$2b$") || text.startsWith("$2y$")) {
      return new BCrypt(text);
    }
    if (text.isEmpty()) {
      throw new FlashDuckException(ErrorCode.INVALID_REQUEST, "A password may not be empty");
    }
    return new Plain(text);
  }

  /** Hashes a new password. */
  static PasswordHash pbkdf2(String password) {
    byte[] salt = new byte[16];
    new SecureRandom().nextBytes(salt);
    return new Pbkdf2(
        PBKDF2_ITERATIONS,
        new Octets(salt),
        new Octets(Pbkdf2.derive(password, salt, PBKDF2_ITERATIONS)));
  }

  /** The password itself, for a file that only the server can read. */
  record Plain(String text) implements PasswordHash {
    @Override
    public boolean matches(String password) {
      return MessageDigest.isEqual(digest(text), digest(password));
    }

    // Equal lengths, so that the comparison does not tell the password's length either.
    private static byte[] digest(String text) {
      try {
        return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      } catch (GeneralSecurityException e) {
        throw new FlashDuckException(ErrorCode.INTERNAL, "This Java has no SHA-256", e);
      }
    }
  }

  /** BCrypt in the modular crypt format. */
  record BCrypt(String text) implements PasswordHash {
    public BCrypt {
      if (text.length() != 60) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST, "A BCrypt hash has 60 characters, got " + text.length());
      }
    }

    @Override
    public boolean matches(String password) {
      // BCrypt reads 72 bytes at most, and the library refuses longer passwords.
      return password.getBytes(StandardCharsets.UTF_8).length <= 72
          && OpenBSDBCrypt.checkPassword(text, password.toCharArray());
    }
  }

  /** PBKDF2 with HMAC-SHA-256. */
  record Pbkdf2(int iterations, Octets salt, Octets hash) implements PasswordHash {
    static Pbkdf2 parse(String text) {
      List<String> parts = List.of(text.substring(1).split("\\$", -1));
      try {
        if (parts.size() == 4) {
          int iterations = Integer.parseInt(parts.get(1));
          byte[] salt = Base64.getDecoder().decode(parts.get(2));
          byte[] hash = Base64.getDecoder().decode(parts.get(3));
          if (iterations > 0 && salt.length > 0 && hash.length == 32) {
            return new Pbkdf2(iterations, new Octets(salt), new Octets(hash));
          }
        }
      } catch (IllegalArgumentException e) {
        throw malformed(e);
      }
      throw malformed(null);
    }

    @Override
    public boolean matches(String password) {
      return MessageDigest.isEqual(hash.bytes(), derive(password, salt.bytes(), iterations));
    }

    @Override
    public String text() {
      Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
      return "$pbkdf2-sha256$"
          + iterations
          + "$"
          + base64.encodeToString(salt.bytes())
          + "$"
          + base64.encodeToString(hash.bytes());
    }

    static byte[] derive(String password, byte[] salt, int iterations) {
      PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, 256);
      try {
        return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
            .generateSecret(spec)
            .getEncoded();
      } catch (GeneralSecurityException e) {
        throw new FlashDuckException(ErrorCode.INTERNAL, "This Java has no PBKDF2", e);
      } finally {
        spec.clearPassword();
      }
    }

    private static FlashDuckException malformed(@Nullable Throwable cause) {
      return new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "A PBKDF2 hash is written $pbkdf2-sha256$iterations$salt$hash with a hash of 32 bytes in"
              + " base64; write it again with flashduck",
          cause);
    }
  }
}
