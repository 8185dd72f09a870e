package io.flashduck.server.access;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;

/**
 * Who makes a call.
 *
 * <p>Threading: immutable.
 *
 * @param name the user's name; empty for the anonymous caller of a server without credentials
 * @param role what the caller may do
 */
public record Principal(String name, Role role) {
  /** The caller of a loopback server that has no users: may do everything. */
  public static final Principal ANONYMOUS = new Principal("", Role.ADMIN);

  /** Whether this is the nameless caller of a server without credentials. */
  public boolean isAnonymous() {
    return name.isEmpty();
  }

  /**
   * Checks that this caller may do something.
   *
   * @param needed the least role for it
   * @param action what is to be done, as a clause that follows "may not", such as "change tables"
   * @throws FlashDuckException PERMISSION_DENIED
   */
  public void require(Role needed, String action) {
    if (!role.includes(needed)) {
      throw new FlashDuckException(
          ErrorCode.PERMISSION_DENIED,
          "User '"
              + name
              + "' with the role "
              + role.lowerCaseName()
              + " may not "
              + action
              + "; that needs the role "
              + needed.lowerCaseName());
    }
  }
}
