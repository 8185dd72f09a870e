package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;

/**
 * The server's one secret: 32 random bytes in a file of the state folder that only its owner can
 * read. Tokens, cookies, tickets and prepared handles are signed with keys derived from it, so they
 * stay valid over a restart; deleting the file makes all of them invalid.
 *
 * <p>Threading: immutable.
 */
public final class SigningKey {
  private static final int KEY_BYTES = 32;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final byte[] key;

  private SigningKey(byte[] key) {
    this.key = key;
  }

  /**
   * Reads the key file, or creates it with a new key.
   *
   * @throws FlashDuckException CORRUPT_STATE for a file of another length; IO_ERROR
   */
  public static SigningKey open(Path file) {
    try {
      if (!Files.exists(file)) {
        create(file);
      }
      byte[] key = Files.readAllBytes(file);
      if (key.length != KEY_BYTES) {
        throw new FlashDuckException(
            ErrorCode.CORRUPT_STATE,
            "The signing key "
                + file
                + " has "
                + key.length
                + " bytes instead of "
                + KEY_BYTES
                + "; delete it for a new one, which ends every session");
      }
      return new SigningKey(key);
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.IO_ERROR, "Cannot read or create the signing key " + file + ": " + e, e);
    }
  }

  /** Signs for one purpose; what is signed for another purpose is not accepted. */
  public Signer signer(String purpose) {
    return new Signer(Signer.hmac(key, ("flashduck " + purpose).getBytes(StandardCharsets.UTF_8)));
  }

  private static void create(Path file) throws IOException {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    // Written beside and renamed: a crash never leaves half a key.
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    if (Files.getFileStore(folder == null ? file : folder).supportsFileAttributeView("posix")) {
      Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
    Files.write(fresh, key);
    try {
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException e) {
      Files.delete(fresh);
    }
  }
}
