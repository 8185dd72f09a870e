package io.flashduck.server.differential;

import java.io.BufferedReader;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of the corpus on a server and on DuckDB, statement by statement.
 *
 * <p>Each file gets a schema of its own, which its connection uses, so several run at once.
 *
 * <p>Threading: thread-safe.
 */
final class CorpusRun {
  private static final Logger log = LoggerFactory.getLogger(CorpusRun.class);

  /** By design, see DesignedDifferencesTest. */
  private static final Pattern REFUSED =
      Pattern.compile("(CREATE (UNIQUE )?INDEX|DROP INDEX)\\b.*", Pattern.DOTALL);

  /** A connection to the server. */
  interface Connector {
    Connection connect() throws SQLException;
  }

  private final Connector server;
  private final AtomicInteger schemas = new AtomicInteger();

  CorpusRun(Connector server) {
    this.server = server;
  }

  /** Runs one file and adds what was seen to the tally. */
  void run(String file, CorpusPart part, Tally tally) throws IOException, SQLException {
    String schema = "corpus" + schemas.incrementAndGet();
    Random random = new Random(file.hashCode());
    int statements = 0;
    try (BufferedReader text = Corpus.open(file);
        Connection actual = server.connect();
        Connection expected = DriverManager.getConnection("jdbc:duckdb:")) {
      for (Connection side : List.of(actual, expected)) {
        done(side, "CREATE SCHEMA " + schema);
        done(side, "USE " + schema);
      }
      CorpusRecord.Reader records = new CorpusRecord.Reader(text);
      for (Optional<CorpusRecord> next = records.next();
          next.isPresent() && statements < part.maxStatements();
          next = records.next()) {
        CorpusRecord item = next.get();
        statements += item.query() ? 0 : 1;
        if (REFUSED.matcher(item.sql()).matches()) {
          refused(file, item, actual, tally);
        } else if (!item.query() || part.takes(random.nextDouble())) {
          compare(file, item, actual, expected, tally);
        }
      }
      done(actual, "DROP SCHEMA " + schema + " CASCADE");
    }
  }

  private static void done(Connection side, String sql) throws SQLException {
    try (Statement statement = side.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void refused(String file, CorpusRecord item, Connection actual, Tally tally) {
    Outcome outcome = Outcome.of(actual, item.sql());
    if (outcome instanceof Outcome.Failure) {
      tally.refused(item.sql().replaceFirst("(?s)( INDEX).*", "$1"));
    } else {
      tally.differs(file + ":" + item.line() + " was not refused: " + item.sql());
    }
  }

  private static void compare(
      String file, CorpusRecord item, Connection actual, Connection expected, Tally tally) {
    Outcome right = Outcome.of(expected, asDesigned(item.sql()));
    Outcome seen = Outcome.of(actual, item.sql());
    if (Outcome.same(right, seen, item.ordered())
        && (!item.query() || Outcome.sameReason(right, seen))) {
      tally.same(item.query(), right);
      return;
    }
    String difference =
        String.format(
            Locale.ROOT,
            "%s:%d %s%n    DuckDB    %s%n    FlashDuck %s",
            file,
            item.line(),
            item.sql(),
            shortened(right),
            shortened(seen));
    log.warn("{}", difference);
    tally.differs(difference);
  }

  /** Unique columns are the key, and a key has a value; by design, see DesignedDifferencesTest. */
  private static String asDesigned(String sql) {
    return sql.startsWith("CREATE TABLE ") ? sql.replace(" UNIQUE)", " UNIQUE NOT NULL)") : sql;
  }

  private static String shortened(Outcome outcome) {
    return outcome.toString().lines().limit(3).map(CorpusRun::cut).collect(Collectors.joining(" "));
  }

  private static String cut(String line) {
    return line.length() <= 400 ? line : line.substring(0, 400) + "…";
  }
}
