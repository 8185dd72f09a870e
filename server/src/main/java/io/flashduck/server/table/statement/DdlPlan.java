package io.flashduck.server.table.statement;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.catalog.TableRules;
import io.flashduck.server.engine.Parameters;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.SqlStatement.ColumnDefinition;
import io.flashduck.server.engine.sql.SqlStatement.CreateTable;
import io.flashduck.server.engine.sql.SqlStatement.IfExists;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import io.flashduck.server.table.change.ChangeSection;
import io.flashduck.server.table.change.RowsKind;
import io.flashduck.server.table.merge.Hidden;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Plans definitions: CREATE TABLE [AS], CREATE VIEW, CREATE SCHEMA, their DROPs, and ALTER TABLE by
 * {@link AlterPlan}.
 *
 * <p>NOT NULL, DEFAULT and CHECK become the table's rules. References and generated columns are
 * refused, because nothing would hold them.
 *
 * <p>Threading: confined to the apply lane, inside the transaction that is rolled back.
 */
final class DdlPlan {
  private static final String DEFINED = "temp._fd_defined";

  private final CapturedTables tables;
  private final Scope scope;
  private final TableSources sources;
  private final Consumer<TableName> refuseReserved;
  private final UnaryOperator<String> reading;

  /**
   * @param sources files of tables, and what {@code tables.yaml} says of them
   * @param refuseReserved refuses names that are the server's own
   * @param reading the text with which a query is tried out
   */
  DdlPlan(
      CapturedTables tables,
      Scope scope,
      TableSources sources,
      Consumer<TableName> refuseReserved,
      UnaryOperator<String> reading) {
    this.tables = tables;
    this.scope = scope;
    this.sources = sources;
    this.refuseReserved = refuseReserved;
    this.reading = reading;
  }

  Evaluation plan(SqlStatement statement) {
    if (statement instanceof CreateTable create) {
      return createTable(create);
    }
    if (statement instanceof SqlStatement.CreateView create) {
      return createView(create);
    }
    if (statement instanceof SqlStatement.CreateSchema create) {
      return createSchema(create);
    }
    if (statement instanceof SqlStatement.Drop drop) {
      return drop(drop);
    }
    if (statement instanceof SqlStatement.AlterTable alter) {
      return alterTable(alter);
    }
    throw new FlashDuckException(ErrorCode.UNIMPLEMENTED, "This statement is not offered");
  }

  private Evaluation alterTable(SqlStatement.AlterTable alter) {
    if (alter.ifExists()
        && scope.find(alter.target()).isEmpty()
        && scope.findView(alter.target()).isEmpty()) {
      return Evaluation.nothing();
    }
    return new AlterPlan(tables, scope, sources, scope.table(alter.target())).plan(alter);
  }

  private Evaluation createTable(CreateTable create) {
    TableName name = scope.created(create.target());
    refuseReserved.accept(name);
    refuseUnsupported(create);
    if (!mayCreate(create.target(), create.ifExists(), "Table")) {
      return Evaluation.nothing();
    }
    boolean replace = create.ifExists() == IfExists.REPLACE;
    Optional<String> query = create.query();
    List<Column> columns = query.isPresent() ? captured(create, query.get()) : defined(create);
    refuseNames(columns);
    List<String> key = key(create, name, columns);
    List<ChangeSection> sections = new ArrayList<>();
    sections.add(
        new ChangeSection.Create(name, columns, key, replace, rules(create, key, columns)));
    long count = 0;
    if (query.isPresent() && create.withData()) {
      if (!key.isEmpty()) {
        refuseKeys(name, key);
      }
      ArrowRows rows = tables.logged("SELECT * FROM " + DEFINED, List.of(), columns);
      count = rows.rowCount();
      if (count > 0) {
        sections.add(
            new ChangeSection.Rows(
                name, key.isEmpty() ? RowsKind.APPEND : RowsKind.UPSERT, key, columns, rows));
      }
    }
    return new Evaluation(sections, count, Optional.empty());
  }

