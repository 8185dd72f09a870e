package io.flashduck.server.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What writers were told, in a file that a kill leaves as it is: one write for each answer.
 *
 * <p>Threading: thread-safe.
 */
final class KillLedger implements AutoCloseable {
  private final FileChannel file;
  private final List<NavigableMap<Long, Long>> sequences = new ArrayList<>();
  private long exported;

  KillLedger(Path path) throws IOException {
    for (int writer = 0; writer <= KillModel.WRITERS; writer++) {
      sequences.add(new TreeMap<>());
    }
    if (Files.exists(path)) {
      String text = Files.readString(path);
      text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(this::remember);
    }
    file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void remember(String line) {
    String[] words = line.split(" ", -1);
    long sequence = Long.parseLong(words[2]);
    sequences.get(Integer.parseInt(words[0])).put(Long.parseLong(words[1]), sequence);
    if (AckLevel.valueOf(words[3]) == AckLevel.EXPORTED) {
      exported = Math.max(exported, sequence);
    }
  }

  /** Notes an answer. */
  synchronized void note(int writer, long n, WriteAck ack) {
    String line = writer + " " + n + " " + ack.sequence() + " " + ack.state();
    remember(line);
    try {
      ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last change of a writer that was answered, 0 if none was. */
  synchronized long last(int writer) {
    return sequences.get(writer).isEmpty() ? 0 : sequences.get(writer).lastKey();
  }

  /** What a change was answered. */
  synchronized long sequence(int writer, long n) {
    return sequences.get(writer).getOrDefault(n, -1L);
  }

  /** The last change of a writer that is among the writes up to a sequence. */
  synchronized long lastWithin(int writer, long sequence) {
    long last = 0;
    long before = 0;
    for (var answer : sequences.get(writer).entrySet()) {
      if (answer.getKey() != before + 1 || answer.getValue() <= sequence(writer, before)) {
        throw new AssertionError(
            "Writer " + writer + " has change " + answer.getKey() + " after " + before);
      }
      before = answer.getKey();
      if (answer.getValue() <= sequence) {
        last = answer.getKey();
      }
    }
    return last;
  }

  /** The last write that was said to be in the consolidated file of t. */
  synchronized long exported() {
    return exported;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
