package io.flashduck.server.flight;

import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.Identity;
import io.flashduck.server.access.Principal;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallInfo;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightMethod;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.RequestContext;

/**
 * Reads a call's credentials and wishes from its headers, and writes token, cookie and sequence to
 * the headers of the answer.
 *
 * <p>Credentials are {@code Authorization: Basic} (padded or not), {@code Authorization: Bearer} or
 * the session cookie alone; a wrong header is refused even beside a good cookie. The session is the
 * cookie's, else the token's, else a new one. {@code Basic} is answered with a bearer token, on any
 * call; a new session with its cookie.
 *
 * <p>Threading: one object per call; fields that handlers write are volatile.
 */
final class CallMiddleware implements FlightServerMiddleware {
  static final Key<CallMiddleware> KEY = Key.of("flashduck-call");
  static final String COOKIE = "flashduck_session";

  /** Every write up to this one is in the answer. */
  static final String SEQUENCE = "x-flashduck-sequence";

  private static final String AUTHORIZATION = "authorization";
  private static final String USER_AGENT = "user-agent";
  private static final int MAX_AGENT = 200;

  private final Principal principal;
  private final String session;
  private final RequestHeaders headers;
  private final String client;
  private final Optional<String> newToken;
  private final Optional<String> newCookie;
  private volatile long sequence = -1;
  private volatile boolean cookieForgotten;

  private CallMiddleware(
      Principal principal,
      String session,
      RequestHeaders headers,
      String client,
      Optional<String> newToken,
      Optional<String> newCookie) {
    this.principal = principal;
    this.session = session;
    this.headers = headers;
    this.client = client;
    this.newToken = newToken;
    this.newCookie = newCookie;
  }

  Principal principal() {
    return principal;
  }

  String session() {
    return session;
  }

  RequestHeaders headers() {
    return headers;
  }

  String client() {
    return client;
  }

  void reportSequence(long newSequence) {
    sequence = newSequence;
  }

  void forgetCookie() {
    cookieForgotten = true;
  }

  @Override
  public void onBeforeSendingHeaders(CallHeaders outgoing) {
    newToken.ifPresent(token -> outgoing.insert(AUTHORIZATION, "Bearer " + token));
    if (cookieForgotten) {
      outgoing.insert("set-cookie", COOKIE + "=; Max-Age=0");
    } else {
      newCookie.ifPresent(cookie -> outgoing.insert("set-cookie", COOKIE + "=" + cookie));
    }
    if (sequence >= 0) {
      outgoing.insert(SEQUENCE, Long.toString(sequence));
    }
  }

  @Override
  public void onCallCompleted(CallStatus status) {}

  @Override
  public void onCallErrored(Throwable error) {}

  /**
   * Makes the middleware of each call.
   *
   * <p>Threading: thread-safe.
   */
  static final class Factory implements FlightServerMiddleware.Factory<CallMiddleware> {
    private final Authenticator authenticator;
    private final Predicate<String> closedSession;

    /**
     * @param closedSession whether the session with that id was closed, so that its cookie no
     *     longer proves anything
     */
    Factory(Authenticator authenticator, Predicate<String> closedSession) {
      this.authenticator = authenticator;
      this.closedSession = closedSession;
    }

    @Override
    public CallMiddleware onCallStarted(
        CallInfo info, CallHeaders incoming, RequestContext context) {
      try {
        return read(incoming, info.method() == FlightMethod.HANDSHAKE);
      } catch (RuntimeException e) {
        throw FlightErrors.toFlight(e);
      }
    }

