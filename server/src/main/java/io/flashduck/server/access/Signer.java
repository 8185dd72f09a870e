package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Puts an HMAC-SHA-256 of 32 bytes before a payload, and takes it off again. The payload is signed,
 * not encrypted.
 *
 * <p>Threading: immutable.
 */
public final class Signer {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int MAC_BYTES = 32;

  private final byte[] key;

  Signer(byte[] key) {
    this.key = key.clone();
  }

  /** The signature followed by the payload. */
  public byte[] sign(byte[] payload) {
    byte[] mac = hmac(key, payload);
    byte[] signed = Arrays.copyOf(mac, mac.length + payload.length);
    System.arraycopy(payload, 0, signed, mac.length, payload.length);
    return signed;
  }

  /** The payload, or empty if these bytes were not signed with this key or were altered. */
  public Optional<byte[]> open(byte[] signed) {
    if (signed.length < MAC_BYTES) {
      return Optional.empty();
    }
    byte[] payload = Arrays.copyOfRange(signed, MAC_BYTES, signed.length);
    byte[] mac = Arrays.copyOf(signed, MAC_BYTES);
    return MessageDigest.isEqual(mac, hmac(key, payload)) ? Optional.of(payload) : Optional.empty();
  }

  /** The signature alone. */
  byte[] mac(byte[] message) {
    return hmac(key, message);
  }

  /** The HMAC-SHA-256 of the message. */
  static byte[] hmac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new FlashDuckException(ErrorCode.INTERNAL, "This Java has no " + ALGORITHM, e);
    }
  }
}
