package io.flashduck.server.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.engine.sql.SqlStatement.Assignment;
import io.flashduck.server.engine.sql.SqlStatement.ColumnDefinition;
import io.flashduck.server.engine.sql.SqlStatement.CreateTable;
import io.flashduck.server.engine.sql.SqlStatement.Delete;
import io.flashduck.server.engine.sql.SqlStatement.IfExists;
import io.flashduck.server.engine.sql.SqlStatement.Insert;
import io.flashduck.server.engine.sql.SqlStatement.MatchKind;
import io.flashduck.server.engine.sql.SqlStatement.Merge;
import io.flashduck.server.engine.sql.SqlStatement.MergeAction;
import io.flashduck.server.engine.sql.SqlStatement.MergeClause;
import io.flashduck.server.engine.sql.SqlStatement.ObjectKind;
import io.flashduck.server.engine.sql.SqlStatement.OnConflict;
import io.flashduck.server.engine.sql.SqlStatement.OrAction;
import io.flashduck.server.engine.sql.SqlStatement.Update;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * A statement that is written out from its clauses is cut into the same clauses again, however it
 * is spaced and whatever its expressions, names and literals contain.
 */
final class StatementParserProperties {

  @Property(tries = 500)
  void parse_ofAnInsertWrittenOut_isTheInsert(
      @ForAll("inserts") Insert insert, @ForAll("styles") SqlText.Style style) {
    assertParsed(insert, SqlText.of(insert), style);
  }

  @Property(tries = 500)
  void parse_ofAnUpdateWrittenOut_isTheUpdate(
      @ForAll("updates") Update update, @ForAll("styles") SqlText.Style style) {
    assertParsed(update, SqlText.of(update), style);
  }

  @Property(tries = 300)
  void parse_ofADeleteWrittenOut_isTheDelete(
      @ForAll("deletes") Delete delete, @ForAll("styles") SqlText.Style style) {
    assertParsed(delete, SqlText.of(delete), style);
  }

  @Property(tries = 500)
  void parse_ofAMergeWrittenOut_isTheMerge(
      @ForAll("merges") Merge merge, @ForAll("styles") SqlText.Style style) {
    assertParsed(merge, SqlText.of(merge), style);
  }

  @Property(tries = 300)
  void parse_ofADefinitionWrittenOut_isTheDefinition(
      @ForAll("definitions") SqlStatement definition, @ForAll("styles") SqlText.Style style) {
    assertParsed(definition, SqlText.of(definition), style);
  }

  private static void assertParsed(
      SqlStatement statement, List<String> words, SqlText.Style style) {
    String sql = style.join(words);
    assertThat(StatementParser.parse(sql)).as(sql).isEqualTo(statement);
  }

  @Provide
  Arbitrary<SqlText.Style> styles() {
    return Combinators.combine(
            Arbitraries.of(" ", "\n\t", " /* WHERE ' */ ", " -- FROM \"\n "),
            Arbitraries.of(true, false),
            Arbitraries.of("", ";", " ;\n", " -- end"))
        .as(SqlText.Style::new);
  }

  @Provide
  Arbitrary<Insert> inserts() {
    Arbitrary<Optional<OnConflict>> conflicts =
        Arbitraries.oneOf(
                nameLists(0).map(names -> new OnConflict(names, List.of(), Optional.empty())),
                Combinators.combine(nameLists(1), assignments(), expressions().optional())
                    .as(OnConflict::new))
            .optional();
    Arbitrary<Optional<String>> sources =
        Arbitraries.of(
                "VALUES (1, 'a'), (?, DEFAULT)",
                "SELECT * FROM u WHERE a > 1",
                "(SELECT 1)",
                "FROM u",
                "WITH x AS (SELECT 1) FROM x",
                "SELECT a FROM u JOIN v ON u.a = v.a",
                "VALUES ('RETURNING', \"on\")")
            .optional();
    Arbitrary<Target> targets = Combinators.combine(tables(), names().optional()).as(Target::new);
    return Combinators.combine(
            withs(),
            Arbitraries.of(OrAction.class),
            targets,
            nameLists(0),
            Arbitraries.of(true, false),
            sources,
            conflicts,
            expressions().optional())
        .as(
            (with, or, target, columns, byName, source, conflict, returning) ->
                new Insert(
                    with,
                    or,
                    target.name(),
                    target.alias(),
                    columns,
                    byName && source.isPresent(),
                    source,
                    conflict,
                    returning));
  }

