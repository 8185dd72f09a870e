package io.flashduck.server.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.cli.remote.RemoteTable;
import io.flashduck.server.cli.remote.RemoteTable.RemoteColumn;
import java.util.List;
import java.util.Optional;
import org.jline.reader.Candidate;
import org.jline.reader.EOFError;
import org.jline.reader.Parser.ParseContext;
import org.junit.jupiter.api.Test;

final class ShellInputTest {
  private static final List<RemoteTable> TABLES =
      List.of(
          new RemoteTable(
              "main",
              "orders",
              "TABLE",
              List.of(new RemoteColumn("id", "BIGINT"), new RemoteColumn("total", "DOUBLE"))),
          new RemoteTable(
              "sales",
              "Customer List",
              "TABLE",
              List.of(new RemoteColumn("Full Name", "VARCHAR"))));

  @Test
  void parse_statementWithoutSemicolon_asksForMore() {
    SqlParser parser = new SqlParser();
    assertThatThrownBy(() -> parser.parse("SELECT 1", 8, ParseContext.ACCEPT_LINE))
        .isInstanceOf(EOFError.class);
    assertThatThrownBy(() -> parser.parse("SELECT 'a;", 10, ParseContext.ACCEPT_LINE))
        .isInstanceOf(EOFError.class);
    for (String complete :
        new String[] {"SELECT 1;", "SELECT ';'; -- end", "\\d orders", "quit", "HELP;", ""}) {
      assertThat(parser.parse(complete, 0, ParseContext.ACCEPT_LINE).line()).isEqualTo(complete);
    }
  }

  @Test
  void parse_command_readsItsArgument() {
    assertThat(ShellCommand.parse("\\d  sales.x ;"))
        .contains(new ShellCommand(ShellCommand.Kind.DESCRIBE, "sales.x"));
    assertThat(ShellCommand.parse("\\dt"))
        .map(ShellCommand::kind)
        .contains(ShellCommand.Kind.TABLES);
    assertThat(ShellCommand.parse("\\q;")).map(ShellCommand::kind).contains(ShellCommand.Kind.QUIT);
    assertThat(ShellCommand.parse("exit")).map(ShellCommand::kind).contains(ShellCommand.Kind.QUIT);
    assertThat(ShellCommand.parse("\\nope")).isEqualTo(Optional.empty());
  }

  @Test
  void complete_afterFrom_offersTablesOnly() {
    assertThat(complete("SELECT * FROM ")).containsExactly("orders", "sales.\"Customer List\"");
  }

  @Test
  void complete_afterSelect_offersColumnsOfTheNamedTableAndKeywords() {
    assertThat(complete("SELECT t|, 1 FROM orders"))
        .contains("id", "total", "orders", "count(*)")
        .doesNotContain("\"Full Name\"");
    assertThat(complete("SEL")).contains("SELECT", "\"Full Name\"");
  }

  @Test
  void complete_command_offersCommandsThenTables() {
    assertThat(complete("\\")).contains("\\d", "\\timing");
    assertThat(complete("\\d o")).containsExactly("orders", "sales.\"Customer List\"");
    assertThat(complete("\\format ")).containsExactly("table", "csv", "json", "ndjson");
  }

  @Test
  void names_quotedWhereNeeded_splitBack() {
    assertThat(Names.shown("main", "orders")).isEqualTo("orders");
    assertThat(Names.shown("s", "select \"x\"")).isEqualTo("s.\"select \"\"x\"\"\"");
    assertThat(Names.parts("s.\"a.\"\"b\"")).containsExactly("s", "a.\"b");
  }

  /** The candidates at the bar, or at the end. */
  private static List<String> complete(String text) {
    int cursor = text.indexOf('|') < 0 ? text.length() : text.indexOf('|');
    String line = text.replace("|", "");
    return new SqlCompleter(() -> TABLES)
        .candidates(new SqlParser().parse(line, cursor, ParseContext.COMPLETE)).stream()
            .map(Candidate::value)
            .toList();
  }
}
