package io.flashduck.server.engine.sql;

import io.flashduck.server.engine.sql.SqlStatement.Assignment;
import io.flashduck.server.engine.sql.SqlStatement.ColumnDefinition;
import io.flashduck.server.engine.sql.SqlStatement.CreateTable;
import io.flashduck.server.engine.sql.SqlStatement.CreateView;
import io.flashduck.server.engine.sql.SqlStatement.Delete;
import io.flashduck.server.engine.sql.SqlStatement.Drop;
import io.flashduck.server.engine.sql.SqlStatement.IfExists;
import io.flashduck.server.engine.sql.SqlStatement.Insert;
import io.flashduck.server.engine.sql.SqlStatement.MatchKind;
import io.flashduck.server.engine.sql.SqlStatement.Merge;
import io.flashduck.server.engine.sql.SqlStatement.MergeAction;
import io.flashduck.server.engine.sql.SqlStatement.MergeClause;
import io.flashduck.server.engine.sql.SqlStatement.OnConflict;
import io.flashduck.server.engine.sql.SqlStatement.OrAction;
import io.flashduck.server.engine.sql.SqlStatement.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes statements out: the inverse of the parser, as words to be put together in any style. */
final class SqlText {
  private final List<String> words = new ArrayList<>();

  private SqlText() {}

  /**
   * How words become text.
   *
   * @param between what stands between two words
   * @param lower whether keywords are in lower case; names and expressions never change
   * @param end what stands at the end
   */
  record Style(String between, boolean lower, String end) {
    String join(List<String> words) {
      return words.stream()
              .map(word -> lower && isKeyword(word) ? word.toLowerCase(Locale.ROOT) : word)
              .collect(Collectors.joining(between))
          + end;
    }

    private static boolean isKeyword(String word) {
      return word.chars().allMatch(c -> c >= 'A' && c <= 'Z');
    }
  }

  static List<String> of(SqlStatement statement) {
    SqlText text = new SqlText();
    if (statement instanceof Insert insert) {
      text.insert(insert);
    } else if (statement instanceof Update update) {
      text.update(update);
    } else if (statement instanceof Delete delete) {
      text.delete(delete);
    } else if (statement instanceof Merge merge) {
      text.merge(merge);
    } else if (statement instanceof CreateTable create) {
      text.createTable(create);
    } else if (statement instanceof CreateView create) {
      text.createView(create);
    } else if (statement instanceof Drop drop) {
      text.drop(drop);
    }
    return text.words;
  }

  private void insert(Insert insert) {
    insert.with().ifPresent(words::add);
    words("INSERT");
    if (insert.orAction() != OrAction.NONE) {
      words("OR", insert.orAction().name());
    }
    words("INTO", insert.target().toString());
    insert.alias().ifPresent(alias -> words("AS", SqlIdentifiers.quote(alias)));
    names(insert.columns());
    if (insert.byName()) {
      words("BY", "NAME");
    }
    insert.source().ifPresentOrElse(words::add, () -> words("DEFAULT", "VALUES"));
    insert.onConflict().ifPresent(this::onConflict);
    returning(insert.returning());
  }

  private void onConflict(OnConflict conflict) {
    words("ON", "CONFLICT");
    names(conflict.columns());
    words("DO");
    if (conflict.update().isEmpty()) {
      words("NOTHING");
      return;
    }
    words("UPDATE", "SET");
    assignments(conflict.update());
    clause("WHERE", conflict.where());
  }

  private void update(Update update) {
    update.with().ifPresent(words::add);
    words("UPDATE", update.target().toString());
    update.alias().ifPresent(alias -> words("AS", SqlIdentifiers.quote(alias)));
    words("SET");
    assignments(update.assignments());
    clause("FROM", update.from());
    clause("WHERE", update.where());
    returning(update.returning());
  }

  private void delete(Delete delete) {
    delete.with().ifPresent(words::add);
    words("DELETE", "FROM", delete.target().toString());
    delete.alias().map(SqlIdentifiers::quote).ifPresent(words::add);
    clause("USING", delete.using());
    clause("WHERE", delete.where());
    returning(delete.returning());
  }

