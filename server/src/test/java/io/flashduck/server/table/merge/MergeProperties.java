package io.flashduck.server.table.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.catalog.Column;
import io.flashduck.server.catalog.TableName;
import io.flashduck.server.table.merge.MergeModel.Contribution;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** After any history of files, writes and floors the stored table holds the model's winners. */
final class MergeProperties {
  private static final String STAGE = "temp._fd_stage";

  /** What happens at one step. */
  sealed interface Step {
    /** Several files change in one scan; no rows: the file goes. */
    record Files(List<FileStep> files) implements Step {}

    /** Several writes are folded. */
    record Writes(List<List<RowStep>> writes) implements Step {}

    record Floor() implements Step {}
  }

  record FileStep(int file, int age, List<Integer> keys) {}

  record RowStep(int target, boolean delete) {}

  @Provide
  Arbitrary<List<Step>> histories() {
    Arbitrary<Integer> keys = Arbitraries.integers().between(0, 4);
    Arbitrary<FileStep> file =
        Combinators.combine(
                Arbitraries.integers().between(0, 3),
                Arbitraries.integers().between(-3, 3),
                keys.list().ofMaxSize(4))
            .as(FileStep::new);
    Arbitrary<RowStep> row =
        Combinators.combine(
                Arbitraries.integers().between(0, 8), Arbitraries.of(true, false, false))
            .as(RowStep::new);
    Arbitrary<Step> files = file.list().ofMinSize(1).ofMaxSize(3).map(Step.Files::new);
    Arbitrary<Step> writes =
        row.list().ofMinSize(1).ofMaxSize(3).list().ofMinSize(1).ofMaxSize(3).map(Step.Writes::new);
    Arbitrary<Step> floor = Arbitraries.just(new Step.Floor());
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(5, files),
            net.jqwik.api.Tuple.of(5, writes),
            net.jqwik.api.Tuple.of(1, floor))
        .list()
        .ofMinSize(1)
        .ofMaxSize(8);
  }

  @Property(tries = 150)
  void keyed(@ForAll("histories") List<Step> history) throws SQLException {
    run(history, true);
  }

  @Property(tries = 150)
  void keyless(@ForAll("histories") List<Step> history) throws SQLException {
    run(history, false);
  }

  private static void run(List<Step> history, boolean keyed) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
      History state = new History(connection, keyed);
      for (Step step : history) {
        state.apply(step);
        assertThat(state.stored()).as("after %s", step).isEqualTo(state.model.visible());
      }
    }
  }

  /** The stored table and the model, side by side. */
  private static final class History {
    private final Connection connection;
    private final boolean keyed;
    private final TableLayout table;
    private final TableMerge merge;
    private final MergeSql sql;
    final MergeModel model = new MergeModel();
    private long clock = 100;
    private long sequence;
    private long newestFile = Long.MIN_VALUE;
    private long floor = Long.MIN_VALUE;
    private int values;

    History(Connection connection, boolean keyed) throws SQLException {
      this.connection = connection;
      this.keyed = keyed;
      this.table =
          new TableLayout(
              TableName.ofMain("t.#1"),
              List.of(new Column("k", "INTEGER"), new Column("v", "VARCHAR")),
              keyed ? List.of("K") : List.of());
      SqlSession session = new JdbcSession(connection);
      this.merge = new TableMerge(session, table);
      this.sql = new MergeSql(table);
      session.execute("CREATE SCHEMA _flashduck");
      session.execute("CREATE TABLE _flashduck.files (id BIGINT, path VARCHAR)");
      session.execute("INSERT INTO _flashduck.files VALUES (4,'a'), (3,'b'), (2,'c'), (1,'d')");
      session.executeAll(sql.create());
      session.execute(sql.view());
    }

    void apply(Step step) throws SQLException {
      JdbcSession session = new JdbcSession(connection);
      session.execute("BEGIN");
      session.execute(sql.createStage(STAGE));
      clock++;
      if (step instanceof Step.Files files) {
        files(files);
      } else if (step instanceof Step.Writes writes) {
        writes(writes);
      } else {
        sequence++;
        model.floor(clock);
        floor = clock;
        session.executeAll(sql.floor(clock, sequence));
      }
      session.execute("COMMIT");
    }

    private void files(Step.Files step) throws SQLException {
      Map<Long, FileStep> byId = new TreeMap<>();
      step.files().forEach(f -> byId.put(4L - f.file(), f));
      for (Map.Entry<Long, FileStep> entry : byId.entrySet()) {
        long id = entry.getKey();
        FileStep file = entry.getValue();
        long version = clock + file.age();
        newestFile = Math.max(newestFile, version);
        List<Contribution> rows = new ArrayList<>();
        for (int row = 0; row < file.keys().size(); row++) {
          int key = file.keys().get(row);
          String path = "abcd".substring(file.file(), file.file() + 1);
          String identity = keyed ? "k" + key : "f" + id + ":" + row;
          String value = "k" + key + "#" + values++;
          rows.add(new Contribution(identity, version, 0, path, row, value));
          if (version > floor) {
            stage(key, value, version, id, row, 0, false);
          }
        }
        model.files.put(id, rows);
      }
      merge.files(STAGE, false, List.copyOf(byId.keySet()), () -> {});
    }

    private void writes(Step.Writes step) throws SQLException {
      boolean newest = clock > newestFile;
      long staged = 0;
      boolean upserts = true;
      for (List<RowStep> write : step.writes()) {
        staged += write.size();
        upserts &= write.stream().noneMatch(RowStep::delete);
        sequence++;
        clock++;
        // Without a key a write names each row at most once.
        List<String> identities = new ArrayList<>(model.visible().keySet());
        for (int row = 0; row < write.size(); row++) {
          write(write.get(row), row, identities);
        }
      }
      merge.writes(new TableMerge.Staged(STAGE, staged, upserts), newest);
    }

    private void write(RowStep step, int row, List<String> visible) throws SQLException {
      int key = step.target() % 5;
      String value = step.delete() ? "deleted" : "k" + key + "#" + values++;
      String identity = keyed ? "k" + key : "w" + sequence + ":" + row;
      long source = -sequence;
      long sourceRow = row;
      if (!keyed && step.target() < visible.size()) {
        identity = visible.remove(step.target());
        int colon = identity.indexOf(':');
        long number = Long.parseLong(identity.substring(1, colon));
        source = identity.startsWith("f") ? number : -number;
        sourceRow = Long.parseLong(identity.substring(colon + 1));
      } else if (!keyed && step.delete()) {
        return; // nothing to delete
      }
      model.writes.add(new Contribution(identity, clock, sequence, "", row, value));
      stage(key, value, clock, source, sourceRow, sequence, step.delete());
    }

    private void stage(
        int key, String value, long version, long source, long row, long seq, boolean deleted)
        throws SQLException {
      new JdbcSession(connection)
          .execute(
              "INSERT INTO %s VALUES (%d, '%s', %d, %d, %d, %d, %b)"
                  .formatted(STAGE, key, value, version, source, row, seq, deleted));
    }

    Map<String, String> stored() throws SQLException {
      String identity =
          keyed
              ? "'k' || k"
              : "CASE WHEN _fd_source > 0 THEN 'f' || _fd_source ELSE 'w' || -_fd_source END"
                  + " || ':' || _fd_row";
      Map<String, String> rows = new TreeMap<>();
      try (Statement statement = connection.createStatement();
          ResultSet result =
              statement.executeQuery(
                  "SELECT "
                      + identity
                      + ", v || ' v' || _fd_version || ' s' || _fd_sequence FROM "
                      + table.stored())) {
        while (result.next()) {
          assertThat(rows.put(result.getString(1), result.getString(2))).isNull();
        }
      }
      return rows;
    }
  }

  private record JdbcSession(Connection connection) implements SqlSession {
    @Override
    public void execute(String sql) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(sql, e);
      }
    }

    @Override
    public long update(String sql) {
      try (Statement statement = connection.createStatement()) {
        return statement.executeUpdate(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(sql, e);
      }
    }

    @Override
    public long number(String sql) {
      try (Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery(sql)) {
        result.next();
        return result.getLong(1);
      } catch (SQLException e) {
        throw new IllegalStateException(sql, e);
      }
    }
  }
}
