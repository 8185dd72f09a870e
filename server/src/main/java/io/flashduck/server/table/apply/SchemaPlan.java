package io.flashduck.server.table.apply;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.config.SchemaEvolution;
import io.flashduck.server.config.TableOptions;
import io.flashduck.server.table.change.TableShape;
import io.flashduck.server.table.source.SchemaUnion;
import io.flashduck.server.table.source.SchemaUnion.FileSchema;
import io.flashduck.server.table.source.SourceColumn;
import io.flashduck.server.table.state.FileState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which files of a table stay, go and come, once those that do not fit are refused, and the columns
 * that the table then has.
 *
 * <p>Threading: immutable.
 *
 * @param remaining loaded files whose rows stay
 * @param leaving loaded files whose rows go: gone, replaced, or refused after all
 * @param added files to read
 * @param columns the table's columns
 * @param refused files that are not in the table
 */
record SchemaPlan(
    List<FileState> remaining,
    List<FileState> leaving,
    List<ProbedFile> added,
    List<Column> columns,
    List<Refused> refused) {
  SchemaPlan {
    remaining = List.copyOf(remaining);
    leaving = List.copyOf(leaving);
    added = List.copyOf(added);
    columns = List.copyOf(columns);
    refused = List.copyOf(refused);
  }

  /**
   * What is known of a table before its files change.
   *
   * @param shape what its writes say, accepted ones too
   * @param options what {@code tables.yaml} says
   * @param loaded its live files, in the order of their paths
   * @param fixedKey the key that does not depend on files; empty for none
   */
  record Basis(
      TableShape shape, TableOptions options, List<FileState> loaded, List<String> fixedKey) {}

  /** Plans. */
  static SchemaPlan of(
      LaneContext lane, Basis basis, Set<String> gone, List<ProbedFile> candidates) {
    List<Refused> refused = new ArrayList<>();
    Map<String, String> declared = declaredTypes(lane, basis.options());
    List<ProbedFile> added = new ArrayList<>();
    for (ProbedFile file : candidates) {
      Optional<String> missing = missingKeyColumn(basis.fixedKey(), file.probe().columns());
      if (missing.isPresent()) {
        refused.add(
            new Refused(
                file.file(),
                Refused.Kind.CONFLICT,
                "it has no column " + missing.get() + ", which is part of the table's key"));
      } else {
        added.add(file);
      }
    }
    Set<String> evicted = new TreeSet<>(gone);
    while (true) {
      SchemaPlan plan = split(basis, evicted, added, refused);
      List<FileSchema> files = new ArrayList<>();
      plan.remaining.forEach(f -> files.add(new FileSchema(f.file().path(), f.columns())));
      added.forEach(f -> files.add(f.schema()));
      SchemaUnion.Result union =
          SchemaUnion.of(
              new SchemaUnion.Request(
                  declared,
                  basis.shape(),
                  files,
                  basis.options().merge().evolution() == SchemaEvolution.STRICT),
              lane.types().widening());
      if (union.refused().isEmpty()) {
        return new SchemaPlan(plan.remaining, plan.leaving, added, union.columns(), refused);
      }
      for (SchemaUnion.Refusal refusal : union.refused()) {
        refuse(refusal, plan, added, evicted, refused);
      }
    }
  }

  private static SchemaPlan split(
      Basis basis, Set<String> evicted, List<ProbedFile> added, List<Refused> refused) {
    Set<String> leavingPaths = new TreeSet<>(evicted);
    added.forEach(a -> leavingPaths.add(a.file().path()));
    List<FileState> remaining = new ArrayList<>();
    List<FileState> leaving = new ArrayList<>();
    for (FileState file : basis.loaded()) {
      (leavingPaths.contains(file.file().path()) ? leaving : remaining).add(file);
    }
    return new SchemaPlan(remaining, leaving, added, List.of(), refused);
  }

  /** A new file that does not fit is not read, and its last good state stays; a loaded one goes. */
  private static void refuse(
      SchemaUnion.Refusal refusal,
      SchemaPlan plan,
      List<ProbedFile> added,
      Set<String> evicted,
      List<Refused> refused) {
    for (ProbedFile file : List.copyOf(added)) {
      if (file.file().path().equals(refusal.path())) {
        added.remove(file);
        refused.add(new Refused(file.file(), Refused.Kind.CONFLICT, refusal.reason()));
        return;
      }
    }
    for (FileState file : plan.remaining) {
      if (file.file().path().equals(refusal.path())) {
        evicted.add(refusal.path());
        refused.add(new Refused(file.file(), Refused.Kind.CONFLICT, refusal.reason()));
      }
    }
  }

  private static Optional<String> missingKeyColumn(List<String> key, List<SourceColumn> columns) {
    return key.stream()
        .filter(k -> columns.stream().noneMatch(c -> c.name().equalsIgnoreCase(k)))
        .findFirst();
  }

  /** The types that {@code tables.yaml} gives, as DuckDB writes them. */
  static Map<String, String> declaredTypes(LaneContext lane, TableOptions options) {
    Map<String, String> types = new LinkedHashMap<>();
    options
        .read()
        .columns()
        .forEach(
            (column, type) ->
                lane.types().canonical(type).ifPresent(known -> types.put(column, known)));
    return types;
  }
}