  private record Target(QualifiedName name, Optional<String> alias) {}

  @Provide
  Arbitrary<Update> updates() {
    return Combinators.combine(
            withs(),
            tables(),
            names().optional(),
            assignments(),
            sources().optional(),
            expressions().optional(),
            expressions().optional())
        .as(Update::new);
  }

  @Provide
  Arbitrary<Delete> deletes() {
    return Combinators.combine(
            withs(),
            tables(),
            names().optional(),
            sources().optional(),
            expressions().optional(),
            expressions().optional())
        .as(Delete::new);
  }

  @Provide
  Arbitrary<Merge> merges() {
    Arbitrary<MergeAction> actions =
        Arbitraries.oneOf(
            assignments().map(MergeAction.SetColumns::new),
            Arbitraries.of(true, false).map(MergeAction.SetAll::new),
            Combinators.combine(nameLists(0), expressions().list().ofMinSize(1).ofMaxSize(3))
                .as(MergeAction.InsertValues::new),
            Arbitraries.of(true, false).map(MergeAction.InsertAll::new),
            Arbitraries.just(new MergeAction.DeleteRow()),
            Arbitraries.just(new MergeAction.DoNothing()),
            Arbitraries.of("'no'", "'WHEN ' || a").optional().map(MergeAction.Fail::new));
    Arbitrary<List<MergeClause>> clauses =
        Combinators.combine(Arbitraries.of(MatchKind.class), expressions().optional(), actions)
            .as(MergeClause::new)
            .list()
            .ofMinSize(1)
            .ofMaxSize(4);
    return Combinators.combine(
            withs(),
            tables(),
            names().optional(),
            Arbitraries.of("u", "s.u AS x", "(SELECT 1 AS i WHERE true) \"using\""),
            expressions().optional(),
            nameLists(1),
            clauses,
            expressions().optional())
        .as(
            (with, target, alias, source, on, using, when, returning) ->
                new Merge(
                    with,
                    target,
                    alias,
                    source,
                    on,
                    on.isPresent() ? List.of() : using,
                    when,
                    returning));
  }

  @Provide
  Arbitrary<SqlStatement> definitions() {
    Arbitrary<ColumnDefinition> columns =
        Combinators.combine(
                names(),
                Arbitraries.of(
                    "int4", "DECIMAL(10, 2)", "STRUCT(a INTEGER, \"not\" VARCHAR)[]", "TIME[3]"),
                Arbitraries.of(true, false),
                Arbitraries.of("1", "'NOT NULL'", "(1 + 2)", "now()").optional())
            .as(
                (name, type, notNull, value) ->
                    new ColumnDefinition(name, type, notNull, value, List.of()));
    Arbitrary<SqlStatement> tables =
        Combinators.combine(
                Arbitraries.of(true, false),
                Arbitraries.of(IfExists.class),
                tables(),
                columns.list().ofMinSize(1).ofMaxSize(4),
                nameLists(0),
                expressions().list().ofMaxSize(2))
            .as(
                (temporary, exists, name, defined, key, checks) ->
                    new CreateTable(
                        temporary,
                        exists,
                        name,
                        defined,
                        key,
                        Optional.empty(),
                        true,
                        checks,
                        List.of()));
    Arbitrary<SqlStatement> selected =
        Combinators.combine(
                Arbitraries.of(true, false),
                Arbitraries.of(IfExists.class),
                tables(),
                queries(),
                Arbitraries.of(true, false))
            .as(
                (temporary, exists, name, query, data) ->
                    new CreateTable(
                        temporary,
                        exists,
                        name,
                        List.of(),
                        List.of(),
                        Optional.of(query),
                        data,
                        List.of(),
                        List.of()));
    Arbitrary<SqlStatement> views =
        Combinators.combine(
                Arbitraries.of(true, false),
                Arbitraries.of(IfExists.class),
                tables(),
                nameLists(0),
                queries())
            .as(SqlStatement.CreateView::new);
    Arbitrary<SqlStatement> drops =
        Combinators.combine(
                Arbitraries.of(ObjectKind.class),
                Arbitraries.of(true, false),
                tables().list().ofMinSize(1).ofMaxSize(3),
                Arbitraries.of(true, false))
            .as(SqlStatement.Drop::new);
    return Arbitraries.oneOf(tables, selected, views, drops);
  }

