package io.flashduck.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.duckdb.DuckDBDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Servers in processes of their own are killed with SIGKILL, at every step of a write's way and at
 * random moments, again and again over the same folders; each start checks what the kill before it
 * has left. A build kills at each step at least once; {@code -Dflashduck.kills=2000} sets how many,
 * {@code -Dflashduck.killSeed=7} what they are.
 */
final class ServerKillsTest {
  private static final Logger LOG = LoggerFactory.getLogger(ServerKillsTest.class);

  private static final List<String> STEPS =
      List.of(
          "queue.read",
          "queue.open",
          "queue.write",
          "queue.force",
          "queue.rename",
          "queue.forceDirectory",
          "queue.delete",
          "ack.received",
          "ack.noted",
          "lane.READ",
          "lane.WRITTEN",
          "lane.COMMITTED",
          "lane.PUBLISHED",
          "export.open",
          "export.write",
          "export.force",
          "export.link",
          "export.replace",
          "export.delete",
          "export.forceDirectory",
          "fold.open",
          "fold.write",
          "fold.force",
          "fold.rename",
          "fold.forceDirectory");

  /** Steps that depend on what else happens; no build waits for them. */
  private static final List<String> RARE = List.of("export.copy", "export.truncate", "fold.delete");

  private static final String ANY_MOMENT = "any moment";
  private static final int RANDOM_KILLS = 6;
  private static final int KILLS = Integer.getInteger("flashduck.kills", 0);
  private static final long SEED = Long.getLong("flashduck.killSeed", System.nanoTime());
  private static final int AT_ONCE = 2;
  private static final int KILLS_OF_A_FOLDER = 40;
  private static final int TRIES = 4;

  /** How long a server may take to come to a step at the first try; twice as long at the next. */
  private static final int SECONDS = 8;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path dir;

  private final Map<String, Integer> reached = Collections.synchronizedMap(new TreeMap<>());
  private final Map<String, Integer> missed = Collections.synchronizedMap(new TreeMap<>());
  private final AtomicInteger folders = new AtomicInteger();
  private final AtomicInteger kills = new AtomicInteger();

  /** Which step a server is to be killed at, and how often that was tried before. */
  private record Plan(String step, int tries) {}

