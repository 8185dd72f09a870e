package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlStatement.Alteration;
import io.flashduck.server.engine.sql.SqlStatement.ColumnDefinition;
import io.flashduck.server.engine.sql.SqlStatement.IfExists;
import io.flashduck.server.engine.sql.SqlStatement.ObjectKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Parses CREATE, DROP and ALTER of tables, views and schemas; other objects are {@link
 * SqlStatement.Other}.
 *
 * <p>Threading: confined to {@link StatementParser}.
 */
final class DdlParser {
  private static final List<String> CONSTRAINT_WORDS =
      List.of(
          "NOT",
          "NULL",
          "DEFAULT",
          "PRIMARY",
          "UNIQUE",
          "CHECK",
          "REFERENCES",
          "COLLATE",
          "GENERATED",
          "AS",
          "CONSTRAINT",
          "USING");

  private final TokenCursor cursor;

  DdlParser(TokenCursor cursor) {
    this.cursor = cursor;
  }

  SqlStatement create() {
    cursor.expect("CREATE");
    boolean replace = cursor.accept("OR", "REPLACE");
    boolean temporary = temporary();
    if (cursor.accept("TABLE")) {
      return createTable(temporary, replace);
    }
    if (cursor.accept("VIEW")) {
      IfExists ifExists = ifExists(replace);
      QualifiedName target = cursor.qualifiedName();
      List<String> columns = cursor.looksAtSymbol("(") ? cursor.nameList() : List.of();
      cursor.expect("AS");
      String query = cursor.clause("a query", i -> cursor.symbolAt(i, ";"));
      return new SqlStatement.CreateView(temporary, ifExists, target, columns, query);
    }
    if (!temporary && cursor.accept("SCHEMA")) {
      return new SqlStatement.CreateSchema(ifExists(replace), cursor.qualifiedName());
    }
    return new SqlStatement.Other("CREATE");
  }

  /** SQL-92's LOCAL and GLOBAL, which Tableau writes, mean nothing else: all are the session's. */
  private boolean temporary() {
    boolean scope = cursor.accept("LOCAL") || cursor.accept("GLOBAL");
    boolean temporary = cursor.accept("TEMP") || cursor.accept("TEMPORARY");
    if (scope && !temporary) {
      throw cursor.error("expected TEMPORARY");
    }
    return temporary;
  }

  private IfExists ifExists(boolean replace) {
    if (cursor.accept("IF", "NOT", "EXISTS")) {
      return IfExists.KEEP;
    }
    return replace ? IfExists.REPLACE : IfExists.FAIL;
  }

  private SqlStatement createTable(boolean temporary, boolean replace) {
    TableParts parts = new TableParts();
    IfExists ifExists = ifExists(replace);
    QualifiedName target = cursor.qualifiedName();
    if (cursor.acceptSymbol("(")) {
      do {
        tableElement(parts);
      } while (cursor.acceptSymbol(","));
      cursor.expectSymbol(")");
    }
    if (temporary) {
      cursor.accept("ON", "COMMIT", "PRESERVE", "ROWS"); // what DuckDB's always do
    }
    Optional<String> query = Optional.empty();
    boolean withData = true;
    if (cursor.accept("AS")) {
      query = Optional.of(cursor.clause("a query", i -> cursor.symbolAt(i, ";") || atWithData(i)));
      if (cursor.accept("WITH")) {
        withData = !cursor.accept("NO");
        cursor.expect("DATA");
      }
    }
    if (parts.columns.isEmpty() && query.isEmpty()) {
      throw cursor.error("expected columns or AS");
    }
    return new SqlStatement.CreateTable(
        temporary,
        ifExists,
        target,
        parts.columns,
        parts.key(),
        query,
        withData,
        parts.checks,
        parts.refused());
  }

  private boolean atWithData(int at) {
    return cursor.wordsAt(at, "WITH", "DATA") || cursor.wordsAt(at, "WITH", "NO", "DATA");
  }

