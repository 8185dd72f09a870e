package io.flashduck.server.table.transaction;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.engine.ClientConnection;
import io.flashduck.server.engine.Engine;
import io.flashduck.server.engine.EngineConnection;
import io.flashduck.server.engine.sql.NameRewriter;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.engine.sql.StatementRewriter;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.statement.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What the names in a transaction's statements mean: tables that it changed, and views over them,
 * are read from its buffer.
 *
 * <p>Threading: confined to whoever holds the transaction's connection.
 */
final class TransactionNames {
  private final ClientConnection client;
  private final EngineConnection connection;
  private final TransactionBuffer buffer;
  private final LongSupplier numbers;
  private final Map<TableName, StandIn> views = new HashMap<>();

  /** A temporary view that is read in place of a view, and its text. */
  private record StandIn(String text, String name) {}

  /**
   * @param numbers tell the temporary objects of all transactions apart
   */
  TransactionNames(ClientConnection client, TransactionBuffer buffer, LongSupplier numbers) {
    this.client = client;
    this.connection = client.internal();
    this.buffer = buffer;
    this.numbers = numbers;
  }

  /** A query that reads what the transaction sees. */
  String query(String sql, List<String> searchPath) {
    return rewriter(searchPath).query(sql);
  }

  /** A changing statement that reads what the transaction sees. */
  SqlStatement statement(SqlStatement statement, List<String> searchPath) {
    return new StatementRewriter(rewriter(searchPath)).rewritten(statement);
  }

  /** The text of a statement that changes temporary tables, reading what the transaction sees. */
  String temporary(String sql, List<String> searchPath) {
    SqlStatement written = StatementParser.parse(sql);
    SqlStatement read = statement(written, searchPath);
    boolean view =
        written instanceof SqlStatement.CreateView create
            && !rewriter(searchPath).query(create.query()).equals(create.query());
    if (read.equals(written) && !view) {
      return sql;
    }
    Optional<String> from = source(written);
    int at = from.map(sql::lastIndexOf).orElse(-1);
    if (at < 0 || !withoutSource(read).equals(withoutSource(written))) {
      throw new FlashDuckException(
          ErrorCode.UNIMPLEMENTED,
          "This statement on a temporary object reads a table that the transaction has changed;"
              + " only INSERT INTO … SELECT and CREATE TEMP TABLE … AS can, or commit first");
    }
    return sql.substring(0, at)
        + source(read).orElseThrow()
        + sql.substring(at + from.orElseThrow().length());
  }

  private static Optional<String> source(SqlStatement statement) {
    if (statement instanceof SqlStatement.Insert insert) {
      return insert.source();
    }
    return statement instanceof SqlStatement.CreateTable create ? create.query() : Optional.empty();
  }

  private static List<Object> withoutSource(SqlStatement statement) {
    return statement instanceof SqlStatement.Insert insert
        ? List.of(insert.with(), insert.onConflict(), insert.returning())
        : statement instanceof SqlStatement.CreateTable ? List.of() : List.of(statement);
  }

  private NameRewriter rewriter(List<String> searchPath) {
    return new NameRewriter(
        sql ->
            connection.query("SELECT json_serialize_sql(?)", row -> row.getString(1), sql).get(0),
        name -> standIn(name, searchPath));
  }

  /** What is read in place of a name; empty for what the transaction has not changed. */
  private Optional<String> standIn(QualifiedName name, List<String> searchPath) {
    boolean foreign =
        name.catalog().isPresent() && !name.catalog().get().equalsIgnoreCase(Engine.CATALOG);
    if (foreign || client.isTemporary(name)) {
      return Optional.empty();
    }
    Scope now = new Scope(buffer.catalog(), searchPath);
    Optional<TableName> table = now.find(name).map(TableDefinition::name);
    if (table.isPresent()) {
      return buffer.written(table.get()).map(BufferedTable::view);
    }
    Optional<TableName> view = now.findView(name);
    if (view.isPresent()) {
      return viewStandIn(view.get());
    }
    Scope before = new Scope(buffer.snapshot(), searchPath);
    if (before.find(name).isPresent() || before.findView(name).isPresent()) {
      throw new FlashDuckException(
          ErrorCode.NOT_FOUND,
          "Catalog Error: Table " + name + " does not exist: this transaction dropped it");
    }
    return Optional.empty();
  }

  /** A view that reads changed tables, or is itself of this transaction. */
  private Optional<String> viewStandIn(TableName view) {
    String text = String.valueOf(buffer.catalog().views().get(view));
    String read = rewriter(List.of(TableName.DEFAULT_SCHEMA)).query(text);
    if (read.equals(text) && !buffer.definesView(view)) {
      return Optional.empty();
    }
    StandIn known = views.get(view);
    if (known == null || !known.text().equals(read)) {
      if (known != null) {
        connection.execute("DROP VIEW IF EXISTS " + known.name());
      }
      known = new StandIn(read, "temp._fd_tx_" + numbers.getAsLong());
      connection.execute("CREATE TEMP VIEW " + known.name() + " AS " + read);
      views.put(view, known);
    }
    return Optional.of(known.name());
  }

  /** Removes the temporary views. */
  void clear() {
    views.values().forEach(view -> connection.execute("DROP VIEW IF EXISTS " + view.name()));
  }
}
