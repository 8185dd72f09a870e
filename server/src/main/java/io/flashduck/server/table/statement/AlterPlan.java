package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.catalog.TableRules;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlLexer;
import io.flashduck.server.engine.sql.SqlStatement.AlterTable;
import io.flashduck.server.engine.sql.SqlStatement.Alteration;
import io.flashduck.server.engine.sql.SqlStatement.ColumnDefinition;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.change.TableAlteration;
import io.flashduck.server.table.merge.Hidden;
import io.flashduck.server.table.state.FileState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plans ALTER TABLE. It changes what was written; what a file has, only the file can change, so a
 * column that a file has is neither dropped nor renamed.
 *
 * <p>Threading: confined to the apply lane, inside the transaction that is rolled back.
 */
final class AlterPlan {
  private static final String PROBE = "temp._fd_altered";

  private final CapturedTables tables;
  private final Scope scope;
  private final TableSources sources;
  private final TableDefinition table;
  private final List<String> key;
  private final List<ChangeSection> sections = new ArrayList<>();

  AlterPlan(CapturedTables tables, Scope scope, TableSources sources, TableDefinition table) {
    this.tables = tables;
    this.scope = scope;
    this.sources = sources;
    this.table = table;
    this.key = table.key().map(TableKey::columns).orElse(List.of());
  }

