package io.flashduck.server.table.statement;

import java.util.Optional;

/**
 * A changing statement as a query for the rows that it changes.
 *
 * <p>The query's columns: {@code _fd_action} (0 insert, 1 update, 2 delete), {@code _fd_source} and
 * {@code _fd_row} (origin of the old row, null for an insert), {@code _fd_old_0…} (the old row's
 * key, for a keyed table), then the user's columns with the new values (of a delete: the old ones).
 *
 * <p>Threading: immutable.
 *
 * @param select the query; has the parameters of the statement, in order
 * @param keys what must hold for the keys of the captured rows
 * @param alias the name that RETURNING may use for the table
 * @param returning the text of RETURNING
 * @param merge whether RETURNING also knows {@code merge_action}
 */
public record Capture(
    String select, KeyCheck keys, String alias, Optional<String> returning, boolean merge) {
  /** How the captured rows may meet each other and the table. */
  public enum KeyCheck {
    /** No key among the rows twice, none of another row of the table. */
    NEW_AND_DISTINCT,
    /** No row twice; keys that exist are replaced. */
    DISTINCT,
    /** Anything; of equal keys the last one wins. */
    LAST_WINS
  }
}
