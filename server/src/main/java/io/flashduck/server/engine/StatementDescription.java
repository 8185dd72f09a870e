package io.flashduck.server.engine;

import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.engine.sql.TableReferences;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * What is known of a statement without running it.
 *
 * <p>Threading: immutable.
 *
 * @param sql the statement as the client wrote it
 * @param kind who runs it
 * @param resultSchema the columns on the wire; empty if it is not a query
 * @param resultKnown false while the result depends on the types of unbound parameters; then the
 *     schema is a guess, and {@link ClientConnection#describeBound} tells more
 * @param parameterSchema the parameters in the types that JDBC's driver can bind
 * @param live the live tables that it may read
 * @param references what the query reads, if that came up; see {@link ClientConnection#references}
 */
public record StatementDescription(
    String sql,
    StatementKind kind,
    Schema resultSchema,
    boolean resultKnown,
    Schema parameterSchema,
    TableReferences references,
    Set<LiveTable> live,
    Execution execution) {
  public StatementDescription {
    live = Set.copyOf(live);
  }

  /**
   * How the engine runs it.
   *
   * @param sql with numbered parameters and with casts of the columns that are not exported as they
   *     are
   * @param types the types of the result
   * @param columnTypes DuckDB's names of the columns' types
   * @param parameterTypes DuckDB's names of the parameters' types
   * @param versions the earlier versions of tables that it reads
   */
  public record Execution(
      String sql,
      TypeMode types,
      List<String> columnTypes,
      List<String> parameterTypes,
      List<TableVersions.Version> versions) {
    public Execution {
      columnTypes = List.copyOf(columnTypes);
      parameterTypes = List.copyOf(parameterTypes);
      versions = List.copyOf(versions);
    }
  }

  /** Whether a client that runs it gets rows. */
  public boolean returnsRows() {
    return kind == StatementKind.QUERY;
  }
}
