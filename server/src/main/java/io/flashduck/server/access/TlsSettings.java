package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The PEM files of the server's certificate.
 *
 * <p>Threading: immutable.
 *
 * @param certificate the certificate, followed by the intermediate ones
 * @param key the private key, PKCS #8, not encrypted
 */
public record TlsSettings(Path certificate, Path key) {
  public TlsSettings {
    requireReadable(certificate, "TLS certificate");
    requireReadable(key, "TLS private key");
  }

  private static void requireReadable(Path file, String what) {
    if (!Files.isReadable(file)) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "The " + what + " " + file + " cannot be read; name an existing PEM file");
    }
  }
}
