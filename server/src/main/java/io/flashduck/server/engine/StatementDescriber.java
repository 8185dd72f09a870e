package io.flashduck.server.engine;

import io.flashduck.server.engine.StatementDescription.Execution;
import io.flashduck.server.engine.live.LiveTable;
import io.flashduck.server.engine.sql.NumberedParameters;
import io.flashduck.server.engine.sql.SearchPath;
import io.flashduck.server.engine.sql.SessionStatements;
import io.flashduck.server.engine.sql.SqlScript;
import io.flashduck.server.engine.sql.StatementGuard;
import io.flashduck.server.engine.sql.StatementKind;
import io.flashduck.server.engine.sql.TableReferences;
import io.flashduck.server.engine.sql.VersionCalls;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBResultSetMetaData;
import org.duckdb.StatementReturnType;

/**
 * Describes clients' statements on one connection without running them: what they read, their
 * columns and parameters, and the text that DuckDB is to run.
 *
 * <p>Threading: confined to its connection's lane.
 */
final class StatementDescriber {
  private static final Schema NO_COLUMNS = new Schema(List.of());

  private final DuckSession session;
  private final DescriptionCache descriptions;
  private final RecentTexts described;
  private final Supplier<TableVersions> versions;
  private final StatementGuard guard;

  /**
   * @param described hears what is described
   */
  StatementDescriber(
      DuckSession session,
      DescriptionCache descriptions,
      RecentTexts described,
      Supplier<TableVersions> versions,
      StatementGuard guard) {
    this.session = session;
    this.descriptions = descriptions;
    this.described = described;
    this.versions = versions;
    this.guard = guard;
  }

  /**
   * What a description depends on besides the text.
   *
   * @param schemaVersion the catalog's
   * @param privateState of a session with temporary tables; 0 for all others
   * @param types of the result
   */
  record Circumstances(
      long schemaVersion, long privateState, SessionOptions options, TypeMode types) {
    private ResultForm form() {
      return new ResultForm(types, options.timeZone());
    }
  }

  /** What a query reads. */
  private record Reads(
      TableReferences references, Set<LiveTable> live, List<TableVersions.Version> versions) {}

  /** Describes one statement; remembered by text and circumstances. */
  StatementDescription describe(String sql, Circumstances now) {
    VersionedText text = versioned(sql, now.options());
    DescriptionCache.Key key =
        new DescriptionCache.Key(
            sql,
            now.schemaVersion(),
            now.options(),
            now.types(),
            now.privateState(),
            text.versions());
    StatementDescription known = descriptions.get(key);
    if (known != null) {
      return known;
    }
    StatementDescription found;
    try {
      found = describeNow(single(sql), text, now);
    } catch (FlashDuckException e) {
      throw VersionedText.explained(e, text.versions());
    }
    descriptions.put(key, found);
    described.add(sql);
    return found;
  }

  /** What a described query reads, also if its description does not say. */
  TableReferences references(StatementDescription description, SessionOptions options) {
    return description.references().complete() || description.kind() != StatementKind.QUERY
        ? description.references()
        : guard.references(versioned(description.sql(), options).checked());
  }

  /** The schema of a query's result for these parameters. */
  Schema bound(StatementDescription description, Parameters parameters, SessionOptions options) {
    TypeMode types = description.execution().types();
    return description.resultKnown()
        ? description.resultSchema()
        : session
            .columns()
            .bound(description.execution().sql(), parameters, types)
            .wireSchema(new ResultForm(types, options.timeZone()));
  }

