package io.flashduck.server.table.merge;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How one table is stored: its user columns, what identifies a row, and the names of its tables.
 *
 * <p>Three tables hold a table's contributions: <i>stored</i> has the winner of each identity,
 * <i>shadow</i> the rows that come back when the file that beats them goes, <i>deleted</i> the
 * tombstones. The order of columns inside them is of no meaning; every statement names columns.
 *
 * <p>Threading: immutable.
 *
 * @param name the table
 * @param columns the user's columns in the order that clients see
 * @param key the key columns; empty for a table without a key
 * @param standIn what is read as the table of winners instead, as SQL: a transaction's view of it
 */
public record TableLayout(
    TableName name, List<Column> columns, List<String> key, Optional<String> standIn) {
  public TableLayout {
    columns = List.copyOf(columns);
    key = List.copyOf(key);
  }

  /** A table as it is stored. */
  public TableLayout(TableName name, List<Column> columns, List<String> key) {
    this(name, columns, key, Optional.empty());
  }

  /** How a table of that definition is stored. */
  public static TableLayout of(TableDefinition table) {
    return new TableLayout(
        table.name(), table.columns(), table.key().map(TableKey::columns).orElse(List.of()));
  }

  /** The same table, read from something else. */
  public TableLayout readFrom(String relation) {
    return new TableLayout(name, columns, key, Optional.of(relation));
  }

  /** Whether rows are identified by key columns, not by their origin. */
  public boolean keyed() {
    return !key.isEmpty();
  }

  /** The columns that identify a row: the key, or the row's origin. */
  public List<String> identity() {
    return keyed() ? key : List.of(Hidden.SOURCE, Hidden.ROW);
  }

  /** The columns that identify a row, with their types. */
  public List<Column> identityColumns() {
    return keyed()
        ? key.stream().map(this::column).toList()
        : List.of(new Column(Hidden.SOURCE, "BIGINT"), new Column(Hidden.ROW, "BIGINT"));
  }

  /** The user column of that name, compared as DuckDB compares names. */
  public Column column(String columnName) {
    String folded = columnName.toLowerCase(Locale.ROOT);
    return columns.stream()
        .filter(c -> c.name().toLowerCase(Locale.ROOT).equals(folded))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(name + " has no column " + columnName));
  }

  /** Whether that column is part of the key. */
  public boolean isKey(String columnName) {
    return key.stream().anyMatch(columnName::equalsIgnoreCase);
  }

  /** The quoted name of the table of winners. */
  public String stored() {
    return standIn.orElseGet(() -> storedName(name, ""));
  }

  /** The quoted name of the table of rows that may come back. */
  public String shadow() {
    return storedName(name, "#shadow");
  }

  /** The quoted name of the table of tombstones. */
  public String deleted() {
    return storedName(name, "#deleted");
  }

  /** The quoted name of the view that clients see. */
  public String view() {
    return SqlIdentifiers.quote(name);
  }

  /** The quoted user columns, separated by commas; with a table alias in front if not empty. */
  public String columnList(String alias) {
    return Names.list(columns.stream().map(Column::name).toList(), alias);
  }

  /** The quoted user and hidden columns, separated by commas. */
  public String allColumns(String alias) {
    String hidden = Names.list(Hidden.COLUMNS, alias);
    return columns.isEmpty() ? hidden : columnList(alias) + ", " + hidden;
  }

  /** The quoted identity columns, separated by commas. */
  public String identityList(String alias) {
    return Names.list(identity(), alias);
  }

  /** The condition that two aliases mean the same row. */
  public String sameIdentity(String left, String right) {
    return String.join(
        " AND ",
        identity().stream()
            .map(SqlIdentifiers::quote)
            .map(c -> left + "." + c + " = " + right + "." + c)
            .toList());
  }

  /** The name of the table of winners within its schema. */
  public String storedName() {
    return plainName(name, "");
  }

  /** Dots, signs and per cents in names are escaped, so that no two tables share a stored name. */
  private static String storedName(TableName table, String suffix) {
    return Hidden.SCHEMA + "." + SqlIdentifiers.quote(plainName(table, suffix));
  }

  private static String plainName(TableName table, String suffix) {
    return escape(table.schema()).replace(".", "%2E") + "." + escape(table.name()) + suffix;
  }

  private static String escape(String text) {
    return text.replace("%", "%25").replace("#", "%23");
  }
}
