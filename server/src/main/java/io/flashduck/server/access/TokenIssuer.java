package io.flashduck.server.access;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;

/**
 * Issues and reads bearer tokens and session cookies: signed text that names a user and a session.
 * Nothing is kept for them, so they survive a restart; they end when their time is over, when the
 * user is gone or when the user's password changes.
 *
 * <p>Threading: thread-safe.
 */
final class TokenIssuer {
  private static final int FORMAT = 1;

  private final Signer signer;
  private final Signer fingerprints;
  private final Duration lifetime;
  private final Clock clock;

  /**
   * @param key the server's key
   * @param kind "token" or "cookie": one is not accepted in place of the other
   */
  TokenIssuer(SigningKey key, String kind, Duration lifetime, Clock clock) {
    this.signer = key.signer(kind);
    this.fingerprints = key.signer("password fingerprint");
    this.lifetime = lifetime;
    this.clock = clock;
  }

  /**
   * What a genuine and current token says; the user may be gone or have another password by now.
   */
  record Claims(String user, String session, long fingerprint) {}

  /** A new token: base64url without padding, so it needs no quotes in any header. */
  String issue(String user, String session, String passwordText) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeLong(clock.instant().plus(lifetime).getEpochSecond());
      out.writeUTF(user);
      out.writeUTF(session);
      out.writeLong(fingerprint(user, passwordText));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a byte array does not fail
    }
    return text(signer.sign(bytes.toByteArray()));
  }

  /** Reads a token; empty if it was altered, is not one of this kind, or its time is over. */
  Optional<Claims> read(String token) {
    byte[] signed;
    try {
      signed = Base64.getUrlDecoder().decode(token.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // not base64: some other server's token
    }
    // Base64 has several texts for the same bytes; only the one that was issued is accepted.
    return text(signed).equals(token)
        ? signer.open(signed).flatMap(this::decode)
        : Optional.empty();
  }

  private static String text(byte[] signed) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(signed);
  }

  /** Whether the claims were issued while the user had this password. */
  boolean matches(Claims claims, String passwordText) {
    return claims.fingerprint() == fingerprint(claims.user(), passwordText);
  }

  private Optional<Claims> decode(byte[] payload) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
      if (in.readByte() != FORMAT || in.readLong() < clock.instant().getEpochSecond()) {
        return Optional.empty();
      }
      return Optional.of(new Claims(in.readUTF(), in.readUTF(), in.readLong()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // signed by us, so it is complete
    }
  }

  private long fingerprint(String user, String passwordText) {
    byte[] mac = fingerprints.mac((user + "\0" + passwordText).getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(mac).getLong();
  }
}
