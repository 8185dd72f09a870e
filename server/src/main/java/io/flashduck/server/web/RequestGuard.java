package io.flashduck.server.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.flashduck.server.access.Authenticator;
import io.flashduck.server.access.Principal;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides who asks, and that it is not another site's page in the user's browser.
 *
 * <ul>
 *   <li>The same users, passwords and tokens as over Flight: {@code Authorization: Basic} or {@code
 *       Bearer}.
 *   <li>Without users, which only a loopback server allows, the {@code Host} header must name this
 *       machine: a page of another site that points its own name at 127.0.0.1 is refused.
 *   <li>A request that could change something must come from this origin if a browser sends it, and
 *       must carry a media type that a plain form cannot send.
 * </ul>
 *
 * <p>Threading: thread-safe.
 */
final class RequestGuard {
  private static final Set<String> HARMLESS = Set.of("GET", "HEAD");
  private static final Set<String> FORM_TYPES =
      Set.of("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data");

  private final Authenticator authenticator;

  RequestGuard(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  /**
   * The caller.
   *
   * @throws FlashDuckException UNAUTHENTICATED or PERMISSION_DENIED
   */
  Principal admit(HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    Optional<Principal> anonymous = authenticator.anonymous();
    if (anonymous.isPresent()) {
      requireLocalHost(headers.getFirst("Host"));
    }
    if (!HARMLESS.contains(exchange.getRequestMethod().toUpperCase(Locale.ROOT))) {
      requireSameOrigin(headers);
    }
    String authorization = headers.getFirst("Authorization");
    if (authorization != null) {
      return credentials(authorization);
    }
    return anonymous.orElseThrow(
        () -> refused(ErrorCode.UNAUTHENTICATED, "Log in with a user and password or a token"));
  }

  private Principal credentials(String authorization) {
    String[] parts = authorization.strip().split("\\s+", 2);
    String scheme = parts[0].toLowerCase(Locale.ROOT);
    if (parts.length == 2 && scheme.equals("bearer")) {
      return authenticator.token(parts[1].strip()).principal();
    }
    if (parts.length == 2 && scheme.equals("basic")) {
      String pair = decode(parts[1].strip());
      int colon = pair.indexOf(':');
      if (colon >= 0) {
        return authenticator.password(pair.substring(0, colon), pair.substring(colon + 1));
      }
    }
    throw refused(
        ErrorCode.UNAUTHENTICATED, "The Authorization header is neither Basic nor Bearer");
  }

  private static String decode(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw refused(ErrorCode.UNAUTHENTICATED, "The Basic credentials are not base64");
    }
  }

  private static void requireLocalHost(@Nullable String host) {
    if (host == null || !local(hostName(host))) {
      throw refused(
          ErrorCode.PERMISSION_DENIED,
          "This server has no users and answers only to localhost, not to '" + host + "'");
    }
  }

  /** The part before the port; IPv6 keeps its brackets. */
  private static String hostName(String host) {
    int port = host.lastIndexOf(':');
    return (port > host.lastIndexOf(']') ? host.substring(0, port) : host).toLowerCase(Locale.ROOT);
  }

  /** Names and literal addresses only: a name that a resolver could turn into anything is not. */
  private static boolean local(String name) {
    return name.equals("localhost")
        || name.equals("[::1]")
        || name.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }

  private static void requireSameOrigin(Headers headers) {
    String site = headers.getFirst("Sec-Fetch-Site");
    boolean otherSite = site != null && !site.equals("same-origin") && !site.equals("none");
    String origin = headers.getFirst("Origin");
    if (otherSite || (origin != null && !sameHost(origin, headers.getFirst("Host")))) {
      throw refused(ErrorCode.PERMISSION_DENIED, "Requests from other sites' pages are refused");
    }
    String type = headers.getFirst("Content-Type");
    String media = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (FORM_TYPES.contains(media)) {
      throw refused(
          ErrorCode.PERMISSION_DENIED,
          "Name the body's type in Content-Type: application/json, application/x-ndjson or"
              + " application/vnd.apache.arrow.stream");
    }
  }

  private static boolean sameHost(String origin, @Nullable String host) {
    try {
      String authority = new URI(origin).getRawAuthority();
      return authority != null && authority.equalsIgnoreCase(host);
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static FlashDuckException refused(ErrorCode code, String message) {
    return new FlashDuckException(code, message);
  }
}
