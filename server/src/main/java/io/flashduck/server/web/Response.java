package io.flashduck.server.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.error.FlashDuckException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer, complete in memory.
 *
 * <p>Threading: immutable; the body must not be changed.
 */
final class Response {
  private static final JsonMapper JSON = new JsonMapper();

  private final int status;
  private final String contentType;
  private final byte[] body;
  private final Map<String, String> headers;

  private Response(int status, String contentType, byte[] body, Map<String, String> headers) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
    this.headers = Map.copyOf(headers);
  }

  /**
   * Any bytes.
   *
   * @param body not copied
   */
  static Response of(int status, String contentType, byte[] body) {
    return new Response(status, contentType, body, Map.of());
  }

  int status() {
    return status;
  }

  String contentType() {
    return contentType;
  }

  /** Not a copy. */
  byte[] body() {
    return body;
  }

  Map<String, String> headers() {
    return headers;
  }

  static Response text(int status, String text) {
    return new Response(
        status,
        "text/plain; charset=utf-8",
        (text + "\n").getBytes(StandardCharsets.UTF_8),
        Map.of());
  }

  static Response json(int status, JsonNode body) {
    try {
      return new Response(
          status, "application/json; charset=utf-8", JSON.writeValueAsBytes(body), Map.of());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree is always writable", e);
    }
  }

  /** {@code {"error": {"code": …, "message": …}}}. */
  static Response error(int status, String code, String message) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putObject("error").put("code", code).put("message", message);
    return json(status, body);
  }

  static Response error(FlashDuckException failure) {
    String message = failure.getMessage();
    return error(
        HttpStatus.of(failure.code()), failure.code().name(), message == null ? "" : message);
  }

  Response with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Response(status, contentType, body, more);
  }
}