  private static Arbitrary<String> queries() {
    return Arbitraries.of(
        "SELECT * FROM u WHERE a = 'AS' AND b IN (1, 2)",
        "FROM u",
        "VALUES (1), (2)",
        "SELECT a AS \"with no data\" FROM u ORDER BY 1 LIMIT 3",
        "WITH x AS (SELECT 1 AS a) SELECT * FROM x");
  }

  private static Arbitrary<Optional<String>> withs() {
    return Arbitraries.of(
            "WITH x AS (SELECT 1)",
            "WITH x(a) AS (SELECT 1), \"y\" AS MATERIALIZED (FROM x WHERE true)",
            "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 2 FROM r)")
        .optional();
  }

  private static Arbitrary<String> sources() {
    return Arbitraries.of(
        "u",
        "u AS x, v y",
        "u JOIN v USING (a)",
        "(SELECT * FROM u WHERE true) AS z",
        "range(3) r(i)",
        "s.\"where\" w");
  }

  private static Arbitrary<List<Assignment>> assignments() {
    Arbitrary<Assignment> single =
        Combinators.combine(names(), expressions())
            .as((column, value) -> new Assignment(List.of(column), value));
    Arbitrary<Assignment> tuple =
        nameLists(2).map(columns -> new Assignment(columns, "(SELECT 1, 2 FROM u WHERE true)"));
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(4, single), net.jqwik.api.Tuple.of(1, tuple))
        .list()
        .ofMinSize(1)
        .ofMaxSize(3);
  }

  /** Expressions that contain every word which ends a clause, where it does not end one. */
  private static Arbitrary<String> expressions() {
    return Arbitraries.of(
        "1",
        "null",
        "?",
        "$1",
        "t.a = -1.5e3",
        "'it''s; WHERE -- RETURNING'",
        "$$ WHERE ' $$",
        "\"returning\" + \"from\".\"where\"",
        "(SELECT max(b) FROM u WHERE b > 1)",
        "f(a, b)",
        "a IS DISTINCT FROM b",
        "a IS NOT DISTINCT FROM b AND c",
        "CASE WHEN a THEN 1 ELSE 2 END",
        "CASE a WHEN 1 THEN CASE WHEN b THEN 'THEN' END END || 'x'",
        "[1, 2, 3]",
        "{'k': 1, 'from': 2}",
        "a::DECIMAL(10, 2)",
        "a /* WHERE, */ + 1",
        "INTERVAL 1 DAY",
        "count(*) FILTER (WHERE a)",
        "extract(year FROM d)",
        "EXISTS (FROM u)",
        "x -> x.a",
        "a IN (1, 2) AND b BETWEEN 1 AND 2");
  }

  private static Arbitrary<QualifiedName> tables() {
    return names().list().ofMinSize(1).ofMaxSize(3).map(QualifiedName::new);
  }

  private static Arbitrary<List<String>> nameLists(int min) {
    return names().list().ofMinSize(min).ofMaxSize(3);
  }

  private static Arbitrary<String> names() {
    return Arbitraries.of(
        "t", "orders", "Größe", "a b", "x\"y", "set", "where", "RETURNING", "a.b", "1st", "from");
  }
}
