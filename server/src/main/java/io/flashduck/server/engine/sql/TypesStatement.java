package io.flashduck.server.engine.sql;

import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.List;
import java.util.Optional;

/**
 * {@code SET types = 'jdbc'} and {@code RESET types}: a setting of the server, not of DuckDB.
 *
 * <p>Threading: stateless.
 */
public final class TypesStatement {
  private TypesStatement() {}

  /**
   * The value that is set; the empty text for RESET.
   *
   * @param sql a SET, RESET or USE
   * @return empty if the statement is about something else
   * @throws FlashDuckException INVALID_REQUEST if it is not one plain value
   */
  public static Optional<String> value(String sql) {
    List<SqlToken> tokens = SqlLexer.tokens(sql);
    int at = tokens.size() > 1 && tokens.get(1).isWord("SESSION") ? 2 : 1;
    boolean uses = !tokens.isEmpty() && tokens.get(0).isWord("USE");
    if (uses || at >= tokens.size() || !tokens.get(at).isWord("TYPES")) {
      return Optional.empty();
    }
    if (tokens.get(0).isWord("RESET")) {
      return Optional.of("");
    }
    boolean assigned =
        at + 1 < tokens.size()
            && (tokens.get(at + 1).isSymbol("=") || tokens.get(at + 1).isWord("TO"));
    int last = assigned ? at + 2 : at + 1;
    if (!tokens.get(0).isWord("SET") || last != tokens.size() - 1) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "The setting types takes one plain value: SET types = 'strict'.");
    }
    SqlToken value = tokens.get(last);
    String text = value.text();
    return Optional.of(
        value.kind() == SqlToken.Kind.STRING ? text.substring(1, text.length() - 1) : value.name());
  }
}
