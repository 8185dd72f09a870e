package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlightErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "INVALID_REQUEST, INVALID_ARGUMENT",
    "CONSTRAINT_VIOLATION, INVALID_ARGUMENT",
    "NOT_FOUND, NOT_FOUND",
    "ALREADY_EXISTS, ALREADY_EXISTS",
    "CANCELLED, CANCELLED",
    "TIMEOUT, TIMED_OUT",
    "PERMISSION_DENIED, UNAUTHORIZED",
    "CONFLICT, UNAVAILABLE",
    "QUEUE_FULL, RESOURCE_EXHAUSTED",
    "INTERNAL, INTERNAL"
  })
  void toFlight_code_hasItsStatusAndNamesItself(ErrorCode code, FlightStatusCode status) {
    FlightRuntimeException flight =
        FlightErrors.toFlight(new CompletionException(new FlashDuckException(code, "what, how")));
    assertThat(flight.status().code()).isEqualTo(status);
    assertThat(flight.status().description()).isEqualTo("what, how");
    assertThat(flight.status().metadata().get("x-flashduck-error")).isEqualTo(code.name());
  }

  @Test
  void toFlight_defect_showsNoDetails() {
    FlightRuntimeException flight = FlightErrors.toFlight(new IllegalStateException("secret"));
    assertThat(flight.status().code()).isEqualTo(FlightStatusCode.INTERNAL);
    assertThat(flight.status().description()).contains("log").doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "ü", "%", "\n", "🦆", "aü%🦆\n"})
  void capped_longText_fitsATrailerOnceEncoded(String piece) {
    String capped = FlightErrors.capped(piece.repeat(10_000));
    assertThat(percentEncoded(capped)).hasSizeLessThanOrEqualTo(4000);
    assertThat(percentEncoded(capped)).hasSizeGreaterThan(3900);
    assertThat(capped).endsWith("(cut)");
    assertThat(FlightErrors.capped(piece)).isEqualTo(piece);
  }

  @Test
  void capped_textAtTheLimit_isNotCut() {
    assertThat(FlightErrors.capped("a".repeat(4000))).hasSize(4000);
    assertThat(FlightErrors.capped("a".repeat(4001))).endsWith("(cut)");
  }

  /** As gRPC encodes: only printable ASCII but the percent sign stays. */
  private static String percentEncoded(String text) {
    StringBuilder encoded = new StringBuilder();
    text.codePoints()
        .forEach(
            c ->
                encoded.append(
                    c >= ' ' && c < 127 && c != '%'
                        ? Character.toString(c)
                        : URLEncoder.encode(Character.toString(c), StandardCharsets.UTF_8)));
    return encoded.toString();
  }
}
