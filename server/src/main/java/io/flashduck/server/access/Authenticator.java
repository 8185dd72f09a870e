package io.flashduck.server.access;

import io.flashduck.server.access.UserFile.User;
import io.flashduck.server.config.AccessConfig;
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
      Optional<ReloadingUsers> users, TokenIssuer tokens, TokenIssuer cookies, SigningKey key) {
    this.users = users;
    this.tokens = tokens;
    this.cookies = cookies;
    this.remembering = key.signer("remembered password");
  }

  /**
   * Reads the password file, if there is one.
   *
   * @throws FlashDuckException INVALID_REQUEST or IO_ERROR for the password file
   */
  public static Authenticator open(AccessConfig config, SigningKey key, Clock clock) {
    return new Authenticator(
        config.passwordFile().map(file -> ReloadingUsers.open(file, config.user(), clock)),
        new TokenIssuer(key, "token", config.tokenLifetime(), clock),
        new TokenIssuer(key, "cookie", config.tokenLifetime(), clock),
        key);
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
    if (anonymous().isPresent()) {
      return Principal.ANONYMOUS;
    }
    Optional<User> user = users.flatMap(known -> known.current().find(name));
    PasswordHash hash = user.map(User::password).orElse(UNKNOWN_USER);
    if (!matches(name, hash, password) || user.isEmpty()) {
      throw refused("Wrong user or password");
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
   * Reads a session cookie.
   *
   * @throws FlashDuckException UNAUTHENTICATED as for {@link #token}
   */
  public Identity cookie(String cookie) {
    return identity(cookies, cookie, "The session cookie");
  }

  /** A new bearer token for a principal that this object returned. */
  public String issueToken(Principal principal, String session) {
    return tokens.issue(principal.name(), session, secretOf(principal));
  }

  /** A new session cookie for a principal that this object returned. */
  public String issueCookie(Principal principal, String session) {
    return cookies.issue(principal.name(), session, secretOf(principal));
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
    Principal principal =
        owner(claims.user())
            .filter(owner -> issuer.matches(claims, secretOf(owner)))
            .orElseThrow(
                () ->
                    refused(
                        what + " is of a user who is gone or has a new password; log in again"));
    return new Identity(principal, claims.session());
  }

  private Optional<Principal> owner(String name) {
    if (name.isEmpty()) {
      return anonymous();
    }
    return users.flatMap(known -> known.current().find(name)).map(User::principal);
  }

  private String secretOf(Principal principal) {
    return users
        .flatMap(known -> known.current().find(principal.name()))
        .map(user -> user.password().text())
        .orElse("");
  }

  private static FlashDuckException refused(String message) {
    return new FlashDuckException(ErrorCode.UNAUTHENTICATED, message);
  }
}
