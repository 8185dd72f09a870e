package io.flashduck.server.engine.sql;

import java.util.List;
import java.util.Optional;

/**
 * A statement that changes data or definitions, split into its clauses; expressions and queries
 * stay text, exactly as written.
 *
 * <p>Threading: immutable.
 */
public sealed interface SqlStatement {

  /** A statement whose rows can be changed: INSERT, UPDATE, DELETE, MERGE or TRUNCATE. */
  sealed interface Dml extends SqlStatement {
    /** The table. */
    QualifiedName target();

    /** The text between RETURNING and the end. */
    Optional<String> returning();
  }

  /** How rows that exist already are met by an INSERT. */
  enum OrAction {
    NONE,
    REPLACE,
    IGNORE
  }

  /**
   * One assignment of a SET list.
   *
   * @param columns the column, or several for {@code (a, b) = (…)} with a value that is not a plain
   *     list
   * @param value the expression's text
   */
  record Assignment(List<String> columns, String value) {
    public Assignment {
      columns = List.copyOf(columns);
    }
  }

  /**
   * {@code ON CONFLICT …}.
   *
   * @param columns the conflict target, empty if none is named
   * @param update the SET list of DO UPDATE; empty for DO NOTHING
   * @param where the condition of DO UPDATE
   */
  record OnConflict(List<String> columns, List<Assignment> update, Optional<String> where) {
    public OnConflict {
      columns = List.copyOf(columns);
      update = List.copyOf(update);
    }
  }

  /**
   * INSERT.
   *
   * @param with the text of the WITH clause, including the keyword
   * @param columns the column list, empty if not written
   * @param byName whether BY NAME is written
   * @param source the query or VALUES; empty for DEFAULT VALUES
   */
  record Insert(
      Optional<String> with,
      OrAction orAction,
      QualifiedName target,
      Optional<String> alias,
      List<String> columns,
      boolean byName,
      Optional<String> source,
      Optional<OnConflict> onConflict,
      Optional<String> returning)
      implements Dml {
    public Insert {
      columns = List.copyOf(columns);
    }
  }

  /** UPDATE. */
  record Update(
      Optional<String> with,
      QualifiedName target,
      Optional<String> alias,
      List<Assignment> assignments,
      Optional<String> from,
      Optional<String> where,
      Optional<String> returning)
      implements Dml {
    public Update {
      assignments = List.copyOf(assignments);
    }
  }

  /** DELETE. */
  record Delete(
      Optional<String> with,
      QualifiedName target,
      Optional<String> alias,
      Optional<String> using,
      Optional<String> where,
      Optional<String> returning)
      implements Dml {}

  /** TRUNCATE. */
  record Truncate(QualifiedName target) implements Dml {
    @Override
    public Optional<String> returning() {
      return Optional.empty();
    }
  }

  /** Which rows a WHEN clause of MERGE is about. */
  enum MatchKind {
    MATCHED,
    NOT_MATCHED_BY_TARGET,
    NOT_MATCHED_BY_SOURCE
  }

  /** What a WHEN clause of MERGE does. */
  sealed interface MergeAction {
    /** {@code UPDATE SET a = x, …}. */
    record SetColumns(List<Assignment> assignments) implements MergeAction {
      public SetColumns {
        assignments = List.copyOf(assignments);
      }
    }

    /** {@code UPDATE} or {@code UPDATE SET *}: all columns from the source by name or position. */
    record SetAll(boolean byPosition) implements MergeAction {}

    /** {@code INSERT (a, …) VALUES (x, …)}; no columns: all in order. */
    record InsertValues(List<String> columns, List<String> values) implements MergeAction {
      public InsertValues {
        columns = List.copyOf(columns);
        values = List.copyOf(values);
      }
    }

    /** {@code INSERT} or {@code INSERT *}: all columns from the source by name or position. */
    record InsertAll(boolean byPosition) implements MergeAction {}

    /** {@code DELETE}. */
    record DeleteRow() implements MergeAction {}

    /** {@code DO NOTHING}. */
    record DoNothing() implements MergeAction {}

    /** {@code ERROR [message]}. */
    record Fail(Optional<String> message) implements MergeAction {}
  }

  /** One {@code WHEN … THEN …}. */
  record MergeClause(MatchKind kind, Optional<String> condition, MergeAction action) {}

