package io.flashduck.server.access;

import io.flashduck.server.access.UserFile.User;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides who a caller is, from a password, a bearer token or a session cookie.
 *
 * <p>A server without a password file takes everybody as {@link Principal#ANONYMOUS}, whatever
 * password they send: tools that insist on one can connect.
 *
 * <p>Threading: thread-safe.
 */
public final class Authenticator {
  private static final int MAX_REMEMBERED_PASSWORDS = 1024;
  private static final PasswordHash UNKNOWN_USER = PasswordHash.pbkdf2("no such user");

  private final Optional<ReloadingUsers> users;
  private final TokenIssuer tokens;
  private final TokenIssuer cookies;
  private final SecureRandom random = new SecureRandom();
  private final Signer remembering;
  // Signed (user, password hash, password) of passwords that were right: hashing one costs 0.1 s.
  private final Set<String> remembered = ConcurrentHashMap.newKeySet();

  private Authenticator(
      Optional<ReloadingUsers> users, AccessSettings settings, SigningKey key, Clock clock) {
    this.users = users;
    this.tokens = new TokenIssuer(key, "token", settings.tokenLifetime(), clock);
    this.cookies = new TokenIssuer(key, "cookie", settings.tokenLifetime(), clock);
    this.remembering = key.signer("remembered password");
  }

  /**
   * Reads the password file, if there is one.
   *
   * @throws FlashDuckException INVALID_REQUEST or IO_ERROR for the password file
   */
  public static Authenticator open(AccessSettings settings, SigningKey key, Clock clock) {
    Optional<ReloadingUsers> users =
        settings.passwordFile().map(file -> ReloadingUsers.open(file, settings.user(), clock));
    return new Authenticator(users, settings, key, clock);
  }

  /** The caller without any credentials, if that is allowed. */
  public Optional<Principal> anonymous() {
    return users.isEmpty() ? Optional.of(Principal.ANONYMOUS) : Optional.empty();
  }

  /**
   * Checks a password.
   *
   * @throws FlashDuckException UNAUTHENTICATED, with the same text and after the same time whether
   *     the user or the password is wrong
   */
  public Principal password(String name, String password) {
    if (users.isEmpty()) {
      return Principal.ANONYMOUS;
    }
    Optional<User> user = users.get().current().find(name);
    PasswordHash hash = user.map(User::password).orElse(UNKNOWN_USER);
    if (!matches(name, hash, password) || user.isEmpty()) {
      throw new FlashDuckException(ErrorCode.UNAUTHENTICATED, "Wrong user or password");
    }
    return user.get().principal();
  }

  /**
   * Reads a bearer token.
   *
   * @throws FlashDuckException UNAUTHENTICATED if it was altered, is out of date, or the user is
   *     gone or has another password
   */
  public Identity token(String token) {
    return identity(tokens, token, "The bearer token");
  }

  /**
   * Reads a session cookie; a cookie that somebody else set is not one.
   *
   * @throws FlashDuckException UNAUTHENTICATED as for {@link #token}
   */
  public Identity cookie(String cookie) {
    return identity(cookies, cookie, "The session cookie");
  }

  /** A new bearer token for a principal that this object returned. */
  public String issueToken(Identity identity) {
    return issue(tokens, identity);
  }

  /** A new session cookie for a principal that this object returned. */
  public String issueCookie(Identity identity) {
    return issue(cookies, identity);
  }

  /** A new session id: 128 random bits. */
  public String newSession() {
    byte[] id = new byte[16];
    random.nextBytes(id);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }

  private boolean matches(String name, PasswordHash hash, String password) {
    String proof =
        Base64.getEncoder()
            .encodeToString(
                Signer.hmac(
                    remembering.sign(hash.text().getBytes(StandardCharsets.UTF_8)),
                    (name + "\0" + password).getBytes(StandardCharsets.UTF_8)));
    if (remembered.contains(proof)) {
      return true;
    }
    boolean right = hash.matches(password);
    if (right && hash != UNKNOWN_USER) {
      if (remembered.size() >= MAX_REMEMBERED_PASSWORDS) {
        remembered.clear();
      }
      remembered.add(proof);
    }
    return right;
  }

  private Identity identity(TokenIssuer issuer, String text, String what) {
    TokenIssuer.Claims claims =
        issuer
            .read(text)
            .orElseThrow(() -> refused(what + " is not valid or out of date; log in again"));
    if (users.isEmpty()) {
      return new Identity(Principal.ANONYMOUS, claims.session());
    }
    return users
        .get()
        .current()
        .find(claims.user())
        .filter(user -> issuer.matches(claims, user.password().text()))
        .map(user -> new Identity(user.principal(), claims.session()))
        .orElseThrow(
            () -> refused(what + " is of a user who is gone or has a new password; log in again"));
  }

  private String issue(TokenIssuer issuer, Identity identity) {
    String name = identity.principal().name();
    String password =
        users.flatMap(u -> u.current().find(name)).map(u -> u.password().text()).orElse("");
    return issuer.issue(name, identity.session(), password);
  }

  private static FlashDuckException refused(String message) {
    return new FlashDuckException(ErrorCode.UNAUTHENTICATED, message);
  }
}