  Evaluation plan(AlterTable statement) {
    Alteration alteration = statement.alteration();
    if (alteration instanceof Alteration.AddColumn add) {
      addColumn(add);
    } else if (alteration instanceof Alteration.DropColumn drop) {
      dropColumn(drop);
    } else if (alteration instanceof Alteration.RenameColumn rename) {
      renameColumn(rename);
    } else if (alteration instanceof Alteration.ChangeType change) {
      changeType(change);
    } else if (alteration instanceof Alteration.SetDefault set) {
      setDefault(column(set.column()), set.value());
    } else if (alteration instanceof Alteration.SetNotNull set) {
      setNotNull(column(set.column()).name(), set.notNull());
    } else if (alteration instanceof Alteration.RenameTable rename) {
      renameTable(statement.target(), rename.to());
    } else if (alteration instanceof Alteration.Unsupported unsupported) {
      throw new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "ALTER TABLE … "
              + unsupported.text()
              + " is not offered; ADD, DROP, RENAME and ALTER COLUMN and RENAME TO are");
    }
    return new Evaluation(sections, 0, Optional.empty());
  }

  private void add(TableAlteration alteration) {
    sections.add(new ChangeSection.Alter(table.name(), key, alteration));
  }

  private void addColumn(Alteration.AddColumn add) {
    ColumnDefinition wanted = add.column();
    refuseName(wanted.name());
    if (find(wanted.name()).isPresent()) {
      if (add.ifNotExists()) {
        return;
      }
      throw exists(wanted.name());
    }
    if (!wanted.unsupported().isEmpty()) {
      throw new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "ADD COLUMN with " + wanted.unsupported().get(0) + " is not offered; leave it out");
    }
    Column column = new Column(wanted.name(), canonical(wanted.type(), wanted.defaultValue()));
    Optional<String> value = wanted.defaultValue().flatMap(sql -> constant(column, sql));
    Optional<FileState> file = sources.live(table.name()).stream().findFirst();
    if (value.isPresent() && file.isPresent()) {
      throw refuse(
          "rows of files ("
              + file.get().file().path()
              + ") have no value in a column that their file does not have. Add the column without"
              + " DEFAULT, UPDATE it, and ALTER COLUMN "
              + column.name()
              + " SET DEFAULT for rows to come");
    }
    if (wanted.notNull() && value.isEmpty() && hasRows("true")) {
      throw new FlashDuckException(
          ErrorCode.CONSTRAINT_VIOLATION,
          "Constraint Error: NOT NULL constraint failed: the rows of "
              + table.name()
              + " would have no value in the new column "
              + column.name()
              + "; give it a DEFAULT");
    }
    add(new TableAlteration.AddColumn(column, value));
    if (wanted.notNull() || wanted.defaultValue().isPresent()) {
      List<String> notNull = new ArrayList<>(table.rules().notNull());
      Map<String, String> defaults = new HashMap<>(table.rules().defaults());
      if (wanted.notNull()) {
        notNull.add(column.name());
      }
      wanted.defaultValue().ifPresent(sql -> defaults.put(column.name(), sql));
      rules(notNull, defaults);
    }
  }

  /** The value of a DEFAULT for the rows that are there, which must be the same for all of them. */
  private Optional<String> constant(Column column, String sql) {
    String value = "CAST((" + sql + "\n) AS " + column.type() + ")";
    String twice = "(SELECT " + value + " AS v FROM range(2))";
    if (tables.number("SELECT count(DISTINCT v) FROM " + twice) > 1) {
      throw refuse(
          "DEFAULT "
              + sql
              + " is another value for each row. Add the column without it, UPDATE it, and ALTER"
              + " COLUMN "
              + column.name()
              + " SET DEFAULT for rows to come");
    }
    if (tables.number("SELECT count(v) FROM " + twice) == 0) {
      return Optional.empty();
    }
    String text = "CAST(v AS VARCHAR)";
    String same = "CAST(" + text + " AS " + column.type() + ") IS NOT DISTINCT FROM v";
    if (tables.number("SELECT count(*) FROM " + twice + " WHERE " + same) == 0) {
      throw refuse("DEFAULT " + sql + " cannot be written as text; add the column and UPDATE it");
    }
    return tables.text("SELECT " + text + " FROM " + twice + " LIMIT 1");
  }

  private void dropColumn(Alteration.DropColumn drop) {
    if (drop.ifExists() && find(drop.column()).isEmpty()) {
      return;
    }
    String column = column(drop.column()).name();
    if (key.stream().anyMatch(column::equalsIgnoreCase)) {
      throw refuse("column " + column + " is part of the key " + key + ", which names the rows");
    }
    if (table.columns().size() == 1) {
      throw refuse("column " + column + " is the only one; DROP TABLE instead");
    }
    refuseOfFile(column, "dropped");
    refuseInCheck(column, "dropped");
    add(new TableAlteration.DropColumn(column));
  }

  private void renameColumn(Alteration.RenameColumn rename) {
    String from = column(rename.from()).name();
    refuseName(rename.to());
    if (!from.equalsIgnoreCase(rename.to()) && find(rename.to()).isPresent()) {
      throw exists(rename.to());
    }
    refuseOfFile(from, "renamed");
    refuseInCheck(from, "renamed");
    if (sources.declaredKey(table.name()).stream().anyMatch(from::equalsIgnoreCase)) {
      throw refuse("tables.yaml declares the key column " + from + "; change that first");
    }
    add(new TableAlteration.RenameColumn(from, rename.to()));
  }

  private void changeType(Alteration.ChangeType change) {
    Column column = column(change.column());
    if (change.using().isPresent()) {
      throw new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "ALTER COLUMN TYPE with USING is not offered; ADD a column, UPDATE it, DROP the old one"
              + " and RENAME");
    }
    String type = canonical(change.type(), Optional.empty());
    if (type.equals(column.type())) {
      return;
    }
    if (sources.declaresType(table.name(), column.name())) {
      throw refuse("tables.yaml gives column " + column.name() + " its type; change it there");
    }
    boolean wider = sources.widening().widen(column.type(), type).equals(Optional.of(type));
    boolean isKey = key.stream().anyMatch(column.name()::equalsIgnoreCase);
    Optional<FileState> file = sources.fileWith(table.name(), column.name());
    if (!wider && isKey) {
      throw refuse(
          "column " + column.name() + " is part of the key and can only become a wider type");
    }
    if (file.isPresent() && !(wider && sources.onlyTyped(table.name(), column.name()))) {
      throw refuse(
          "column "
              + column.name()
              + " comes from a file ("
              + file.get().file().path()
              + "). Give it a type under columns in tables.yaml, or change the file");
    }
    refuseLoss(column, type);
    table
        .rules()
        .defaultOf(column.name())
        .ifPresent(sql -> tables.describe("SELECT CAST((" + sql + "\n) AS " + type + ")", NONE));
    add(new TableAlteration.ChangeType(column.name(), type));
  }

  private static final Parameters NONE = Parameters.NONE;

  /** No value may change its meaning: there and back again it is the same. */
  private void refuseLoss(Column column, String type) {
    String name = SqlIdentifiers.quote(column.name());
    String there = "TRY_CAST(" + name + " AS " + type + ")";
    String back = "TRY_CAST(" + there + " AS " + column.type() + ")";
    String lost =
        name + " IS NOT NULL AND (" + there + " IS NULL OR " + back + " IS DISTINCT FROM " + name;
    tables
        .text(
            "SELECT CAST(" + name + " AS VARCHAR) FROM " + view() + " WHERE " + lost + ") LIMIT 1")
        .ifPresent(
            value -> {
              throw new FlashDuckException(
                  ErrorCode.TYPE_MISMATCH,
                  "Conversion Error: column "
                      + column.name()
                      + " has the value "
                      + value
                      + ", which "
                      + type
                      + " does not hold unchanged; UPDATE such values first");
            });
  }

  private void setDefault(Column column, Optional<String> value) {
    Map<String, String> defaults = new HashMap<>(table.rules().defaults());
    defaults.keySet().removeIf(column.name()::equalsIgnoreCase);
    value.ifPresent(
        sql -> {
          canonical(column.type(), value);
          defaults.put(column.name(), sql);
        });
    rules(table.rules().notNull(), defaults);
  }

  private void setNotNull(String column, boolean notNull) {
    boolean isKey = key.stream().anyMatch(column::equalsIgnoreCase);
    if (isKey && !notNull) {
      throw refuse("column " + column + " is part of the key, which is never null");
    }
    if (isKey || table.rules().isNotNull(column) == notNull) {
      return;
    }
    List<String> columns = new ArrayList<>(table.rules().notNull());
    columns.removeIf(column::equalsIgnoreCase);
    if (notNull) {
      if (hasRows(SqlIdentifiers.quote(column) + " IS NULL")) {
        throw new FlashDuckException(
            ErrorCode.CONSTRAINT_VIOLATION,
            "Constraint Error: NOT NULL constraint failed: column "
                + column
                + " of "
                + table.name()
                + " has rows without a value; UPDATE or DELETE them first");
      }
      columns.add(column);
    }
    rules(columns, table.rules().defaults());
  }

  private void rules(List<String> notNull, Map<String, String> defaults) {
    TableRules rules = new TableRules(notNull, defaults, table.rules().checks());
    if (!rules.equals(table.rules())) {
      add(new TableAlteration.ChangeRules(rules));
    }
  }

  /** The rows are written anew under the other name. */
  private void renameTable(QualifiedName target, String to) {
    TableName name = new TableName(table.name().schema(), to);
    QualifiedName exact = new QualifiedName(List.of(name.schema(), name.name()));
    if (scope.find(exact).isPresent() || scope.findView(exact).isPresent()) {
      throw new FlashDuckException(
          ErrorCode.ALREADY_EXISTS,
          "Catalog Error: Table or view with name \"" + name + "\" already exists!");
    }
    List<FileState> files = sources.live(table.name());
    if (!files.isEmpty()) {
      throw refuse(
          "table "
              + Scope.text(target)
              + " has its name from files ("
              + files.get(0).file().path()
              + "); rename them, or name the table in tables.yaml");
    }
    sections.add(new ChangeSection.Create(name, table.columns(), key, false, table.rules()));
    ArrowRows rows = tables.logged("SELECT * FROM " + view(), List.of(), table.columns());
    if (rows.rowCount() > 0) {
      RowsKind kind = key.isEmpty() ? RowsKind.APPEND : RowsKind.UPSERT;
      sections.add(new ChangeSection.Rows(name, kind, key, table.columns(), rows));
    }
    sections.add(new ChangeSection.Drop(table.name()));
  }

  /** DuckDB checks the type and the DEFAULT, and writes the type as it always does. */
  private String canonical(String type, Optional<String> defaultValue) {
    String definition = type + defaultValue.map(sql -> " DEFAULT (" + sql + "\n)").orElse("");
    tables.execute("CREATE OR REPLACE TEMP TABLE " + PROBE + " (c " + definition + ")");
    return tables.describe("SELECT * FROM " + PROBE, NONE).get(0).type();
  }

  private String view() {
    return SqlIdentifiers.quote(table.name());
  }

  private boolean hasRows(String where) {
    return tables.number(
            "SELECT count(*) FROM (SELECT 1 FROM " + view() + " WHERE " + where + " LIMIT 1)")
        > 0;
  }

  private Optional<Column> find(String name) {
    return table.columns().stream().filter(c -> c.name().equalsIgnoreCase(name)).findFirst();
  }

  private Column column(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new FlashDuckException(
                    ErrorCode.NOT_FOUND,
                    "Binder Error: Table "
                        + table.name()
                        + " does not have a column with name \""
                        + name
                        + "\"; it has "
                        + String.join(", ", table.columns().stream().map(Column::name).toList())));
  }

  private static void refuseName(String column) {
    if (Hidden.isReserved(column)) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST,
          "Column " + column + ": names that begin with _fd_ are the server's own");
    }
  }

  private void refuseOfFile(String column, String what) {
    sources
        .fileWith(table.name(), column)
        .ifPresent(
            file -> {
              throw refuse(
                  "column "
                      + column
                      + " comes from a file ("
                      + file.file().path()
                      + ") and cannot be "
                      + what
                      + ": FlashDuck does not change files. Change the file, or CREATE VIEW over"
                      + " the table");
            });
  }

  /** The text of a CHECK is not rewritten. */
  private void refuseInCheck(String column, String what) {
    for (String check : table.rules().checks()) {
      boolean names =
          SqlLexer.tokens(check).stream()
              .anyMatch(t -> t.isName() && t.name().equalsIgnoreCase(column));
      if (names) {
        throw refuse(
            "column " + column + " cannot be " + what + " because CHECK (" + check + ") names it");
      }
    }
  }

  private FlashDuckException refuse(String why) {
    return new FlashDuckException(
        ErrorCode.INVALID_REQUEST, "ALTER TABLE " + table.name() + ": " + why);
  }

  private FlashDuckException exists(String column) {
    return new FlashDuckException(
        ErrorCode.ALREADY_EXISTS,
        "Catalog Error: Column with name " + column + " already exists in " + table.name() + "!");
  }
}