  @Test
  void server_killedAtEveryStep_keepsWhatItAcknowledged() throws Exception {
    Queue<Plan> plans = new ConcurrentLinkedQueue<>(plans(new Random(SEED)));
    library();
    ExecutorService killers = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        Random random = new Random(SEED + i);
        done.add(killers.submit(() -> kill(plans, random)));
      }
      for (Future<?> one : done) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("seed " + SEED + ": " + e.getMessage(), e);
    } finally {
      killers.shutdownNow();
      LOG.info("{} kills, seed {}: {}, missed {}", kills, SEED, reached, missed);
    }
    assertThat(reached.keySet()).as("seed %d", SEED).containsAll(STEPS);
  }

  private static List<Plan> plans(Random random) {
    List<Plan> plans = new ArrayList<>();
    while (plans.isEmpty() || plans.size() < KILLS) {
      STEPS.forEach(step -> plans.add(new Plan(step, 0)));
      if (KILLS > 0) {
        RARE.forEach(step -> plans.add(new Plan(step, 1)));
      }
      for (int i = 0; i < RANDOM_KILLS; i++) {
        plans.add(new Plan(ANY_MOMENT, 0));
      }
    }
    Collections.shuffle(plans, random);
    return plans;
  }

  private Void kill(Queue<Plan> plans, Random random) throws IOException, InterruptedException {
    Path folder = newFolder();
    int ofFolder = 0;
    for (Plan plan = plans.poll(); plan != null; plan = plans.poll()) {
      if (ofFolder++ == KILLS_OF_A_FOLDER) {
        kill(folder, new Plan("-", 0), random); // checks what the last kill has left
        CrashImage.delete(folder);
        folder = newFolder();
        ofFolder = 1;
      }
      if (kill(folder, plan, random)) {
        reached.merge(plan.step(), 1, Integer::sum);
      } else {
        missed.merge(plan.step(), 1, Integer::sum);
        if (plan.tries() + 1 < TRIES && !RARE.contains(plan.step())) {
          plans.add(new Plan(plan.step(), plan.tries() + 1));
        }
      }
    }
    kill(folder, new Plan("-", 0), random);
    return null;
  }

  private Path newFolder() throws IOException {
    return Files.createDirectory(dir.resolve("folder" + folders.incrementAndGet()));
  }

  /** Returns whether the server was killed where it was to be. */
  private boolean kill(Path folder, Plan plan, Random random)
      throws IOException, InterruptedException {
    KillPoints.Moment moment = moment(plan, random);
    boolean early = random.nextInt(8) == 0 || plan.step().equals("queue.read");
    int count = plan.tries() > 1 ? 1 : 1 + random.nextInt(1 << random.nextInt(often(plan) ? 6 : 3));
    List<String> command = new ArrayList<>(java());
    command.addAll(
        List.of(
            folder.toString(),
            String.valueOf(random.nextLong()),
            plan.step(),
            moment.name(),
            String.valueOf(count),
            String.valueOf(SECONDS << plan.tries()),
            early ? "start" : "checked",
            random.nextInt(5) == 0 ? "lost" : "kept"));
    Path errors = folder.resolve("errors.txt");
    Process server = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    boolean there = false;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
      if (plan.step().equals(ANY_MOMENT)) {
        there = true;
        boolean started = random.nextInt(4) == 0 || !until(lines, KilledServer.CHECKED).isEmpty();
        boolean ended = server.waitFor(random.nextInt(2_000), TimeUnit.MILLISECONDS);
        assertThat(started && ended).as(() -> text(errors)).isFalse();
      } else if (plan.step().equals("-")) {
        until(lines, KilledServer.CHECKED);
      } else {
        there = KilledServer.REACHED.equals(until(lines, KilledServer.UNREACHED));
      }
      server.toHandle().destroyForcibly(); // the process's own would close its output
      lines.lines().forEach(line -> LOG.trace("{}", line)); // until all of it is gone
    } finally {
      server.destroyForcibly();
    }
    assertThat(server.waitFor()).as(() -> plan + ": " + text(errors)).isEqualTo(128 + 9);
    kills.incrementAndGet();
    LOG.debug("{} {} {}: {}", plan, moment, count, there ? "reached" : "missed");
    return there;
  }

  /** Whether a server comes to the step with each write. */
  private static boolean often(Plan plan) {
    return List.of("queue.write", "queue.force", "export.write").contains(plan.step())
        || plan.step().startsWith("ack")
        || plan.step().startsWith("lane");
  }

  private static KillPoints.Moment moment(Plan plan, Random random) {
    KillPoints.Moment[] moments = KillPoints.Moment.values();
    KillPoints.Moment moment = moments[random.nextInt(moments.length)];
    return moment == KillPoints.Moment.HALF && !plan.step().endsWith(".write")
        ? KillPoints.Moment.AFTER
        : moment;
  }

  /** What the server says next that is that, or that it has reached its step; empty at the end. */
  private static String until(BufferedReader lines, String wanted) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals(KilledServer.SAYS + wanted)
          || line.equals(KilledServer.SAYS + KilledServer.REACHED)) {
        return line.substring(KilledServer.SAYS.length());
      }
    }
    return "";
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> a.startsWith("--") || a.startsWith("-Dio.netty"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Djava.library.path=" + dir,
            "-cp",
            System.getProperty("java.class.path"),
            KilledServer.class.getName()));
    return command;
  }

  /** A killed process would leave the copy of the library behind that the driver makes. */
  private void library() throws IOException {
    String os =
        System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "macos" : "linux";
    String processor = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    String name = "/libduckdb_java.so_" + os + "_" + processor;
    try (InputStream library = DuckDBDriver.class.getResourceAsStream(name)) {
      assertThat(library).as(name).isNotNull();
      Files.copy(library, dir.resolve(System.mapLibraryName("duckdb_java")));
    }
  }
}
