package io.flashduck.server.engine;

import io.flashduck.server.engine.sql.NumberedParameters;
import io.flashduck.server.engine.sql.QualifiedName;
import io.flashduck.server.engine.sql.SessionStatements;
import io.flashduck.server.engine.sql.SqlStatement;
import io.flashduck.server.engine.sql.StatementGuard;
import io.flashduck.server.engine.sql.StatementParser;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.util.Locale;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The temporary tables and views of one connection, which are all that a client changes there.
 *
 * <p>Threading: confined to its connection's lane.
 */
final class TemporaryTables {
  /** The server's own, made for a transaction. */
  private static final String OF_SERVER = "_fd_";

  private static final String EXISTS =
      """
      SELECT 1 FROM system.main.duckdb_tables()
      WHERE database_name = 'temp' AND lower(table_name) = lower($1)
      UNION ALL SELECT 1 FROM system.main.duckdb_views()
      WHERE database_name = 'temp' AND lower(view_name) = lower($1)
      """;

  private final DuckSession session;
  private final StatementGuard guard;
  private boolean any;

  TemporaryTables(DuckSession session, StatementGuard guard) {
    this.session = session;
    this.guard = guard;
  }

  /** Whether the client has made one. */
  boolean any() {
    return any;
  }

  /** Says that the client has made one. */
  void made() {
    any = true;
  }

  /** Runs a change of temporary tables and returns the number of rows. */
  long change(String sql, SqlStatement statement, Parameters parameters) {
    if (!isTemporary(statement)) {
      throw new FlashDuckException(
          ErrorCode.PERMISSION_DENIED,
          "Only temporary tables can be changed on a client's connection.");
    }
    guard.checkChange(statement);
    long rows = session.update(numbered(sql).sql(), parameters);
    any = true;
    return rows;
  }

  /** The parameters of a change, in the types that JDBC's driver can bind; nothing is run. */
  Schema describe(String sql) {
    guard.checkChange(StatementParser.parse(sql));
    NumberedParameters numbered = numbered(sql);
    return session.describeParameters(numbered.sql(), numbered.names());
  }

  private static NumberedParameters numbered(String sql) {
    return NumberedParameters.of(SessionStatements.temporary(sql));
  }

  /** Whether a statement changes nothing but temporary tables and views. */
  boolean isTemporary(SqlStatement statement) {
    if (statement instanceof SqlStatement.CreateTable create) {
      return create.temporary() || inTemporaryCatalog(create.target());
    }
    if (statement instanceof SqlStatement.CreateView create) {
      return create.temporary() || inTemporaryCatalog(create.target());
    }
    if (statement instanceof SqlStatement.Dml dml) {
      return isTemporary(dml.target());
    }
    if (statement instanceof SqlStatement.AlterTable alter) {
      return isTemporary(alter.target());
    }
    return statement instanceof SqlStatement.Drop drop
        && drop.kind() != SqlStatement.ObjectKind.SCHEMA
        && drop.targets().stream().allMatch(this::isTemporary);
  }

  /** Whether a name means a temporary table or view of the client. */
  boolean isTemporary(QualifiedName name) {
    if (!any || name.name().toLowerCase(Locale.ROOT).startsWith(OF_SERVER)) {
      return false;
    }
    if (name.parts().size() > 1 && !inTemporaryCatalog(name)) {
      return false;
    }
    return !session.query(EXISTS, row -> true, Parameters.of(name.name())).isEmpty();
  }

  private static boolean inTemporaryCatalog(QualifiedName name) {
    return name.parts().size() > 1 && name.parts().get(0).equalsIgnoreCase("temp");
  }
}
