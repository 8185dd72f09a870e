package io.flashduck.server.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.flashduck.server.flight.FlightFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SQLite's sqllogictest corpus through JDBC: every statement and query does on a server what it
 * does on DuckDB alone.
 *
 * <p>The corpus has 7.2 million queries in 622 files, so a build runs a selection. More of it, up
 * to everything:
 *
 * <pre>{@code
 * ./mvnw test -pl server -am -Dtest=SqlLogicTest \
 *     -Dtest.extraArgs="-Dflashduck.corpus=.* -Dflashduck.corpus.share=0.01"
 * }</pre>
 *
 * <p>{@code flashduck.corpus} is a pattern of files, {@code .share} how much of their queries is
 * run, {@code .from} where in 0 to 1 that share begins (so that another run takes others), {@code
 * .statements} how many changes are made per file before it ends, {@code .lanes} how many files run
 * at once. A difference is logged when it is seen.
 */
class SqlLogicTest {
  private static final Logger log = LoggerFactory.getLogger(SqlLogicTest.class);
  private static final int LANES = Integer.getInteger("flashduck.corpus.lanes", 2);

  /** What a build runs: all kinds of files, the ones with small tables. */
  private static final List<CorpusPart> SELECTION =
      List.of(
          new CorpusPart("evidence/.*", 1, Integer.MAX_VALUE),
          new CorpusPart("select[123]\\.test", 0.3, Integer.MAX_VALUE),
          new CorpusPart("select[45]\\.test", 0.1, 60),
          new CorpusPart("random/.*/slt_good_1\\.test", 0.05, Integer.MAX_VALUE),
          new CorpusPart("index/.*/10/slt_good_1\\.test", 0.03, 100));

  @TempDir private Path folder;

  @Test
  void corpus_everyStatement_doesWhatDuckDbDoes() throws Exception {
    Tally tally = new Tally();
    ExecutorService lanes = Executors.newFixedThreadPool(LANES);
    try (FlightFixture flight = new FlightFixture(folder, Map.of())) {
      CorpusRun run = new CorpusRun(flight::jdbc);
      for (Future<Void> file : lanes.invokeAll(files(run, tally))) {
        file.get();
      }
    } finally {
      lanes.shutdownNow();
    }
    log.info("{}", tally);
    assertThat(tally.differences()).isEmpty();
    assertThat(tally.compared()).isPositive();
  }

  private static List<Callable<Void>> files(CorpusRun run, Tally tally) throws Exception {
    List<Callable<Void>> files = new ArrayList<>();
    List<CorpusPart> parts = parts();
    for (String file : Corpus.files()) {
      Optional<CorpusPart> part = parts.stream().filter(p -> p.holds(file)).findFirst();
      if (part.isPresent()) {
        files.add(
            () -> {
              run.run(file, part.get(), tally);
              log.info("{}; so far {}", file, tally);
              return null;
            });
      }
    }
    return files;
  }

  private static List<CorpusPart> parts() {
    String pattern = System.getProperty("flashduck.corpus", "");
    return pattern.isEmpty()
        ? SELECTION
        : List.of(
            new CorpusPart(
                pattern,
                number("from", 0),
                number("from", 0) + number("share", 1),
                (int) number("statements", Integer.MAX_VALUE)));
  }

  private static double number(String name, double otherwise) {
    String text = System.getProperty("flashduck.corpus." + name, "");
    return text.isEmpty() ? otherwise : Double.parseDouble(text);
  }
}