    private CallMiddleware read(CallHeaders incoming, boolean handshake) {
      List<Identity> cookies = cookies(incoming);
      Credentials credentials = credentials(incoming, cookies.stream().findFirst());
      Principal principal = credentials.principal();
      // Somebody else's cookie says nothing about this caller's session.
      Optional<String> known =
          cookies.stream()
              .filter(identity -> identity.principal().equals(principal))
              .map(Identity::session)
              .findFirst()
              .or(credentials::session);
      String session = known.orElseGet(authenticator::newSession);
      Optional<String> token = credentials.token().filter(given -> handshake);
      if (token.isEmpty() && (handshake || credentials.basic())) {
        token = Optional.of(authenticator.issueToken(principal, session));
      }
      boolean cookieWanted = handshake || known.isEmpty();
      return new CallMiddleware(
          principal,
          session,
          RequestHeaders.parse(incoming),
          client(incoming),
          token,
          cookieWanted
              ? Optional.of(authenticator.issueCookie(principal, session))
              : Optional.empty());
    }

    private static String client(CallHeaders incoming) {
      String agent = incoming.containsKey(USER_AGENT) ? incoming.get(USER_AGENT) : null;
      return agent == null ? "" : agent.substring(0, Math.min(agent.length(), MAX_AGENT));
    }

    /**
     * @param session the one of the bearer token
     * @param token the bearer token
     * @param basic whether a password was sent
     */
    private record Credentials(
        Principal principal, Optional<String> session, Optional<String> token, boolean basic) {
      static Credentials of(Principal principal, boolean basic) {
        return new Credentials(principal, Optional.empty(), Optional.empty(), basic);
      }
    }

    private Credentials credentials(CallHeaders incoming, Optional<Identity> cookie) {
      String header = incoming.containsKey(AUTHORIZATION) ? incoming.get(AUTHORIZATION) : null;
      if (header != null) {
        String scheme = header.strip().split(" ", 2)[0].toLowerCase(Locale.ROOT);
        String value = header.strip().substring(scheme.length()).strip();
        return switch (scheme) {
          case "basic" -> Credentials.of(password(value), true);
          case "bearer" -> bearer(value);
          default ->
              throw unauthenticated("The Authorization header must begin with Basic or Bearer");
        };
      }
      if (cookie.isPresent()) {
        return Credentials.of(cookie.get().principal(), false);
      }
      return authenticator
          .anonymous()
          .map(anonymous -> Credentials.of(anonymous, false))
          .orElseThrow(
              () ->
                  unauthenticated(
                      "This server needs credentials: connect with a user and password, or send"
                          + " a bearer token"));
    }

    private Credentials bearer(String token) {
      try {
        Identity identity = authenticator.token(token);
        return new Credentials(
            identity.principal(), Optional.of(identity.session()), Optional.of(token), false);
      } catch (FlashDuckException e) {
        // A server without users takes any token, but only its own ones name a session.
        Principal anonymous = authenticator.anonymous().orElseThrow(() -> e);
        return new Credentials(anonymous, Optional.empty(), Optional.of(token), false);
      }
    }

    private Principal password(String base64) {
      String text;
      try {
        text = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        throw unauthenticated("The Basic credentials are not base64");
      }
      int colon = text.indexOf(':');
      if (colon < 0) {
        throw unauthenticated("The Basic credentials are not user:password in base64");
      }
      return authenticator.password(text.substring(0, colon), text.substring(colon + 1));
    }

    /** The genuine ones of open sessions, in the order in which they were sent. */
    private List<Identity> cookies(CallHeaders incoming) {
      return Cookies.values(incoming.getAll("cookie"), COOKIE).stream()
          .flatMap(value -> genuine(value).stream())
          .filter(identity -> !closedSession.test(identity.session()))
          .toList();
    }

    /** An old or foreign cookie is as good as none: the credentials decide. */
    private Optional<Identity> genuine(String cookie) {
      try {
        return Optional.of(authenticator.cookie(cookie));
      } catch (FlashDuckException e) {
        return Optional.empty();
      }
    }

    private static FlashDuckException unauthenticated(String message) {
      return new FlashDuckException(ErrorCode.UNAUTHENTICATED, message);
    }
  }
}
