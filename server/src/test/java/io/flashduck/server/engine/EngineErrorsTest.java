package io.flashduck.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EngineErrorsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Parser Error: syntax error at or near \"x\" | INVALID_REQUEST",
        "Binder Error: Referenced column \"x\" not found | INVALID_REQUEST",
        "Catalog Error: Table with name x does not exist! | NOT_FOUND",
        "Catalog Error: View with name x does not exist! | NOT_FOUND",
        "Catalog Error: Schema with name x does not exist! | NOT_FOUND",
        "Catalog Error: Scalar Function with name x does not exist! | INVALID_REQUEST",
        "Catalog Error: Table with name \"x\" already exists! | ALREADY_EXISTS",
        "Conversion Error: Could not convert string 'a' to INT32 | TYPE_MISMATCH",
        "Out of Range Error: Overflow in addition | TYPE_MISMATCH",
        "Constraint Error: NOT NULL constraint failed: t.x | CONSTRAINT_VIOLATION",
        "INTERRUPT Error: Interrupted! | CANCELLED",
        "Out of Memory Error: failed to allocate | RESOURCE_EXHAUSTED",
        "Permission Error: Cannot access file | PERMISSION_DENIED",
        "TransactionContext Error: Conflict on update! | CONFLICT",
        "TransactionContext Error: Current transaction is aborted | INVALID_REQUEST",
        "Not implemented Error: x | UNIMPLEMENTED",
        "Invalid Input Error: x | INVALID_REQUEST",
        "IO Error: x | IO_ERROR",
        "INTERNAL Error: x | INTERNAL",
        "something else | INTERNAL"
      })
  void codeOf_aMessage_isByItsKind(String message, ErrorCode code) {
    assertThat(EngineErrors.translate(new SQLException(message)).code()).isEqualTo(code);
  }

  @Test
  void translate_ofAStreamFailure_unwrapsIt() {
    FlashDuckException failure =
        EngineErrors.translate(
            new IOException(
                "[errno -1] CDataJniException{errno=-1, message=Binder Error: no {x}}"));
    assertThat(failure).hasMessage("Binder Error: no {x}");
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
  }

  @Test
  void translate_ofALongMessage_keepsStartAndPosition() {
    String position = "\n\nLINE 1: SELECT é\n               ^";
    String message = "Binder Error: " + "ü%\n".repeat(2_000) + position;
    String capped = EngineErrors.cap(message);
    assertThat(capped).startsWith("Binder Error: ü%").endsWith(position.substring(1));
    assertThat(URLEncoder.encode(capped, StandardCharsets.UTF_8).length())
        .isLessThan(EngineErrors.MAX_ENCODED_BYTES + 500);
    String short1 = "Binder Error: short";
    assertThat(EngineErrors.cap(short1)).isEqualTo(short1);
  }

  @Test
  void translate_withSuggestionsOfInternalNames_hidesThem() {
    String message =
        "Catalog Error: Table with name x does not exist!\n"
            + "Did you mean \"_flashduck.main.x\"?\n\nLINE 1: FROM x\n             ^";
    assertThat(EngineErrors.translate(new SQLException(message)))
        .hasMessage(
            "Catalog Error: Table with name x does not exist!\n\nLINE 1: FROM x\n             ^");
  }
}