  /** What the elements of a CREATE TABLE add up to. */
  private static final class TableParts {
    final List<ColumnDefinition> columns = new ArrayList<>();
    List<String> primaryKey = List.of();
    final List<List<String>> uniques = new ArrayList<>();
    final List<String> checks = new ArrayList<>();
    final List<String> unsupported = new ArrayList<>();

    /** The primary key, else the columns that are to be unique. */
    List<String> key() {
      return primaryKey.isEmpty() && !uniques.isEmpty() ? uniques.get(0) : primaryKey;
    }

    /** What nothing would hold: only the key is unique. */
    List<String> refused() {
      List<String> refused = new ArrayList<>(unsupported);
      for (List<String> unique : uniques) {
        if (!folded(unique).equals(folded(key()))) {
          refused.add("UNIQUE (" + String.join(", ", unique) + ") beside the key");
        }
      }
      return refused;
    }

    private static List<String> folded(List<String> names) {
      return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).sorted().toList();
    }
  }

  private void tableElement(TableParts parts) {
    int start = cursor.index();
    if (cursor.accept("CONSTRAINT")) {
      cursor.name();
    }
    if (cursor.accept("PRIMARY", "KEY")) {
      parts.primaryKey = cursor.nameList();
    } else if (cursor.looksAt("UNIQUE") && cursor.symbolAt(cursor.index() + 1, "(")) {
      cursor.accept("UNIQUE");
      parts.uniques.add(cursor.nameList());
    } else if (atCheck()) {
      check(parts);
    } else if (cursor.looksAt("FOREIGN", "KEY")) {
      cursor.textUntil(cursor::isComma);
      parts.unsupported.add(cursor.text(start, cursor.index()));
    } else {
      cursor.moveTo(start);
      parts.columns.add(column(parts));
    }
  }

  private boolean atCheck() {
    return cursor.looksAt("CHECK") && cursor.symbolAt(cursor.index() + 1, "(");
  }

  private void check(TableParts parts) {
    cursor.expect("CHECK");
    cursor.expectSymbol("(");
    parts.checks.add(cursor.clause("a condition", i -> cursor.symbolAt(i, ")")));
    cursor.expectSymbol(")");
  }

  private ColumnDefinition column(TableParts parts) {
    String name = cursor.name();
    String type = cursor.textUntil(i -> cursor.isComma(i) || atConstraint(i));
    boolean notNull = false;
    Optional<String> defaultValue = Optional.empty();
    List<String> unsupported = new ArrayList<>();
    while (!cursor.atEnd() && !cursor.isComma(cursor.index()) && !cursor.looksAtSymbol(")")) {
      int start = cursor.index();
      if (cursor.accept("NOT", "NULL")) {
        notNull = true;
      } else if (cursor.accept("PRIMARY", "KEY")) {
        parts.primaryKey = List.of(name);
        notNull = true;
      } else if (cursor.accept("UNIQUE")) {
        parts.uniques.add(List.of(name));
      } else if (cursor.accept("DEFAULT")) {
        defaultValue =
            Optional.of(cursor.clause("a value", i -> cursor.isComma(i) || atConstraintBehind(i)));
      } else if (atCheck()) {
        check(parts);
      } else if (cursor.looksAt("CONSTRAINT")) {
        cursor.expect("CONSTRAINT");
        cursor.name();
      } else if (!cursor.accept("NULL")) {
        cursor.textUntil(cursor::isComma);
        unsupported.add(cursor.text(start, cursor.index()));
        if (cursor.index() == start) {
          break;
        }
      }
    }
    return new ColumnDefinition(name, type, notNull, defaultValue, unsupported);
  }

  private boolean atConstraint(int at) {
    return CONSTRAINT_WORDS.stream().anyMatch(word -> cursor.wordsAt(at, word));
  }

  /** A constraint behind a DEFAULT expression, in which NULL and NOT are values. */
  private boolean atConstraintBehind(int at) {
    return cursor.wordsAt(at, "NOT", "NULL")
        || (atConstraint(at) && !cursor.wordsAt(at, "NULL") && !cursor.wordsAt(at, "NOT"));
  }

  SqlStatement drop() {
    cursor.expect("DROP");
    ObjectKind kind;
    if (cursor.accept("TABLE")) {
      kind = ObjectKind.TABLE;
    } else if (cursor.accept("VIEW")) {
      kind = ObjectKind.VIEW;
    } else if (cursor.accept("SCHEMA")) {
      kind = ObjectKind.SCHEMA;
    } else {
      return new SqlStatement.Other("DROP");
    }
    boolean ifExists = cursor.accept("IF", "EXISTS");
    List<QualifiedName> targets = new ArrayList<>();
    do {
      targets.add(cursor.qualifiedName());
    } while (cursor.acceptSymbol(","));
    boolean cascade = cursor.accept("CASCADE");
    cursor.accept("RESTRICT");
    return new SqlStatement.Drop(kind, ifExists, targets, cascade);
  }

  SqlStatement alter() {
    cursor.expect("ALTER");
    if (!cursor.accept("TABLE")) {
      return new SqlStatement.Other("ALTER");
    }
    boolean ifExists = cursor.accept("IF", "EXISTS");
    QualifiedName target = cursor.qualifiedName();
    return new SqlStatement.AlterTable(ifExists, target, alteration());
  }

  private Alteration alteration() {
    int start = cursor.index();
    if (cursor.accept("ADD")) {
      if (cursor.looksAt("CONSTRAINT") || cursor.looksAt("PRIMARY", "KEY")) {
        return unsupported(start);
      }
      cursor.accept("COLUMN");
      boolean ifNotExists = cursor.accept("IF", "NOT", "EXISTS");
      TableParts parts = new TableParts();
      ColumnDefinition column = column(parts);
      return parts.key().isEmpty() && parts.checks.isEmpty()
          ? new Alteration.AddColumn(ifNotExists, column)
          : unsupported(start);
    }
    if (cursor.accept("DROP")) {
      cursor.accept("COLUMN");
      boolean ifExists = cursor.accept("IF", "EXISTS");
      String column = cursor.name();
      cursor.accept("CASCADE");
      cursor.accept("RESTRICT");
      return new Alteration.DropColumn(ifExists, column);
    }
    if (cursor.accept("RENAME", "TO")) {
      return new Alteration.RenameTable(cursor.name());
    }
    if (cursor.accept("RENAME")) {
      cursor.accept("COLUMN");
      String from = cursor.name();
      cursor.expect("TO");
      return new Alteration.RenameColumn(from, cursor.name());
    }
    return alterColumn(start);
  }

  private Alteration alterColumn(int start) {
    if (!cursor.accept("ALTER")) {
      return unsupported(start);
    }
    cursor.accept("COLUMN");
    String column = cursor.name();
    if (cursor.accept("SET", "DEFAULT")) {
      return new Alteration.SetDefault(
          column, Optional.of(cursor.clause("a value", i -> cursor.symbolAt(i, ";"))));
    }
    if (cursor.accept("DROP", "DEFAULT")) {
      return new Alteration.SetDefault(column, Optional.empty());
    }
    if (cursor.accept("SET", "NOT", "NULL")) {
      return new Alteration.SetNotNull(column, true);
    }
    if (cursor.accept("DROP", "NOT", "NULL")) {
      return new Alteration.SetNotNull(column, false);
    }
    cursor.accept("SET", "DATA");
    if (!cursor.accept("TYPE")) {
      return unsupported(start);
    }
    String type =
        cursor.clause("a type", i -> cursor.wordsAt(i, "USING") || cursor.symbolAt(i, ";"));
    Optional<String> using =
        cursor.accept("USING")
            ? Optional.of(cursor.clause("an expression", i -> cursor.symbolAt(i, ";")))
            : Optional.empty();
    return new Alteration.ChangeType(column, type, using);
  }

  private Alteration unsupported(int start) {
    cursor.textUntil(i -> cursor.symbolAt(i, ";"));
    return new Alteration.Unsupported(cursor.text(start, cursor.index()));
  }
}
