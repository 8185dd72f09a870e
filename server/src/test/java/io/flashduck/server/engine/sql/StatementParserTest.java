package io.flashduck.server.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flashduck.server.engine.sql.SqlStatement.AlterTable;
import io.flashduck.server.engine.sql.SqlStatement.Alteration;
import io.flashduck.server.engine.sql.SqlStatement.Assignment;
import io.flashduck.server.engine.sql.SqlStatement.CreateTable;
import io.flashduck.server.engine.sql.SqlStatement.CreateView;
import io.flashduck.server.engine.sql.SqlStatement.Delete;
import io.flashduck.server.engine.sql.SqlStatement.Drop;
import io.flashduck.server.engine.sql.SqlStatement.IfExists;
import io.flashduck.server.engine.sql.SqlStatement.Insert;
import io.flashduck.server.engine.sql.SqlStatement.MatchKind;
import io.flashduck.server.engine.sql.SqlStatement.Merge;
import io.flashduck.server.engine.sql.SqlStatement.MergeAction;
import io.flashduck.server.engine.sql.SqlStatement.OrAction;
import io.flashduck.server.engine.sql.SqlStatement.Other;
import io.flashduck.server.engine.sql.SqlStatement.Truncate;
import io.flashduck.server.engine.sql.SqlStatement.Update;
import io.flashduck.server.error.FlashDuckException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class StatementParserTest {
  @Test
  void insert_allClauses_areSplit() {
    Insert insert =
        parse(
            Insert.class,
            "with x as (select 1 /* returning */) insert or replace into s.\"T \"\"1\" as q (a, \"B\")"
                + " select a, 'on conflict do' from x where b in (select 1 returning)"
                + " on conflict (a) do update set b = excluded.b + 1, c = 2 where q.c > 1"
                + " returning a, b + 1 as z");
    assertThat(insert.with()).contains("with x as (select 1 /* returning */)");
    assertThat(insert.orAction()).isEqualTo(OrAction.REPLACE);
    assertThat(insert.target().parts()).containsExactly("s", "T \"1");
    assertThat(insert.alias()).contains("q");
    assertThat(insert.columns()).containsExactly("a", "B");
    assertThat(insert.source())
        .contains("select a, 'on conflict do' from x where b in (select 1 returning)");
    assertThat(insert.onConflict().orElseThrow().columns()).containsExactly("a");
    assertThat(insert.onConflict().orElseThrow().update())
        .containsExactly(
            new Assignment(List.of("b"), "excluded.b + 1"), new Assignment(List.of("c"), "2"));
    assertThat(insert.onConflict().orElseThrow().where()).contains("q.c > 1");
    assertThat(insert.returning()).contains("a, b + 1 as z");
  }

  @Test
  void insert_parenthesisedQueryAndDefaultValues_areNotColumnLists() {
    assertThat(parse(Insert.class, "INSERT INTO t (SELECT 1)").source()).contains("(SELECT 1)");
    assertThat(parse(Insert.class, "INSERT INTO t DEFAULT VALUES").source()).isEmpty();
    assertThat(parse(Insert.class, "insert into t by name from u").byName()).isTrue();
    Insert values = parse(Insert.class, "insert into t values (?, $1), (1, 'a;b') ");
    assertThat(values.source()).contains("values (?, $1), (1, 'a;b')");
  }

  @Test
  void update_distinctFromAndTuples_areUnderstood() {
    Update update =
        parse(
            Update.class,
            "update t as x set a = case when x.b is distinct from 3 then 1 else 2 end,"
                + " (b, c) = (1, 'x'), (d, e) = (select 1, 2), f = x.g is not distinct from 1"
                + " from u join v using (id) where x.id = u.id returning *");
    assertThat(update.alias()).contains("x");
    assertThat(update.assignments())
        .containsExactly(
            new Assignment(List.of("a"), "case when x.b is distinct from 3 then 1 else 2 end"),
            new Assignment(List.of("b"), "1"),
            new Assignment(List.of("c"), "'x'"),
            new Assignment(List.of("d", "e"), "(select 1, 2)"),
            new Assignment(List.of("f"), "x.g is not distinct from 1"));
    assertThat(update.from()).contains("u join v using (id)");
    assertThat(update.where()).contains("x.id = u.id");
    assertThat(update.returning()).contains("*");
  }

  @Test
  void delete_usingAndWhere_areSplit() {
    Delete delete = parse(Delete.class, "delete from a.b.c d using u, v where d.i=-1");
    assertThat(delete.target().parts()).containsExactly("a", "b", "c");
    assertThat(delete.alias()).contains("d");
    assertThat(delete.using()).contains("u, v");
    assertThat(delete.where()).contains("d.i=-1");
    assertThat(parse(Truncate.class, "TRUNCATE t").target().name()).isEqualTo("t");
  }

  @Test
  void merge_clauses_areSplitOutsideOfCase() {
    Merge merge =
        parse(
            Merge.class,
            "merge into t using (select 1 i) s on t.i = s.i"
                + " when matched and case when s.i = 1 then true end then update set a = 1, b = 2"
                + " when matched then delete"
                + " when not matched by source then do nothing"
                + " when not matched then insert (i, a) values (s.i, (1))"
                + " returning merge_action");
    assertThat(merge.source()).isEqualTo("(select 1 i) s");
    assertThat(merge.on()).contains("t.i = s.i");
    assertThat(merge.clauses()).hasSize(4);
    assertThat(merge.clauses().get(0).condition()).contains("case when s.i = 1 then true end");
    assertThat(merge.clauses().get(2).kind()).isEqualTo(MatchKind.NOT_MATCHED_BY_SOURCE);
    assertThat(merge.clauses().get(3).action())
        .isEqualTo(new MergeAction.InsertValues(List.of("i", "a"), List.of("s.i", "(1)")));
    Merge all = parse(Merge.class, "merge into t using s using (i) when not matched then insert");
    assertThat(all.usingColumns()).containsExactly("i");
    assertThat(all.clauses().get(0).action()).isEqualTo(new MergeAction.InsertAll(false));
  }

  @Test
  void createTable_constraints_areCollected() {
    CreateTable table =
        parse(
            CreateTable.class,
            "create or replace table s.t (id bigint primary key, p decimal(15, 2) not null default"
                + " 1.0, s struct(a int, b varchar[]), t timestamp with time zone default now(),"
                + " unique (p, s), check (id > 0))");
    assertThat(table.ifExists()).isEqualTo(IfExists.REPLACE);
    assertThat(table.columns())
        .extracting(SqlStatement.ColumnDefinition::type)
        .containsExactly(
            "bigint", "decimal(15, 2)", "struct(a int, b varchar[])", "timestamp with time zone");
    assertThat(table.columns().get(1).notNull()).isTrue();
    assertThat(table.columns().get(1).defaultValue()).contains("1.0");
    assertThat(table.columns().get(3).defaultValue()).contains("now()");
    assertThat(table.primaryKey()).containsExactly("id");
    assertThat(table.checks()).containsExactly("id > 0");
    assertThat(table.unsupported()).containsExactly("UNIQUE (p, s) beside the key");
    CreateTable as = parse(CreateTable.class, "create temp table if not exists t as from u;");
    assertThat(as.temporary()).isTrue();
    assertThat(as.ifExists()).isEqualTo(IfExists.KEEP);
    assertThat(as.query()).contains("from u");
  }

  @Test
  void otherDefinitions_areSplit() {
    assertThat(parse(CreateView.class, "create view v (a) as select 1").query())
        .isEqualTo("select 1");
    assertThat(parse(Drop.class, "drop table if exists a, b.c cascade").targets()).hasSize(2);
    assertThat(parse(AlterTable.class, "alter table t add column c int default 3").alteration())
        .isInstanceOf(Alteration.AddColumn.class);
    assertThat(parse(AlterTable.class, "alter table t rename c to d").alteration())
        .isEqualTo(new Alteration.RenameColumn("c", "d"));
    assertThat(parse(AlterTable.class, "alter table t alter c set not null").alteration())
        .isEqualTo(new Alteration.SetNotNull("c", true));
    assertThat(parse(Other.class, "with x as (select 1) from x").keyword()).isEqualTo("FROM");
    assertThat(parse(Other.class, "(select 1)").keyword()).isEmpty();
  }

  @Test
  void brokenText_isRefusedWithItsPlace() {
    assertThatThrownBy(() -> StatementParser.parse("update t st a = 1"))
        .isInstanceOf(FlashDuckException.class)
        .hasMessageContaining("near \"a\" (character 13)");
    assertThatThrownBy(() -> StatementParser.parse("insert into t values ('x"))
        .hasMessageContaining("string that starts at character 23 has no end");
    assertThatThrownBy(() -> StatementParser.parse("delete from t where"))
        .hasMessageContaining("expected a condition");
  }

  @Property
  void split_joinedStatements_givesThemBack(@ForAll("scripts") List<String> statements) {
    String script = String.join(" /* ; */ ;; -- ;\n ", statements);
    assertThat(SqlScript.split(script)).isEqualTo(statements);
  }

  @Property
  void tokens_coverEverythingButBlanks(@ForAll("scripts") List<String> statements) {
    String script = String.join("; ", statements);
    StringBuilder joined = new StringBuilder();
    SqlLexer.tokens(script).forEach(token -> joined.append(token.text()));
    assertThat(joined.toString().replace(" ", "")).isEqualTo(script.replace(" ", ""));
  }

  @Provide
  Arbitrary<List<String>> scripts() {
    Arbitrary<String> piece =
        Arbitraries.of(
            "select",
            "\"a;b\"",
            "'it''s;'",
            "E'\\';'",
            "$$;$$",
            "$q$ ; $$ $q$",
            "1.5e-3",
            "?",
            "$1",
            "a->>'$.b'",
            "x::int",
            "[1,2]",
            "{'a': 1}",
            "(",
            ")",
            "ü",
            "0xFF",
            "||",
            "!~~",
            "a.b");
    return piece
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(list -> String.join(" ", list))
        .list()
        .ofMaxSize(5);
  }

  private static <T> T parse(Class<T> type, String sql) {
    return type.cast(StatementParser.parse(sql));
  }
}
