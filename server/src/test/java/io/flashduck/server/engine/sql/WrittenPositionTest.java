package io.flashduck.server.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrittenPositionTest {
  @Test
  void restated_markedWordIsWritten_showsTheWrittenLine() {
    String message =
        """
        Binder Error: Referenced column "nope" not found in FROM clause!
        Candidate bindings: "n"

        LINE 1: ..., "t"."n" AS _fd_c1 FROM _flashduck."main.t" AS "t" WHERE nope = 3)
                                                                             ^^^^""";

    assertThat(WrittenPosition.restated(message, "DELETE FROM t\nWHERE nope = 3"))
        .isEqualTo(
            """
            Binder Error: Referenced column "nope" not found in FROM clause!
            Candidate bindings: "n"

            LINE 2: WHERE nope = 3
                          ^^^^""");
  }

  @Test
  void restated_wordStandsTwice_showsTheOneWithTheSameSurroundings() {
    String message =
        "Binder Error: x\n\nLINE 1: SELECT (b + c) AS _fd_c1, (a + c) FROM u\n"
            + " ".repeat(39)
            + "^";

    assertThat(WrittenPosition.restated(message, "UPDATE t SET x = b + c, y = a + c"))
        .endsWith("\nLINE 1: UPDATE t SET x = b + c, y = a + c\n" + " ".repeat(40) + "^");
  }

  @Test
  void restated_wordIsOnlyAPartOfAnother_showsNoPosition() {
    String message = "Binder Error: x\n\nLINE 1: SELECT id\n               ^^";

    assertThat(WrittenPosition.restated(message, "DELETE FROM t WHERE idx = 1"))
        .isEqualTo("Binder Error: x");
  }

  @Test
  void restated_markedTextIsTheServersOwn_showsTheValueOfTheMessageIfItIsWrittenOnce() {
    String message =
        "Conversion Error: Could not convert string 'abc' to INT64 when casting from source column"
            + " _fd_v1\n\nLINE 1: SELECT CAST((_fd_v1) AS BIGINT) FROM\n"
            + " ".repeat(15)
            + "^".repeat(24);

    assertThat(WrittenPosition.restated(message, "INSERT INTO t VALUES (5, 'abc')"))
        .isEqualTo(
            "Conversion Error: Could not convert string 'abc' to INT64\n\n"
                + "LINE 1: INSERT INTO t VALUES (5, 'abc')\n"
                + " ".repeat(33)
                + "^^^^^");
    assertThat(WrittenPosition.restated(message, "INSERT INTO t VALUES ('abc', 'abc')"))
        .isEqualTo("Conversion Error: Could not convert string 'abc' to INT64");
  }

  @Test
  void restated_candidatesOfTheServer_areLeftOut() {
    assertThat(
            WrittenPosition.restated(
                "Candidate bindings: : \"id\", \"_fd_row\", \"n\", \"_fd_source\"", "x"))
        .isEqualTo("Candidate bindings: : \"id\", \"n\"");
  }
}
