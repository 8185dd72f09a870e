package io.flashduck.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.config.DataFormat;
import io.flashduck.server.config.FollowConfig;
import io.flashduck.server.sync.HeldFile.State;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Times are in milliseconds; both clocks show the same. */
final class SettlingTest {
  private static final long MILLI = 1_000_000;
  private static final Set<Hints.Kind> APPEARED = Set.of(Hints.Kind.APPEARED);
  private static final Set<Hints.Kind> CREATED_AND_WRITTEN =
      Set.of(Hints.Kind.APPEARED, Hints.Kind.MODIFIED);
  private static final Set<Hints.Kind> WRITTEN = Set.of(Hints.Kind.MODIFIED);
  private static final Set<Hints.Kind> NO_HINT = Set.of();

  private boolean complete;
  private final Settling settling = settling(true, 100);

  @Test
  void look_fileThatRested_isOfferedAtOnce() {
    look(file(1, 1, 1), NO_HINT, 101);
    assertOffered(file(1, 1, 1));
  }

  @Test
  void look_writtenInPlace_isOfferedOnceItRested() {
    look(file(1, 1000, 1000), CREATED_AND_WRITTEN, 1005);
    assertHeld(State.SETTLING);
    assertThat(settling.nextDue()).hasValue(1100 * MILLI);
    look(file(2, 1090, 1090), WRITTEN, 1091);
    assertThat(settling.due(at(1150))).isEmpty();
    assertThat(settling.due(at(1190))).containsExactly("a.csv");
    look(file(2, 1090, 1090), NO_HINT, 1190);
    assertOffered(file(2, 1090, 1090));
    assertThat(settling.nextDue()).isEmpty();
  }

  @Test
  void look_renamedIntoPlace_isOfferedAtOnce() {
    look(file(1, 1000, 1003), NO_HINT, 1004);
    assertOffered(file(1, 1000, 1003));
  }

  @Test
  void look_renamedWithinOneTick_isOfferedByItsNotice() {
    look(file(1, 1000, 1000), APPEARED, 1001);
    assertOffered(file(1, 1000, 1000));
  }

  @Test
  void look_emptyFileAppeared_isHeld() {
    look(file(0, 1000, 1003), APPEARED, 1003);
    assertHeld(State.SETTLING);
    look(file(0, 1000, 1003), NO_HINT, 1103);
    assertOffered(file(0, 1000, 1003));
  }

  @Test
  void look_endMarkIsThere_isOfferedAtOnce() {
    look(file(1, 1000, 1000), WRITTEN, 1001);
    assertHeld(State.SETTLING);
    complete = true;
    look(file(2, 1002, 1002), WRITTEN, 1003);
    assertOffered(file(2, 1002, 1002));
  }

  @Test
  void look_fileThatNeverRests_isOfferedAfterTheLimit() {
    int offers = 0;
    for (int time = 1000; time <= 12_000; time += 50) {
      look(file(time, time, time), WRITTEN, time);
      offers += settling.offered().size();
    }
    assertThat(offers).isEqualTo(2);
  }

  @Test
  void look_modifiedTimeSetAhead_settlesByTheChangeTime() {
    look(file(1, 9_000_000, 1000), WRITTEN, 1001);
    assertHeld(State.SETTLING);
    look(file(1, 9_000_000, 1000), NO_HINT, 1101);
    assertOffered(file(1, 9_000_000, 1000));
  }

  @Test
  void look_clockWasSetBack_settlesByLooking() {
    look(file(1, 5000, 5000), WRITTEN, 1000);
    assertThat(settling.nextDue()).hasValue(1100 * MILLI);
    look(file(1, 5000, 5000), NO_HINT, 1100);
    assertOffered(file(1, 5000, 5000));
  }

  @Test
  void look_remoteTimes_areNotTrusted() {
    Settling remote = settling(false, 100);
    remote.look("a.csv", Optional.of(file(1, 1, 5)), APPEARED, at(1000));
    assertThat(remote.offered()).isEmpty();
    remote.look("a.csv", Optional.of(file(1, 1, 5)), NO_HINT, at(1100));
    assertThat(remote.offered()).hasSize(1);
  }

  @Test
  void look_settleIsOff_offersEverything() {
    Settling off = settling(true, 0);
    off.look("a.csv", Optional.of(file(0, 1000, 1000)), WRITTEN, at(1000));
    assertThat(off.offered()).hasSize(1);
  }

