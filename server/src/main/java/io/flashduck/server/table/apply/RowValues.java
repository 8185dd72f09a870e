package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.engine.sql.SqlIdentifiers;
import io.flashduck.server.table.change.TableAlteration;
import io.flashduck.server.table.change.TableAlteration.AddColumn;
import io.flashduck.server.table.change.TableAlteration.ChangeType;
import io.flashduck.server.table.change.TableAlteration.DropColumn;
import io.flashduck.server.table.change.TableAlteration.RenameColumn;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The values of logged rows by column, as SQL over the stream that holds them: with the types that
 * they were accepted with, seen through the alterations that came after them.
 *
 * <p>A value that a new type does not hold is null: it is of a row that was changed again before
 * the type was, because ALTER TABLE refuses to lose one.
 *
 * <p>Threading: confined to one thread.
 */
public final class RowValues {
  private final Map<String, String> byColumn = new HashMap<>();

  /**
   * @param fields the columns of the stream
   * @param accepted the columns with the types that they were accepted with
   */
  public RowValues(List<String> fields, List<Column> accepted) {
    for (String field : fields) {
      String value = SqlIdentifiers.quote(field);
      byColumn.put(
          fold(field),
          accepted.stream()
              .filter(c -> c.name().equalsIgnoreCase(field))
              .findFirst()
              .map(c -> "CAST(" + value + " AS " + c.type() + ")")
              .orElse(value));
    }
  }

  /** Sees the values through one more alteration. */
  void through(TableAlteration alteration) {
    if (alteration instanceof AddColumn add) {
      byColumn.put(fold(add.column().name()), StoredAlterations.value(add));
    } else if (alteration instanceof DropColumn drop) {
      byColumn.remove(fold(drop.column()));
    } else if (alteration instanceof RenameColumn rename) {
      String value = byColumn.remove(fold(rename.from()));
      if (value != null) {
        byColumn.put(fold(rename.to()), value);
      }
    } else if (alteration instanceof ChangeType change) {
      byColumn.computeIfPresent(
          fold(change.column()),
          (column, value) -> "TRY_CAST(" + value + " AS " + change.type() + ")");
    }
  }

  /** The value of a column, if the rows have one. */
  public Optional<String> of(String column) {
    return Optional.ofNullable(byColumn.get(fold(column)));
  }

  private static String fold(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
