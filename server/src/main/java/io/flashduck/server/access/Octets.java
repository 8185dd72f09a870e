package io.flashduck.server.access;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Bytes as a value: copied in, compared in constant time, never printed.
 *
 * <p>Threading: immutable.
 */
final class Octets {
  private final byte[] bytes;

  Octets(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  /** A copy. */
  byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Octets that && MessageDigest.isEqual(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return bytes.length + " bytes";
  }
}