  @Test
  void look_offeredFileIsWrittenAgain_isTakenBack() {
    look(file(1, 1, 1), NO_HINT, 1000);
    assertThat(settling.takeChanged()).isTrue();
    look(file(2, 1000, 1000), WRITTEN, 1001);
    assertThat(settling.takeChanged()).isTrue();
    assertThat(settling.offered()).isEmpty();
    assertHeld(State.SETTLING);
  }

  @Test
  void look_fileGone_isForgotten() {
    look(file(1, 1000, 1000), WRITTEN, 1001);
    settling.look("a.csv", Optional.empty(), NO_HINT, at(1002));
    assertThat(settling.offered()).isEmpty();
    assertThat(settling.held()).isEmpty();
    assertThat(settling.nextDue()).isEqualTo(OptionalLong.empty());
  }

  @Test
  void look_sameStateInAnotherTable_isOfferedAtOnce() {
    look(file(1, 1000, 1000), APPEARED, 1001);
    SourceFile moved =
        new SourceFile(
            TableName.ofMain("z"),
            "a.csv",
            FileFormat.of(DataFormat.CSV),
            Map.of(),
            "",
            file(1, 1000, 1000).stamp());
    look(moved, NO_HINT, 1002);
    assertOffered(moved);
  }

  @Test
  void failed_brokenFile_isRetriedWithGrowingPausesThenQuarantined() {
    SourceFile broken = file(1, 1, 1);
    look(broken, NO_HINT, 1000);
    long time = 1000;
    for (int tries = 1; tries < Settling.MAX_TRIES; tries++) {
      settling.failed(broken, "cut in half", false, at(time));
      assertHeld(State.RETRYING);
      assertThat(held().tries()).isEqualTo(tries);
      long pause = 50L << (tries - 1);
      assertThat(settling.nextDue()).hasValue((time + pause) * MILLI);
      time += pause;
      look(broken, NO_HINT, time);
      assertOffered(broken);
    }
    settling.failed(broken, "cut in half", false, at(time));
    assertHeld(State.QUARANTINED);
    assertThat(held().reason()).contains("cut in half");
    assertThat(settling.nextDue()).isEmpty();
    look(broken, NO_HINT, time + 1_000_000);
    assertHeld(State.QUARANTINED);
    look(file(2, time, time + 1), NO_HINT, time + 2);
    assertOffered(file(2, time, time + 1));
    settling.failed(file(2, time, time + 1), "again", false, at(time + 3));
    assertThat(held().tries()).isEqualTo(1);
  }

  @Test
  void failed_forGood_isQuarantinedAtOnceAndOfferedOnRequest() {
    SourceFile broken = file(1, 1, 1);
    look(broken, NO_HINT, 1000);
    settling.failed(broken, "a column is text in another file", true, at(1000));
    assertHeld(State.QUARANTINED);
    settling.offerAgain(file -> file.table().equals(TableName.ofMain("other")));
    assertHeld(State.QUARANTINED);
    settling.offerAgain(file -> file.table().equals(TableName.ofMain("a")));
    assertOffered(broken);
  }

  @Test
  void failed_fileChangedMeanwhile_isIgnored() {
    look(file(2, 1, 1), NO_HINT, 1000);
    settling.failed(file(1, 1, 1), "late news", false, at(1000));
    assertOffered(file(2, 1, 1));
  }

  private HeldFile held() {
    return settling.held().values().iterator().next();
  }

  private void look(SourceFile file, Set<Hints.Kind> hints, long time) {
    settling.look("a.csv", Optional.of(file), hints, at(time));
  }

  private void assertOffered(SourceFile file) {
    assertThat(settling.offered()).containsExactly(file);
    assertThat(settling.held()).isEmpty();
  }

  private void assertHeld(State state) {
    assertThat(settling.offered()).isEmpty();
    assertThat(held().state()).isEqualTo(state);
  }

  private Settling settling(boolean local, long settleMillis) {
    Duration settle = Duration.ofMillis(settleMillis);
    return new Settling(
        new FollowConfig(Duration.ofSeconds(1), true, settle, Duration.ofSeconds(5)),
        new Readiness(settle.toNanos(), local),
        file -> complete);
  }

  private static Moment at(long millis) {
    return new Moment(millis * MILLI, millis * MILLI);
  }

  private static SourceFile file(long size, long modifiedMillis, long changedMillis) {
    return new SourceFile(
        TableName.ofMain("a"),
        "a.csv",
        FileFormat.of(DataFormat.CSV),
        Map.of(),
        "",
        new FileStamp(size, modifiedMillis * MILLI, changedMillis * MILLI, 7));
  }
}
