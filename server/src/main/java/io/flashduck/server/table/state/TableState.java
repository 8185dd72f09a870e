package io.flashduck.server.table.state;

import io.flashduck.server.catalog.TableDefinition;
import io.flashduck.server.catalog.TableKey;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.merge.TableLayout;
import java.util.List;
import java.util.Optional;

/**
 * One table that files or writes have named, visible or not.
 *
 * <p>Threading: immutable.
 *
 * @param name the table
 * @param shape what the applied writes say about its definition
 * @param definition its columns and key; empty as long as nothing is stored
 * @param visible whether the table exists for clients: it has a live file, or a CREATE or a row was
 *     written since its floor
 * @param version the table version at which it last changed
 * @param newestFileVersion no row of a file in it is newer than this
 * @param problem what is wrong with it as a whole
 * @param altered the sequence of the last ALTER that the stored tables show, also one that is not
 *     applied otherwise
 */
public record TableState(
    TableName name,
    TableShape shape,
    Optional<TableDefinition> definition,
    boolean visible,
    long version,
    long newestFileVersion,
    Optional<String> problem,
    long altered) {
  /** A table that nothing was said about yet. */
  public static TableState unknown(TableName name) {
    return new TableState(
        name, TableShape.NONE, Optional.empty(), false, 0, Long.MIN_VALUE, Optional.empty(), 0);
  }

  /** How its rows are stored, if any are. */
  public Optional<TableLayout> layout() {
    return definition.map(
        d -> new TableLayout(name, d.columns(), d.key().map(TableKey::columns).orElse(List.of())));
  }

  public TableState withShape(TableShape newShape) {
    return new TableState(
        name, newShape, definition, visible, version, newestFileVersion, problem, altered);
  }

  public TableState withDefinition(Optional<TableDefinition> newDefinition) {
    return new TableState(
        name, shape, newDefinition, visible, version, newestFileVersion, problem, altered);
  }

  public TableState withVisible(boolean newVisible) {
    return new TableState(
        name, shape, definition, newVisible, version, newestFileVersion, problem, altered);
  }

  public TableState withVersion(long newVersion) {
    return new TableState(
        name, shape, definition, visible, newVersion, newestFileVersion, problem, altered);
  }

  public TableState withNewestFileVersion(long newest) {
    return new TableState(name, shape, definition, visible, version, newest, problem, altered);
  }

  public TableState withProblem(Optional<String> newProblem) {
    return new TableState(
        name, shape, definition, visible, version, newestFileVersion, newProblem, altered);
  }

  public TableState withAltered(long newAltered) {
    return new TableState(
        name, shape, definition, visible, version, newestFileVersion, problem, newAltered);
  }
}