  private void merge(Merge merge) {
    merge.with().ifPresent(words::add);
    words("MERGE", "INTO", merge.target().toString());
    merge.alias().ifPresent(alias -> words("AS", SqlIdentifiers.quote(alias)));
    words("USING", merge.source());
    clause("ON", merge.on());
    if (merge.on().isEmpty()) {
      words("USING");
      names(merge.usingColumns());
    }
    merge.clauses().forEach(this::mergeClause);
    returning(merge.returning());
  }

  private void mergeClause(MergeClause clause) {
    words("WHEN");
    if (clause.kind() != MatchKind.MATCHED) {
      words("NOT");
    }
    words("MATCHED");
    if (clause.kind() == MatchKind.NOT_MATCHED_BY_SOURCE) {
      words("BY", "SOURCE");
    }
    clause("AND", clause.condition());
    words("THEN");
    MergeAction action = clause.action();
    if (action instanceof MergeAction.SetColumns set) {
      words("UPDATE", "SET");
      assignments(set.assignments());
    } else if (action instanceof MergeAction.SetAll all) {
      words("UPDATE", "BY", all.byPosition() ? "POSITION" : "NAME");
    } else if (action instanceof MergeAction.InsertValues insert) {
      words("INSERT");
      names(insert.columns());
      words("VALUES", "(", String.join(" , ", insert.values()), ")");
    } else if (action instanceof MergeAction.InsertAll all) {
      words("INSERT", "BY", all.byPosition() ? "POSITION" : "NAME");
    } else if (action instanceof MergeAction.DeleteRow) {
      words("DELETE");
    } else if (action instanceof MergeAction.DoNothing) {
      words("DO", "NOTHING");
    } else if (action instanceof MergeAction.Fail fail) {
      words("ERROR");
      fail.message().ifPresent(words::add);
    }
  }

  private void createTable(CreateTable create) {
    create(create.temporary(), create.ifExists(), "TABLE", create.target());
    if (!create.columns().isEmpty()) {
      words("(");
      for (int i = 0; i < create.columns().size(); i++) {
        if (i > 0) {
          words(",");
        }
        column(create.columns().get(i));
      }
      if (!create.primaryKey().isEmpty()) {
        words(",", "PRIMARY", "KEY");
        names(create.primaryKey());
      }
      create.checks().forEach(check -> words(",", "CHECK", "(", check, ")"));
      words(")");
    }
    clause("AS", create.query());
    if (!create.withData()) {
      words("WITH", "NO", "DATA");
    }
  }

  private void column(ColumnDefinition column) {
    words(SqlIdentifiers.quote(column.name()), column.type());
    if (column.notNull()) {
      words("NOT", "NULL");
    }
    clause("DEFAULT", column.defaultValue());
  }

  private void createView(CreateView create) {
    create(create.temporary(), create.ifExists(), "VIEW", create.target());
    names(create.columns());
    words("AS", create.query());
  }

  private void create(boolean temporary, IfExists exists, String what, QualifiedName target) {
    words("CREATE");
    if (exists == IfExists.REPLACE) {
      words("OR", "REPLACE");
    }
    if (temporary) {
      words("TEMPORARY");
    }
    words(what);
    if (exists == IfExists.KEEP) {
      words("IF", "NOT", "EXISTS");
    }
    words(target.toString());
  }

  private void drop(Drop drop) {
    words("DROP", drop.kind().name());
    if (drop.ifExists()) {
      words("IF", "EXISTS");
    }
    words(drop.targets().stream().map(QualifiedName::toString).collect(Collectors.joining(" , ")));
    if (drop.cascade()) {
      words("CASCADE");
    }
  }

  private void assignments(List<Assignment> assignments) {
    for (int i = 0; i < assignments.size(); i++) {
      if (i > 0) {
        words(",");
      }
      List<String> columns = assignments.get(i).columns();
      if (columns.size() == 1) {
        words(SqlIdentifiers.quote(columns.get(0)));
      } else {
        names(columns);
      }
      words("=", assignments.get(i).value());
    }
  }

  private void names(List<String> names) {
    if (!names.isEmpty()) {
      words(names.stream().map(SqlIdentifiers::quote).collect(Collectors.joining(", ", "(", ")")));
    }
  }

  private void clause(String keyword, Optional<String> text) {
    text.ifPresent(value -> words(keyword, value));
  }

  private void returning(Optional<String> text) {
    clause("RETURNING", text);
  }

  private void words(String... more) {
    words.addAll(List.of(more));
  }
}
