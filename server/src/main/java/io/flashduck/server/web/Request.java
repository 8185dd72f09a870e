package io.flashduck.server.web;

import com.sun.net.httpserver.HttpExchange;
import io.flashduck.server.access.Principal;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;

/**
 * A request that passed the {@link RequestGuard}.
 *
 * <p>Threading: confined to its HTTP worker.
 *
 * @param exchange the JDK's own; borrowed
 * @param principal who asks
 */
record Request(HttpExchange exchange, Principal principal) {
  /** Upper case, such as {@code POST}. */
  String method() {
    return exchange.getRequestMethod().toUpperCase(Locale.ROOT);
  }

  /** The decoded path, such as {@code /api/status}. */
  String path() {
    return exchange.getRequestURI().getPath();
  }

  /** The first value of a header. */
  Optional<String> header(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  /** The media type of the body, lower case, without its parameters; empty if there is none. */
  String mediaType() {
    return header("Content-Type")
        .map(type -> type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
        .orElse("");
  }

  /** The body; borrowed, ends at the request's end. */
  InputStream body() {
    return exchange.getRequestBody();
  }

  /**
   * The whole body.
   *
   * @throws FlashDuckException RESOURCE_EXHAUSTED if it is larger than the limit
   */
  byte[] body(int maxBytes) throws IOException {
    byte[] bytes = body().readNBytes(maxBytes + 1);
    if (bytes.length > maxBytes) {
      throw new FlashDuckException(
          ErrorCode.RESOURCE_EXHAUSTED, "The body is larger than " + maxBytes + " bytes");
    }
    return bytes;
  }
}
