package io.flashduck.server.queue;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.ContextBase;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/**
 * A process that appends is killed at random, again and again on the same folder; everything that
 * it said was durable is there. More kills: {@code -Dtest.extraArgs=-Dflashduck.queue.kills=1000}.
 */
final class KillTest {
  private static final int KILLS = Integer.getInteger("flashduck.queue.kills", 20);
  private static final long SEED = Long.getLong("flashduck.queue.seed", System.nanoTime());
  private static final QueueSettings SETTINGS =
      QueueFixture.withPreallocation(
          new QueueSettings(64 * 1024, 65_536, 64 << 20, Duration.ofSeconds(10), 1 << 20, 256, 0),
          8192);

  @TempDir Path directory;

  @Test
  void append_processKilled_everyAcknowledgedChangeIsThere() throws Exception {
    Random random = new Random(SEED);
    Map<Long, String> acknowledged = new HashMap<>();
    for (int kill = 0; kill < KILLS; kill++) {
      int after = 1 + random.nextInt(1 << (1 + random.nextInt(11)));
      acknowledged.putAll(appendUntilKilled(kill, after));
      try (WriteQueue queue =
          WriteQueue.open(directory, SETTINGS, new ChannelFileLayer(), Clock.systemUTC())) {
        check(queue, acknowledged, "seed " + SEED + ", kill " + kill);
      }
    }
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(KILLS);
  }

  private Map<Long, String> appendUntilKilled(int round, int lines) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath(),
                Child.class.getName(),
                directory.toString(),
                String.valueOf(round))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Map<Long, String> acknowledged = new HashMap<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
      for (int i = 0; i < lines; i++) {
        note(reader.readLine(), acknowledged);
      }
      child.toHandle().destroyForcibly(); // the process's own would close its output
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        note(line, acknowledged);
      }
    }
    assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(child.exitValue()).isEqualTo(128 + 9);
    return acknowledged;
  }

  /** A line is "sequence text;"; the last one may be cut off. */
  private static void note(String line, Map<Long, String> acknowledged) {
    assertThat(line).isNotNull();
    if (line.endsWith(";")) {
      int space = line.indexOf(' ');
      acknowledged.put(
          Long.parseLong(line.substring(0, space)), line.substring(space + 1, line.length() - 1));
    }
  }

  private static void check(WriteQueue queue, Map<Long, String> acknowledged, String where) {
    Map<Long, String> stored =
        QueueFixture.readAll(queue).stream()
            .collect(Collectors.toMap(Frame::sequence, QueueFixture::text));
    long first = queue.stats().firstSequence();
    assertThat(stored).as(where).hasSize((int) (queue.lastSequence() - first + 1));
    acknowledged.forEach(
        (sequence, text) -> {
          if (sequence >= first) {
            assertThat(stored.get(sequence)).as("%s, sequence %d", where, sequence).isEqualTo(text);
          }
        });
  }

  private static String classPath() {
    return Stream.of(
            WriteQueue.class,
            KillTest.class,
            NullMarked.class,
            Logger.class,
            LoggerContext.class,
            ContextBase.class)
        .map(type -> location(type).toString())
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Path location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The process that dies: four senders that say what they were told, and a release now and then.
   */
  static final class Child {
    private static final int SENDERS = 4;
    private static final long KEPT = 1500;

    private Child() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
      WriteQueue queue =
          WriteQueue.open(
              Path.of(arguments[0]), SETTINGS, new ChannelFileLayer(), Clock.systemUTC());
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < SENDERS; i++) {
        String name = arguments[1] + "/" + i;
        Thread sender = new Thread(() -> send(queue, name, System.out), name);
        sender.start();
        senders.add(sender);
      }
      for (Thread sender : senders) {
        sender.join();
      }
    }

    private static void send(WriteQueue queue, String name, PrintStream out) {
      Random random = new Random(name.hashCode());
      for (int i = 0; i < Integer.MAX_VALUE; i++) {
        String text = name + "/" + i + "/" + "x".repeat(random.nextInt(400));
        ByteBuffer payload = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        Appended appended = QueueFixture.get(queue.append(payload));
        out.println(appended.sequence() + " " + text + ";");
        if (i % 100 == 99) {
          queue.applied(queue.lastSequence());
          queue.releaseThrough(Math.max(0, queue.lastSequence() - KEPT));
        }
      }
    }
  }
}
