package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.TableRules;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.merge.TableLayout;

/**
 * Holds the captured rows of a statement to the rules of their table.
 *
 * <p>Threading: confined to the apply lane, inside the transaction that is rolled back.
 */
final class RuleCheck {
  private final CapturedTables tables;
  private final TableLayout layout;
  private final TableRules rules;

  RuleCheck(CapturedTables tables, TableLayout layout, TableRules rules) {
    this.tables = tables;
    this.layout = layout;
    this.rules = rules;
  }

  /** Refuses the first row that breaks a rule, with the rule and the row. */
  void check() {
    for (String column : rules.notNull()) {
      refuse(
          SqlIdentifiers.quote(column) + " IS NULL",
          "NOT NULL constraint failed: column " + column + " has no value",
          "give one");
    }
    for (String condition : rules.checks()) {
      refuse(
          "NOT CAST((" + condition + "\n) AS BOOLEAN)",
          "CHECK constraint failed: " + condition,
          "correct the row");
    }
  }

  private void refuse(String broken, String what, String advice) {
    String bad = " WHERE _fd_action < 2 AND (" + broken + ")";
    if (tables.text("SELECT 'bad' FROM " + CapturedRows.TABLE + bad + " LIMIT 1").isEmpty()) {
      return;
    }
    String sql =
        "SELECT "
            + row()
            + " FROM (SELECT *, row_number() OVER () AS _fd_number FROM "
            + CapturedRows.TABLE
            + ")"
            + bad
            + " ORDER BY _fd_number LIMIT 1";
    tables
        .text(sql)
        .ifPresent(
            row -> {
              throw new FlashDuckException(
                  ErrorCode.CONSTRAINT_VIOLATION,
                  "Constraint Error: "
                      + what
                      + " in row "
                      + row
                      + " for table "
                      + layout.name()
                      + "; "
                      + advice);
            });
  }

  /** The number of the row among those that the statement writes, and its key. */
  private String row() {
    StringBuilder text = new StringBuilder("concat(_fd_number");
    for (int i = 0; i < layout.key().size(); i++) {
      text.append(i == 0 ? ", ' (" : ", ', ")
          .append(layout.key().get(i).replace("'", "''"))
          .append(" = ', ")
          .append(SqlIdentifiers.quote(layout.key().get(i)))
          .append("::VARCHAR");
    }
    return text.append(layout.keyed() ? ", ')')" : ")").toString();
  }
}
