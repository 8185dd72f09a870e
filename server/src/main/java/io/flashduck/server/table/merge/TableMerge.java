package io.flashduck.server.table.merge;

import io.flashduck.server.table.merge.MergeSql.SideRows;
import java.util.List;

/**
 * Brings one change into a stored table: files' rows, writes' rows, a floor, a new key.
 *
 * <p>Threading: confined to the apply lane, inside its transaction.
 */
public final class TableMerge {
  private final SqlSession session;
  private final TableLayout table;
  private final MergeSql sql;

  public TableMerge(SqlSession session, TableLayout table) {
    this.session = session;
    this.table = table;
    this.sql = new MergeSql(table);
  }

  /**
   * Replaces the contributions of files.
   *
   * @param stage the new rows of files
   * @param distinct whether it is known that no two of them have one identity
   * @param replaced the files whose rows go
   * @param touched told, before any row is changed, that {@link MergeSql#TOUCHED} has the
   *     identities of those that may be
   */
  public void files(String stage, boolean distinct, List<Long> replaced, Runnable touched) {
    session.execute(sql.touch(stage, replaced));
    touched.run();
    boolean alone =
        (replacesAllTouched(replaced) || session.number(sql.countTouched()) == 0)
            && (distinct || !table.keyed() || session.number(sql.countRepeated(stage)) == 0);
    if (alone) {
      session.execute(sql.insertStaged(stage));
      session.execute("DROP TABLE " + MergeSql.TOUCHED);
    } else {
      session.executeAll(sql.settle(stage));
    }
  }

  /**
   * Removes the rows of files; whether it is plain that nothing is left of the touched identities.
   * As many of the stored table as there are: it has no identity twice, so these were their rows,
   * and the other tables are empty. A replaced file with the same keys looks like this, and it is
   * seen without a join.
   */
  private boolean replacesAllTouched(List<Long> replaced) {
    if (replaced.isEmpty()) {
      return false;
    }
    long winners = session.update(sql.removeWinners(replaced));
    session.execute(sql.removeShadows(replaced));
    return winners == session.number("SELECT count(*) FROM " + MergeSql.TOUCHED)
        && session.numberOften(sql.sides()) == 0;
  }

  /**
   * Staged rows and tombstones of writes, several of the same identity among them.
   *
   * @param table where they are
   * @param rows how many
   * @param upsertsOnly whether it is known that there are no tombstones
   */
  public record Staged(String table, long rows, boolean upsertsOnly) {}

  /**
   * Applies the rows and tombstones of writes.
   *
   * @param newest whether all of them are newer than every row of a file in the table
   */
  public void writes(Staged staged, boolean newest) {
    String stage = staged.table();
    if (staged.rows() > 1 && session.number(sql.countRepeated(stage)) > 0) {
      session.executeAll(sql.keepNewestStaged(stage));
    }
    if (newest) {
      session.executeAll(sql.writeNewest(stage, sideRows(staged)));
    } else {
      session.execute(sql.touch(stage, List.of()));
      session.executeAll(sql.settle(stage));
    }
  }

  /** Decides between rows that share an identity, once all rows are in the stored table. */
  public void settleContested() {
    session.execute(sql.touchContested());
    session.executeAll(sql.settle(""));
  }

  private SideRows sideRows(Staged staged) {
    long sides = session.numberOften(sql.sides());
    boolean deletes =
        !staged.upsertsOnly()
            && session.number(
                    "SELECT count(*) FROM (SELECT 1 FROM "
                        + staged.table()
                        + " WHERE _fd_deleted LIMIT 1)")
                > 0;
    return new SideRows((sides & MergeSql.SHADOW) > 0, (sides & MergeSql.DELETED) > 0, deletes);
  }
}
