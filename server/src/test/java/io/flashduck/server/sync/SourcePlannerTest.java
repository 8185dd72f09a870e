package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.DataFormat;
import io.flashduck.server.config.TablesConfig;
import io.flashduck.server.sync.HeldFile.State;
import io.flashduck.server.sync.RejectedPath.Reason;
import io.flashduck.server.sync.SourceChange.Removed;
import io.flashduck.server.sync.SourceChange.Upserted;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class SourcePlannerTest {
  private static final SourceFile A1 = file("a.csv", "a", 1);
  private static final SourceFile A2 = file("a.csv", "a", 2);
  private static final SourceFile A_PART = file("a_partition_1.csv", "a", 1);
  private static final SourceFile B1 = file("b.csv", "b", 1);

  @Test
  void plan_nothingLoaded_upsertsByTableInOrder() {
    assertThat(plan(List.of(), B1, A_PART, A1))
        .containsExactly(
            new Upserted(TableName.ofMain("a"), List.of(A1, A_PART)),
            new Upserted(TableName.ofMain("b"), List.of(B1)));
  }

  @Test
  void plan_changedState_upsertsOnlyThatFile() {
    assertThat(plan(List.of(A1, A_PART, B1), A2, A_PART, B1))
        .containsExactly(new Upserted(TableName.ofMain("a"), List.of(A2)));
  }

  @Test
  void plan_eachPartOfTheStamp_counts() {
    FileStamp stamp = new FileStamp(10, 20, 30, 40);
    for (FileStamp other :
        List.of(
            new FileStamp(11, 20, 30, 40),
            new FileStamp(10, 21, 30, 40),
            new FileStamp(10, 20, 31, 40),
            new FileStamp(10, 20, 30, 41),
            stamp.withRevision(1))) {
      assertThat(plan(List.of(A1.withStamp(stamp)), A1.withStamp(other))).hasSize(1);
    }
  }

  @Test
  void plan_timesInPastOrFuture_areChangesLikeAnyOther() {
    SourceFile older = A1.withStamp(new FileStamp(1, -5, 1, 1));
    SourceFile newer = A1.withStamp(new FileStamp(1, Long.MAX_VALUE, 1, 1));
    assertThat(plan(List.of(newer), older)).hasSize(1);
    assertThat(plan(List.of(older), newer)).hasSize(1);
  }

  @Test
  void plan_renamedFile_isRemovedAndUpsertedInOnePlan() {
    SourceFile renamed = file("c.csv", "c", 1);
    assertThat(plan(List.of(A1), renamed))
        .containsExactly(
            new Removed(TableName.ofMain("a"), List.of(A1)),
            new Upserted(TableName.ofMain("c"), List.of(renamed)));
  }

  @Test
  void plan_fileMovesToAnotherTable_leavesTheFirst() {
    SourceFile moved = file("a.csv", "z", 1);
    assertThat(plan(List.of(A1), moved))
        .containsExactly(
            new Removed(TableName.ofMain("a"), List.of(A1)),
            new Upserted(TableName.ofMain("z"), List.of(moved)));
  }

  @Test
  void plan_tableSpelledInAnotherCase_isTheSameTable() {
    assertThat(plan(List.of(A1), file("a.csv", "A", 1))).isEmpty();
  }

  @Test
  void plan_heldFile_keepsWhatIsLoaded() {
    FolderSnapshot held =
        new FolderSnapshot(
            List.of(),
            List.of(),
            new TreeMap<>(Map.of("a.csv", new HeldFile(A2, State.SETTLING, Optional.empty(), 0))),
            TablesConfig.EMPTY);
    assertThat(SourcePlanner.plan(Manifest.of(List.of(A1, B1)), held))
        .containsExactly(new Removed(TableName.ofMain("b"), List.of(B1)));
  }

  @Test
  void plan_unreadableFolder_keepsWhatIsLoadedBelow() {
    SourceFile inside = file("sales/x.csv", "x", 1);
    SourceFile beside = file("sales2/x.csv", "x", 1);
    SourceFile bad = file("bad.csv", "bad", 1);
    FolderSnapshot unreadable =
        new FolderSnapshot(
            List.of(),
            List.of(
                new RejectedPath("sales", Reason.UNREADABLE, "no permission", "grant it"),
                new RejectedPath("bad.csv", Reason.NOT_A_FILE, "a pipe", "remove it")),
            new TreeMap<>(),
            TablesConfig.EMPTY);
    assertThat(SourcePlanner.plan(Manifest.of(List.of(inside, beside, bad)), unreadable))
        .containsExactly(
            new Removed(TableName.ofMain("bad"), List.of(bad)),
            new Removed(TableName.ofMain("x"), List.of(beside)));
  }

  @Property
  void plan_appliedToTheOld_givesTheNew(
      @ForAll("folders") List<SourceFile> before, @ForAll("folders") List<SourceFile> after) {
    Manifest old = Manifest.of(before);
    List<SourceChange> plan = SourcePlanner.plan(old, FolderSnapshot.of(unique(after)));
    assertThat(old.with(plan)).isEqualTo(Manifest.of(unique(after)));
  }

  @Property
  void plan_ofWhatIsLoaded_isEmpty(@ForAll("folders") List<SourceFile> files) {
    assertThat(SourcePlanner.plan(Manifest.of(files), FolderSnapshot.of(unique(files)))).isEmpty();
  }

  @Property
  void plan_anyChange_namesEachTableOnceAndInOrder(
      @ForAll("folders") List<SourceFile> before, @ForAll("folders") List<SourceFile> after) {
    List<SourceChange> plan =
        SourcePlanner.plan(Manifest.of(before), FolderSnapshot.of(unique(after)));
    Set<String> seen = new HashSet<>();
    for (SourceChange change : plan) {
      assertThat(seen.add(change.table().folded() + (change instanceof Removed))).isTrue();
      assertThat(change.files()).isNotEmpty();
      assertThat(change.files()).extracting(SourceFile::path).isSorted();
    }
    assertThat(plan).extracting(SourceChange::table).isSorted();
  }

  @Provide
  Arbitrary<List<SourceFile>> folders() {
    Arbitrary<String> paths = Arbitraries.of("a", "b", "c", "d/e", "d/f", "d-g", "h/i/j");
    Arbitrary<String> tables = Arbitraries.of("t", "u", "v");
    Arbitrary<Integer> states = Arbitraries.integers().between(1, 3);
    return Combinators.combine(paths, tables, states)
        .as(SourcePlannerTest::file)
        .list()
        .ofMaxSize(8);
  }

  private static List<SourceFile> unique(List<SourceFile> files) {
    return List.copyOf(
        files.stream()
            .collect(Collectors.toMap(SourceFile::path, f -> f, (a, b) -> b, TreeMap::new))
            .values());
  }

  private static List<SourceChange> plan(List<SourceFile> loaded, SourceFile... now) {
    return SourcePlanner.plan(Manifest.of(loaded), FolderSnapshot.of(List.of(now)));
  }

  private static SourceFile file(String path, String table, int state) {
    return new SourceFile(
        TableName.ofMain(table),
        path,
        FileFormat.of(DataFormat.CSV),
        Map.of(),
        "",
        new FileStamp(state, state, state, state));
  }
}