  /**
   * MERGE INTO.
   *
   * @param source the text between USING and ON or USING (…)
   * @param on the condition; empty if {@code usingColumns} are given
   */
  record Merge(
      Optional<String> with,
      QualifiedName target,
      Optional<String> alias,
      String source,
      Optional<String> on,
      List<String> usingColumns,
      List<MergeClause> clauses,
      Optional<String> returning)
      implements Dml {
    public Merge {
      usingColumns = List.copyOf(usingColumns);
      clauses = List.copyOf(clauses);
    }
  }

  /**
   * One column of CREATE TABLE or ALTER TABLE ADD COLUMN.
   *
   * @param type the type's text
   * @param notNull whether NOT NULL (or PRIMARY KEY) is written
   * @param defaultValue the text of the DEFAULT expression
   * @param unsupported clauses that FlashDuck does not offer (REFERENCES, GENERATED, …)
   */
  record ColumnDefinition(
      String name,
      String type,
      boolean notNull,
      Optional<String> defaultValue,
      List<String> unsupported) {
    public ColumnDefinition {
      unsupported = List.copyOf(unsupported);
    }
  }

  /** What CREATE does if the object exists. */
  enum IfExists {
    FAIL,
    KEEP,
    REPLACE
  }

  /**
   * CREATE TABLE.
   *
   * @param columns the definitions; for CREATE TABLE AS with a column list only names, types empty
   * @param primaryKey the columns of PRIMARY KEY, or else of the first UNIQUE; empty if none
   * @param query the text behind AS
   * @param withData false for WITH NO DATA
   * @param checks the conditions of CHECK
   * @param unsupported table constraints that FlashDuck does not offer
   */
  record CreateTable(
      boolean temporary,
      IfExists ifExists,
      QualifiedName target,
      List<ColumnDefinition> columns,
      List<String> primaryKey,
      Optional<String> query,
      boolean withData,
      List<String> checks,
      List<String> unsupported)
      implements SqlStatement {
    public CreateTable {
      checks = List.copyOf(checks);
      columns = List.copyOf(columns);
      primaryKey = List.copyOf(primaryKey);
      unsupported = List.copyOf(unsupported);
    }
  }

  /** CREATE VIEW. */
  record CreateView(
      boolean temporary,
      IfExists ifExists,
      QualifiedName target,
      List<String> columns,
      String query)
      implements SqlStatement {
    public CreateView {
      columns = List.copyOf(columns);
    }
  }

  /** CREATE SCHEMA. */
  record CreateSchema(IfExists ifExists, QualifiedName target) implements SqlStatement {}

  /** What a DROP drops. */
  enum ObjectKind {
    TABLE,
    VIEW,
    SCHEMA
  }

  /** DROP TABLE, VIEW or SCHEMA. */
  record Drop(ObjectKind kind, boolean ifExists, List<QualifiedName> targets, boolean cascade)
      implements SqlStatement {
    public Drop {
      targets = List.copyOf(targets);
    }
  }

  /** What ALTER TABLE changes. */
  sealed interface Alteration {
    /** ADD COLUMN. */
    record AddColumn(boolean ifNotExists, ColumnDefinition column) implements Alteration {}

    /** DROP COLUMN. */
    record DropColumn(boolean ifExists, String column) implements Alteration {}

    /** RENAME COLUMN. */
    record RenameColumn(String from, String to) implements Alteration {}

    /** RENAME TO. */
    record RenameTable(String to) implements Alteration {}

    /** ALTER COLUMN TYPE. */
    record ChangeType(String column, String type, Optional<String> using) implements Alteration {}

    /** ALTER COLUMN SET DEFAULT; no value: DROP DEFAULT. */
    record SetDefault(String column, Optional<String> value) implements Alteration {}

    /** ALTER COLUMN SET NOT NULL or DROP NOT NULL. */
    record SetNotNull(String column, boolean notNull) implements Alteration {}

    /** An action that FlashDuck does not offer. */
    record Unsupported(String text) implements Alteration {}
  }

  /** ALTER TABLE. */
  record AlterTable(boolean ifExists, QualifiedName target, Alteration alteration)
      implements SqlStatement {}

  /**
   * Any other statement.
   *
   * @param keyword its first keyword in upper case (behind WITH: that of the main statement), empty
   *     if it does not start with a word
   */
  record Other(String keyword) implements SqlStatement {}
}
