package io.flashduck.server.flight;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads {@code Cookie} headers: several cookies in one header, quoted or not, several headers.
 *
 * <p>Threading: stateless.
 */
final class Cookies {
  private Cookies() {}

  /**
   * Every value of the cookie of that name (in any case), in order; what is malformed is skipped.
   */
  static List<String> values(Iterable<String> headers, String name) {
    List<String> values = new ArrayList<>();
    for (String header : headers) {
      // Values of ours contain neither ';' nor ',': splitting inside foreign quotes does no harm.
      for (String pair : header.split("[;,]", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0 && pair.substring(0, equals).strip().equalsIgnoreCase(name)) {
          values.add(unquoted(pair.substring(equals + 1).strip()));
        }
      }
    }
    return values;
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }
}