  /** The one statement of a text, without its semicolon and the comments around it. */
  static String single(String text) {
    List<String> statements = SqlScript.split(text);
    if (statements.size() > 1) {
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "Expected one statement, got " + statements.size() + ".");
    }
    return statements.isEmpty() ? "" : statements.get(0);
  }

  /** The text with the files of the earlier versions that a query reads now. */
  private VersionedText versioned(String sql, SessionOptions options) {
    if (!VersionCalls.possibleIn(sql)) {
      return VersionedText.of(sql);
    }
    String single = single(sql);
    return StatementKind.of(single) == StatementKind.QUERY
        ? VersionedText.of(
            VersionCalls.in(single), call -> version(call, options), session::serializedParse)
        : VersionedText.of(sql);
  }

  private TableVersions.Version version(VersionCalls.Call call, SessionOptions options) {
    TableVersions finder = versions.get();
    List<String> schemas = SearchPath.schemas(options.searchPath());
    return switch (call.function()) {
      case AT -> finder.version(call.table(), call.sequence(), schemas);
      case CHANGES -> finder.changes(call.table(), call.sequence(), schemas);
    };
  }

  private StatementDescription describeNow(String sql, VersionedText text, Circumstances now) {
    StatementKind kind = StatementKind.of(sql);
    if (kind == StatementKind.REFUSED) {
      throw SessionStatements.refusal(sql);
    }
    if (kind != StatementKind.QUERY) {
      return new StatementDescription(
          sql,
          kind,
          NO_COLUMNS,
          true,
          NO_COLUMNS,
          TableReferences.UNKNOWN,
          Set.of(),
          new Execution(sql, now.types(), List.of(), List.of(), List.of()));
    }
    boolean plain = text.versions().isEmpty();
    String checked = plain ? sql : text.checked();
    TableReferences references = guard.checkQuery(checked);
    NumberedParameters numbered = NumberedParameters.of(plain ? sql : text.executed());
    Reads reads = new Reads(references, liveViews(now).readBy(checked), text.versions());
    return session.inspect(
        numbered.sql(),
        (metadata, statement) -> {
          if (metadata.getReturnType() != StatementReturnType.QUERY_RESULT) {
            throw new FlashDuckException(
                ErrorCode.UNIMPLEMENTED, "The statement is not a query: " + sql);
          }
          return query(sql, numbered, reads, ParametersOf.of(statement, numbered), metadata, now);
        });
  }

  private LiveViews liveViews(Circumstances now) {
    return descriptions.liveViews(
        now.schemaVersion(),
        now.privateState(),
        () ->
            LiveViews.of(
                session.query(
                    LiveViews.TEXTS,
                    row -> new LiveViews.Text(row.getString(1), row.getString(2)),
                    Parameters.NONE)));
  }

  /** Names and types of a statement's parameters. */
  private record ParametersOf(List<String> names, List<String> types) {
    static ParametersOf of(PreparedStatement statement, NumberedParameters numbered)
        throws SQLException {
      ParameterMetaData parameters = statement.getParameterMetaData();
      List<String> names = new ArrayList<>();
      List<String> types = new ArrayList<>();
      for (int i = 1; i <= parameters.getParameterCount(); i++) {
        names.add(i <= numbered.names().size() ? numbered.names().get(i - 1) : "parameter_" + i);
        types.add(parameters.getParameterTypeName(i));
      }
      return new ParametersOf(names, types);
    }

    Parameters nulls() {
      return Parameters.ofList(Collections.nCopies(names.size(), null));
    }
  }

  private StatementDescription query(
      String sql,
      NumberedParameters numbered,
      Reads reads,
      ParametersOf parameters,
      DuckDBResultSetMetaData metadata,
      Circumstances now)
      throws SQLException {
    ResultColumns prepared = ResultColumns.of(metadata);
    boolean known = !prepared.unresolved();
    ResultColumns columns =
        session.columns().completed(numbered.sql(), prepared, parameters.nulls(), now.types());
    return new StatementDescription(
        sql,
        StatementKind.QUERY,
        columns.wireSchema(now.form()),
        known,
        ParameterTypes.schema(parameters.names(), parameters.types()),
        reads.references(),
        reads.live(),
        new Execution(
            known ? columns.wireSql(numbered.sql(), now.types()) : numbered.sql(),
            now.types(),
            columns.types().stream().map(DuckType::sql).toList(),
            parameters.types(),
            reads.versions()));
  }
}