  private static void refuseUnsupported(CreateTable create) {
    List<String> refused = new ArrayList<>(create.unsupported());
    for (ColumnDefinition column : create.columns()) {
      refused.addAll(column.unsupported());
    }
    boolean ruled =
        create.columns().stream().anyMatch(c -> c.notNull() || c.defaultValue().isPresent());
    if (create.query().isPresent() && (ruled || !create.checks().isEmpty())) {
      refused.add("NOT NULL, DEFAULT or CHECK and AS");
    }
    if (!refused.isEmpty()) {
      throw new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "CREATE TABLE with " + refused.get(0) + " is not offered; leave it out");
    }
  }

  /** Whether to go on; false if the object exists and is to be kept. */
  private boolean mayCreate(QualifiedName target, IfExists ifExists, String what) {
    TableName name = scope.created(target);
    QualifiedName exact = new QualifiedName(List.of(name.schema(), name.name()));
    boolean table = scope.find(exact).isPresent();
    boolean view = scope.findView(exact).isPresent();
    if (!table && !view) {
      return true;
    }
    boolean sameKind = what.equals("Table") ? table : view;
    if (sameKind && ifExists != IfExists.FAIL) {
      return ifExists == IfExists.REPLACE;
    }
    throw new FlashDuckException(
        ErrorCode.ALREADY_EXISTS,
        "Catalog Error: "
            + (table ? "Table" : "View")
            + " with name \""
            + name
            + "\" already exists!");
  }

  /** Runs the query into a temporary table, whose columns are the new table's. */
  private List<Column> captured(CreateTable create, String query) {
    String names =
        create.columns().isEmpty()
            ? ""
            : " AS _fd_q("
                + String.join(
                    ", ",
                    create.columns().stream().map(c -> SqlIdentifiers.quote(c.name())).toList())
                + ")";
    tables.execute(
        "CREATE OR REPLACE TEMP TABLE " + DEFINED + " AS SELECT * FROM (" + query + "\n)" + names);
    return tables.describe("SELECT * FROM " + DEFINED, Parameters.NONE);
  }

  /** DuckDB checks names and types, and writes the types as it always does. */
  private List<Column> defined(CreateTable create) {
    List<String> definitions =
        create.columns().stream()
            .map(
                c ->
                    SqlIdentifiers.quote(c.name())
                        + " "
                        + typeOf(c)
                        + c.defaultValue().map(d -> " DEFAULT (" + d + "\n)").orElse(""))
            .collect(Collectors.toCollection(ArrayList::new));
    create.checks().forEach(check -> definitions.add("CHECK (" + check + "\n)"));
    tables.execute(
        "CREATE OR REPLACE TEMP TABLE " + DEFINED + " (" + String.join(", ", definitions) + ")");
    return tables.describe("SELECT * FROM " + DEFINED, Parameters.NONE);
  }

  /** What the statement says of values; the key has none of null anyway. */
  private static TableRules rules(CreateTable create, List<String> key, List<Column> columns) {
    List<String> notNull = new ArrayList<>();
    Map<String, String> defaults = new TreeMap<>();
    for (int i = 0; i < create.columns().size() && i < columns.size(); i++) {
      ColumnDefinition column = create.columns().get(i);
      String name = columns.get(i).name();
      if (column.notNull() && key.stream().noneMatch(name::equalsIgnoreCase)) {
        notNull.add(name);
      }
      column.defaultValue().ifPresent(value -> defaults.put(name, value));
    }
    return new TableRules(notNull, defaults, create.checks());
  }

  /** ADBC's Java driver creates its text columns as CLOB, which DuckDB does not know. */
  private static String typeOf(ColumnDefinition column) {
    return column.type().equalsIgnoreCase("CLOB") ? "VARCHAR" : column.type();
  }

  private static void refuseNames(List<Column> columns) {
    Set<String> names = new HashSet<>();
    for (Column column : columns) {
      if (Hidden.isReserved(column.name())) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST,
            "Column " + column.name() + ": names that begin with _fd_ are the server's own");
      }
      if (!names.add(column.name().toLowerCase(Locale.ROOT))) {
        throw new FlashDuckException(
            ErrorCode.INVALID_REQUEST, "Column " + column.name() + " is there twice");
      }
    }
  }

  private List<String> key(CreateTable create, TableName name, List<Column> columns) {
    List<String> wanted =
        create.primaryKey().isEmpty() ? sources.declaredKey(name) : create.primaryKey();
    List<String> key = new ArrayList<>();
    for (String column : wanted) {
      key.add(
          columns.stream()
              .map(Column::name)
              .filter(column::equalsIgnoreCase)
              .findFirst()
              .orElseThrow(
                  () ->
                      new FlashDuckException(
                          ErrorCode.INVALID_REQUEST,
                          "Key column " + column + " is not a column of table " + name)));
    }
    return key;
  }

  private void refuseKeys(TableName name, List<String> key) {
    String columns = String.join(", ", key.stream().map(SqlIdentifiers::quote).toList());
    String anyNull =
        String.join(" OR ", key.stream().map(k -> SqlIdentifiers.quote(k) + " IS NULL").toList());
    boolean bad =
        tables.number(
                "SELECT count(*) FROM (SELECT 1 FROM "
                    + DEFINED
                    + " WHERE "
                    + anyNull
                    + " UNION ALL (SELECT 1 FROM "
                    + DEFINED
                    + " GROUP BY "
                    + columns
                    + " HAVING count(*) > 1) LIMIT 1)")
            > 0;
    if (bad) {
      throw new FlashDuckException(
          ErrorCode.CONSTRAINT_VIOLATION,
          "Constraint Error: the rows for table "
              + name
              + " are not distinct by the key ("
              + String.join(", ", key)
              + "), or have none");
    }
  }

  private Evaluation createView(SqlStatement.CreateView create) {
    TableName name = scope.created(create.target());
    refuseReserved.accept(name);
    if (!mayCreate(create.target(), create.ifExists(), "View")) {
      return Evaluation.nothing();
    }
    if (!BoundSql.parameters(create.query()).isEmpty()) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "A view cannot have parameters; write the values");
    }
    tables.describe(reading.apply(create.query()), Parameters.NONE); // names and types are right
    String text = new ViewText(tables.connection(), scope).qualified(create.query());
    String columns =
        String.join(", ", create.columns().stream().map(SqlIdentifiers::quote).toList());
    String query =
        columns.isEmpty() ? text : "SELECT * FROM (" + text + "\n) AS _fd_v(" + columns + ")";
    return Evaluation.of(new ChangeSection.CreateView(name, query, scope.searchPath()));
  }

  private Evaluation createSchema(SqlStatement.CreateSchema create) {
    String schema = scope.schema(create.target());
    refuseReserved.accept(new TableName(schema, "-"));
    if (schemaExists(schema)) {
      if (create.ifExists() == IfExists.KEEP) {
        return Evaluation.nothing();
      }
      throw new FlashDuckException(
          ErrorCode.ALREADY_EXISTS,
          "Catalog Error: Schema with name \"" + schema + "\" already exists!");
    }
    return Evaluation.of(new ChangeSection.CreateSchema(schema));
  }

  private boolean schemaExists(String schema) {
    return schema.equalsIgnoreCase(TableName.DEFAULT_SCHEMA)
        || tables.number(
                "SELECT count(*) FROM system.main.duckdb_schemas() WHERE database_name = current_database() AND"
                    + " lower(schema_name) = lower("
                    + SqlIdentifiers.literal(schema)
                    + ")")
            > 0;
  }

  /** What would have to go with a schema. */
  private List<ChangeSection> inSchema(String schema) {
    List<ChangeSection> sections = new ArrayList<>();
    scope.catalog().tables().keySet().stream()
        .filter(table -> table.schema().equalsIgnoreCase(schema))
        .forEach(table -> sections.add(new ChangeSection.Drop(table)));
    scope.catalog().views().keySet().stream()
        .filter(view -> view.schema().equalsIgnoreCase(schema))
        .forEach(view -> sections.add(new ChangeSection.DropView(view)));
    return sections;
  }

  private Evaluation drop(SqlStatement.Drop drop) {
    List<ChangeSection> sections = new ArrayList<>();
    for (QualifiedName target : drop.targets()) {
      switch (drop.kind()) {
        case TABLE -> dropTable(drop, target).ifPresent(sections::add);
        case VIEW -> dropView(drop, target).ifPresent(sections::add);
        case SCHEMA -> sections.addAll(dropSchema(drop, target));
      }
    }
    return new Evaluation(sections, 0, Optional.empty());
  }

  private Optional<ChangeSection> dropTable(SqlStatement.Drop drop, QualifiedName target) {
    Optional<TableDefinition> table = scope.find(target);
    if (table.isPresent()) {
      return Optional.of(new ChangeSection.Drop(table.get().name()));
    }
    scope
        .findView(target)
        .ifPresent(
            view -> {
              throw new FlashDuckException(
                  ErrorCode.INVALID_REQUEST, view + " is a view; use DROP VIEW");
            });
    return missing(drop, "Table", target);
  }

  private Optional<ChangeSection> dropView(SqlStatement.Drop drop, QualifiedName target) {
    Optional<TableName> view = scope.findView(target);
    if (view.isPresent()) {
      return Optional.of(new ChangeSection.DropView(view.get()));
    }
    scope
        .find(target)
        .ifPresent(
            table -> {
              throw new FlashDuckException(
                  ErrorCode.INVALID_REQUEST, table.name() + " is a table; use DROP TABLE");
            });
    return missing(drop, "View", target);
  }

  private static Optional<ChangeSection> missing(
      SqlStatement.Drop drop, String what, QualifiedName target) {
    if (drop.ifExists()) {
      return Optional.empty();
    }
    throw new FlashDuckException(
        ErrorCode.NOT_FOUND,
        "Catalog Error: " + what + " with name " + Scope.text(target) + " does not exist!");
  }

  private List<ChangeSection> dropSchema(SqlStatement.Drop drop, QualifiedName target) {
    String schema = scope.schema(target);
    refuseReserved.accept(new TableName(schema, "-"));
    if (!schemaExists(schema)) {
      missing(drop, "Schema", target);
      return List.of();
    }
    List<ChangeSection> inside = inSchema(schema);
    if (schema.equalsIgnoreCase(TableName.DEFAULT_SCHEMA)) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "Schema main holds the data folder's own tables and stays");
    }
    if (!inside.isEmpty() && !drop.cascade()) {
      throw new FlashDuckException(
          ErrorCode.CONSTRAINT_VIOLATION,
          "Dependency Error: schema " + schema + " is not empty; use DROP SCHEMA … CASCADE");
    }
    List<ChangeSection> sections = new ArrayList<>(inside);
    sections.add(new ChangeSection.DropSchema(schema));
    return sections;
  }
}
