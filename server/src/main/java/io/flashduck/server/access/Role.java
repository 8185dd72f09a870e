package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.Locale;

/**
 * What a user may do; each role includes the ones before it.
 *
 * <p>Threading: immutable.
 */
public enum Role {
  /** Queries and metadata. */
  READER,
  /** Also changes of rows and tables. */
  WRITER,
  /** Also the server's own operations: verify, export, cancel of other users' statements. */
  ADMIN;

  /** Whether this role may do what {@code needed} may do. */
  public boolean includes(Role needed) {
    return compareTo(needed) >= 0;
  }

  /** The role of that name in any case; INVALID_REQUEST for an unknown one. */
  static Role parse(String text) {
    for (Role role : values()) {
      if (role.lowerCaseName().equals(text.toLowerCase(Locale.ROOT))) {
        return role;
      }
    }
    throw new FlashDuckException(
        ErrorCode.INVALID_REQUEST,
        "Unknown role '" + text + "'; the roles are reader, writer and admin");
  }

  /** As written in the password file and in messages. */
  String lowerCaseName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
