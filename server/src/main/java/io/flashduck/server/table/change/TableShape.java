package io.flashduck.server.table.change;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * What the accepted writes say about a table's definition: a fold over their sections in sequence
 * order, without looking at any row. Files add to it; they never take from it.
 *
 * <p>Threading: immutable.
 *
 * @param exists a CREATE or a whole row was accepted since the floor, so the table exists also
 *     without files
 * @param defined the columns of CREATE, in order
 * @param written the columns of rows, in the order of their first appearance, each with the widest
 *     type that it was accepted with
 * @param pin the key that the first write since the floor was accepted with
 * @param floor what the last DROP, TRUNCATE or replacement ended
 * @param rules what CREATE and ALTER say about values
 * @param alterations what ALTER did since the floor, in order; not those that were applied before
 *     the server was started
 */
public record TableShape(
    boolean exists,
    List<Column> defined,
    List<Column> written,
    Optional<Pin> pin,
    Floor floor,
    TableRules rules,
    List<Altered> alterations) {
  /** Of a table that no write has named. */
  public static final TableShape NONE =
      new TableShape(
          false, List.of(), List.of(), Optional.empty(), Floor.NONE, TableRules.NONE, List.of());

  /**
   * A key that no file can change any more.
   *
   * @param key the key columns; empty: the table has no key
   * @param declared whether CREATE declared it
   */
  public record Pin(List<String> key, boolean declared) {
    public Pin {
      key = List.copyOf(key);
    }
  }

  /**
   * Files and rows of files up to that version, and writes before that sequence, are gone.
   *
   * @param version nanoseconds since the epoch, inclusive
   * @param sequence exclusive
   */
  public record Floor(long version, long sequence) {
    /** Nothing is gone. */
    public static final Floor NONE = new Floor(Long.MIN_VALUE, 0);
  }

  /** An alteration and the sequence of its write. */
  public record Altered(long sequence, TableAlteration alteration) {}

  public TableShape {
    alterations = List.copyOf(alterations);
    defined = List.copyOf(defined);
    written = List.copyOf(written);
  }

  /**
   * The shape after one more section of a write.
   *
   * @param widen the narrowest type that holds both types; asked only for different ones
   */
  public TableShape after(
      ChangeSection section, long sequence, long acceptedAtNanos, BinaryOperator<String> widen) {
    if (section instanceof ChangeSection.Rows rows) {
      return afterRows(rows, widen);
    }
    if (section instanceof ChangeSection.Create create) {
      Floor after = create.replace() ? new Floor(acceptedAtNanos, sequence) : floor;
      List<Column> kept = create.replace() ? List.of() : written;
      return new TableShape(
          true,
          create.columns(),
          kept,
          Optional.of(new Pin(create.key(), true)),
          after,
          create.rules(),
          create.replace() ? List.of() : alterations);
    }
    if (section instanceof ChangeSection.Drop) {
      return new TableShape(
          false,
          List.of(),
          List.of(),
          Optional.empty(),
          new Floor(acceptedAtNanos, sequence),
          TableRules.NONE,
          List.of());
    }
    if (section instanceof ChangeSection.Alter alter) {
      return afterAlter(alter, sequence);
    }
    return this;
  }

  /**
   * The alterations behind a sequence: rows that were written before them are seen through them.
   */
  public List<TableAlteration> alterationsAfter(long sequence) {
    return alterations.stream()
        .filter(a -> a.sequence() > sequence)
        .map(Altered::alteration)
        .toList();
  }

  /** The sequence of the last alteration; 0 if there is none. */
  public long lastAlteration() {
    return alterations.isEmpty() ? 0 : alterations.get(alterations.size() - 1).sequence();
  }

  private TableShape afterAlter(ChangeSection.Alter alter, long sequence) {
    TableAlteration alteration = alter.alteration();
    List<Column> create = alteration.columns(defined);
    List<Column> rows = alteration.columns(written);
    if (alteration instanceof TableAlteration.AddColumn) {
      create = defined.isEmpty() ? defined : create;
      rows = defined.isEmpty() ? rows : written;
    } else if (alteration instanceof TableAlteration.ChangeType change
        && find(defined, change.column()).isEmpty()
        && find(written, change.column()).isEmpty()) {
      rows = new ArrayList<>(written);
      rows.add(new Column(change.column(), change.type()));
    }
    Pin now = pin.orElse(new Pin(alter.key(), false));
    List<Altered> all = new ArrayList<>(alterations);
    all.add(new Altered(sequence, alteration));
    return new TableShape(
        exists,
        create,
        rows,
        Optional.of(new Pin(alteration.key(now.key()), now.declared())),
        floor,
        alteration.rules(rules),
        all);
  }

  /** Whether a section would leave the shape as it is, whatever its sequence. */
  public boolean unchangedBy(ChangeSection section) {
    return section instanceof ChangeSection.Rows rows
        && pin.isPresent()
        && (exists || !rows.kind().hasRows())
        && rows.columns().stream().allMatch(this::covers);
  }

  private boolean covers(Column column) {
    return find(written, column.name()).map(c -> c.type().equals(column.type())).orElse(false);
  }

  private TableShape afterRows(ChangeSection.Rows rows, BinaryOperator<String> widen) {
    if (unchangedBy(rows)) {
      return this;
    }
    List<Column> columns = new ArrayList<>(written);
    for (Column column : rows.columns()) {
      add(columns, column, widen);
    }
    return new TableShape(
        exists || rows.kind().hasRows(),
        defined,
        columns,
        pin.isPresent() ? pin : Optional.of(new Pin(rows.key(), false)),
        floor,
        rules,
        alterations);
  }

  private static void add(List<Column> columns, Column column, BinaryOperator<String> widen) {
    for (int i = 0; i < columns.size(); i++) {
      Column present = columns.get(i);
      if (present.name().equalsIgnoreCase(column.name())) {
        if (!present.type().equals(column.type())) {
          columns.set(i, new Column(present.name(), widen.apply(present.type(), column.type())));
        }
        return;
      }
    }
    columns.add(column);
  }

  private static Optional<Column> find(List<Column> columns, String name) {
    return columns.stream().filter(c -> c.name().equalsIgnoreCase(name)).findFirst();
  }
}
