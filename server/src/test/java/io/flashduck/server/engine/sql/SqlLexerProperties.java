package io.flashduck.server.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.EngineFixture;
import io.flashduck.server.engine.sql.SqlToken.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * The lexer cuts text where DuckDB's own parser does: the guard and the statement parser rely on
 * it.
 */
final class SqlLexerProperties {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final EngineFixture FIXTURE = new EngineFixture(temporaryFolder());
  private static final EngineConnection DUCKDB = FIXTURE.engine.openInternal();

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("flashduck-lexer");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterContainer
  static void close() {
    DUCKDB.close();
    FIXTURE.close();
  }

  /** Literals and names that contain what ends, splits or starts other things. */
  @Provide
  Arbitrary<String> pieces() {
    return Arbitraries.of(
        "1",
        "1.5",
        ".5",
        "1e5",
        "1e-5",
        "1E+5",
        "1_000",
        "'a'",
        "''",
        "'it''s'",
        "'a;b'",
        "'--'",
        "'/*'",
        "'\\'",
        "'$$'",
        "E'\\''",
        "e'\\\\'",
        "E'a\\';'",
        "E'''\\n'",
        "$$;$$",
        "$$'$$",
        "$x$;$$'$x$",
        "$é$;$é$",
        "$a_1$--$a_1$",
        "$$/*$$",
        "\"q;\"",
        "\"q\"\"'\"",
        "\"--\"",
        "`b;`",
        "`b``'`",
        "X'41'",
        "b'01'",
        "N'n;'",
        "a$b",
        "a$$b",
        "é",
        "日本",
        "_x",
        "x1",
        "x.y",
        "(1)",
        "[1, ';']",
        "{'k;': 1}",
        "?",
        "$1",
        "$1::INT",
        "case when 1 then ';' else 2 end",
        "1else",
        "f(';')",
        "a -> b",
        "1 - -1",
        "a / b",
        "a // b",
        "a * b");
  }

  /**
   * White space and comments. Behind a quote in a comment or in an E-string, DuckDB believes to be
   * in a string when it looks for Unicode blanks, and leaves them; so the two do not come together
   * here.
   */
  private static final List<String> UNICODE_GAPS =
      List.of(
          " ",
          "\n",
          "\r",
          "\u00a0",
          "\u2003",
          "\u3000",
          " \ufeff",
          "/**/",
          "/* ; */",
          "-- \u2028;\n");

  private static final List<String> ASCII_GAPS =
      List.of(
          " ",
          "\n",
          "\r",
          "\t",
          "\f",
          "/**/",
          "/* ; */",
          "/* ' */",
          "/* /* ; */ ' */",
          "/*--*/",
          "/* $$ */",
          "/* \" */",
          "-- ;\n",
          "-- '\r",
          "--\n",
          "--/*\n",
          "--$$\r\n",
          "-- `\n");

  @Provide
  Arbitrary<String> scripts() {
    Arbitrary<String> plain = Arbitraries.of("1", "'a;b'", "1e-5", "\"q;\"", "x.y", "日本", "[1]");
    return Arbitraries.oneOf(
        scripts(plain, Arbitraries.of(UNICODE_GAPS)),
        scripts(pieces(), Arbitraries.of(ASCII_GAPS)));
  }

  private static Arbitrary<String> scripts(Arbitrary<String> pieces, Arbitrary<String> gaps) {
    Arbitrary<String> item = Combinators.combine(pieces, gaps).as((piece, gap) -> piece + gap);
    Arbitrary<String> items =
        item.list().ofMinSize(1).ofMaxSize(4).map(list -> String.join(",", list));
    Arbitrary<String> statement =
        Combinators.combine(gaps, gaps, items).as((a, b, list) -> a + "select" + b + list);
    Arbitrary<String> end = gaps.map(gap -> ";" + gap);
    return Combinators.combine(statement.list().ofMinSize(1).ofMaxSize(3), end)
        .as(
            (statements, separator) ->
                statements.stream().collect(Collectors.joining(separator, "", "\n")));
  }

  @Property(tries = 1_000)
  void split_ofWhatDuckDbParses_cutsWhereDuckDbDoes(@ForAll("scripts") String script) {
    JsonNode whole = parse(script);
    if (whole.path("error").asBoolean()) {
      return; // mixes positional and named parameters, or a name where none may be
    }
    List<String> statements = SqlScript.split(script);
    assertThat(statements).hasSameSizeAs(whole.path("statements"));
    for (int i = 0; i < statements.size(); i++) {
      JsonNode alone = parse(statements.get(i)).path("statements").path(0);
      assertThat(withoutPlaces(alone)).isEqualTo(withoutPlaces(whole.path("statements").path(i)));
    }
  }

  @Property(tries = 1_000)
  void tokens_ofWhatDuckDbParses_meanTheSameWithOneSpaceBetween(@ForAll("scripts") String script) {
    JsonNode whole = parse(script);
    if (whole.path("error").asBoolean()) {
      return;
    }
    String spaced =
        SqlLexer.tokens(script).stream().map(SqlToken::text).collect(Collectors.joining(" "));
    // A dot, and only it, may not have spaces on both sides of a number.
    assertThat(withoutPlaces(parse(spaced))).as(spaced).isEqualTo(withoutPlaces(whole));
  }

  @Property(tries = 500)
  void tokens_ofAnyText_coverEverythingButBlanksAndComments(@ForAll("scripts") String script) {
    int end = 0;
    for (SqlToken token : SqlLexer.tokens(script)) {
      assertThat(SqlLexer.tokens(script.substring(end, token.start()))).isEmpty();
      assertThat(token.text()).isEqualTo(script.substring(token.start(), token.end()));
      assertThat(token.kind()).isNotNull().isInstanceOf(Kind.class);
      end = token.end();
    }
    assertThat(SqlLexer.tokens(script.substring(end))).isEmpty();
  }

  private static JsonNode parse(String sql) {
    try {
      return JSON.readTree(
          DUCKDB.query("SELECT json_serialize_sql($1)", row -> row.getString(1), sql).get(0));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode withoutPlaces(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.remove(List.of("query_location", "query_location_length"));
      object.forEach(SqlLexerProperties::withoutPlaces);
    } else if (node instanceof ArrayNode array) {
      array.forEach(SqlLexerProperties::withoutPlaces);
    }
    return node;
  }
}
