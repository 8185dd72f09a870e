package io.flashduck.server.table;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What transactions do to two tables, said simply: each works on a copy, and at its commit the rows
 * that it wrote must be those of its snapshot still. Rows of the table without a key have numbers
 * that nobody sees; those that a transaction added have negative ones until its commit.
 */
final class TransactionModel {
  static final int KEYED = 0;
  static final int PLAIN = 1;

  private final List<Table> committed = List.of(new Table(), new Table());
  private final Map<Integer, Work> open = new HashMap<>();
  private int commits;
  private int nextRow = 1_000;
  private int nextAdded = -1;

  /** A row's columns. */
  record Row(int id, int value) {}

  /** Rows, and the commits that changed them last. */
  private static final class Table {
    final NavigableMap<Integer, Row> rows = new TreeMap<>();
    final Map<Integer, Integer> changed = new HashMap<>();
    int changedAt;
    int emptiedAt;
  }

  /** A transaction on one table. */
  private static final class Draft {
    final NavigableMap<Integer, Row> before;
    final NavigableMap<Integer, Row> rows;
    final Set<Integer> written = new HashSet<>();
    boolean emptied;
    boolean touched;

    Draft(Table table) {
      before = new TreeMap<>(table.rows);
      rows = new TreeMap<>(table.rows);
    }

    Set<Integer> deleted() {
      Set<Integer> gone = new HashSet<>(written);
      gone.retainAll(before.keySet());
      gone.removeAll(rows.keySet());
      return gone;
    }

    boolean changesSomething() {
      boolean left = written.stream().anyMatch(rows::containsKey);
      return emptied || left || !deleted().isEmpty();
    }
  }

  private static final class Work {
    final int snapshot;
    final List<Draft> drafts = new ArrayList<>();

    Work(int snapshot, List<Table> tables) {
      this.snapshot = snapshot;
      tables.forEach(table -> drafts.add(new Draft(table)));
    }
  }

  boolean isOpen(int transaction) {
    return open.containsKey(transaction);
  }

  void begin(int transaction) {
    open.put(transaction, new Work(commits, committed));
  }

  void rollback(int transaction) {
    open.remove(transaction);
  }

  private Work work(int transaction) {
    return Objects.requireNonNull(open.get(transaction));
  }

  private Draft draft(int transaction, int table) {
    Draft draft = work(transaction).drafts.get(table);
    draft.touched = true;
    return draft;
  }

  void put(int transaction, int id, int value) {
    Draft draft = draft(transaction, KEYED);
    draft.written.add(id);
    draft.rows.put(id, new Row(id, value));
  }

  void append(int transaction, int id, int value) {
    Draft draft = draft(transaction, PLAIN);
    int number = nextAdded--;
    draft.written.add(number);
    draft.rows.put(number, new Row(id, value));
  }

  void update(int transaction, int table, int id, int value) {
    Draft draft = draft(transaction, table);
    draft.rows.replaceAll(
        (number, row) -> {
          if (row.id() != id) {
            return row;
          }
          draft.written.add(number);
          return new Row(id, value);
        });
  }

  void delete(int transaction, int table, int id) {
    Draft draft = draft(transaction, table);
    Set<Integer> gone = new HashSet<>();
    draft.rows.forEach(
        (number, row) -> {
          if (row.id() == id) {
            gone.add(number);
          }
        });
    draft.written.addAll(gone);
    draft.rows.keySet().removeAll(gone);
  }

  void empty(int transaction, int table) {
    Draft draft = draft(transaction, table);
    draft.emptied = true;
    draft.written.clear();
    draft.rows.clear();
  }

  /** Whether it was the first. */
  boolean commit(int transaction) {
    Work work = work(transaction);
    open.remove(transaction);
    if (work.drafts.stream().noneMatch(Draft::changesSomething)) {
      return true;
    }
    for (int i = 0; i < committed.size(); i++) {
      if (conflicts(committed.get(i), work.drafts.get(i), work.snapshot)) {
        return false;
      }
    }
    commits++;
    for (int i = 0; i < committed.size(); i++) {
      apply(committed.get(i), work.drafts.get(i));
    }
    return true;
  }

  private static boolean conflicts(Table table, Draft draft, int snapshot) {
    boolean emptied = draft.touched && table.emptiedAt > snapshot;
    boolean whole = draft.emptied && table.changedAt > snapshot;
    return emptied
        || whole
        || (!draft.emptied
            && draft.written.stream()
                .anyMatch(number -> table.changed.getOrDefault(number, 0) > snapshot));
  }

  private void apply(Table table, Draft draft) {
    if (!draft.changesSomething()) {
      return;
    }
    table.changedAt = commits;
    if (draft.emptied) {
      table.emptiedAt = commits;
      table.rows.clear();
    }
    for (Integer number : draft.deleted()) {
      table.rows.remove(number);
      table.changed.put(number, commits);
    }
    for (Integer number : draft.written) {
      Row row = draft.rows.get(number);
      if (row != null) {
        int kept = number < 0 ? nextRow++ : number;
        table.rows.put(kept, row);
        table.changed.put(kept, commits);
      }
    }
  }

  /** What a transaction sees of a table, sorted. */
  List<String> seen(int transaction, int table) {
    return sorted(work(transaction).drafts.get(table).rows);
  }

  /** What everybody else sees. */
  List<String> seen(int table) {
    return sorted(committed.get(table).rows);
  }

  private static List<String> sorted(NavigableMap<Integer, Row> rows) {
    return rows.values().stream().map(row -> row.id() + "|" + row.value()).sorted().toList();
  }
}
