package io.flashduck.server.cli;

import java.io.IOException;
import java.util.Optional;
import org.jline.terminal.spi.SystemStream;
import org.jline.terminal.spi.TerminalProvider;

/**
 * What the process's standard streams are connected to.
 *
 * <p>Threading: immutable.
 */
public interface Terminals {
  /** Neither stream is a terminal. */
  Terminals NONE = new Fixed(false, false, 0);

  /** Whether a person types the input. */
  boolean input();

  /** Whether a person reads the output. */
  boolean output();

  /** Columns of the output's terminal, 0 if it is none or unknown. */
  int width();

  /** Asks the operating system; where that fails, the streams count as files. */
  static Terminals ofProcess() {
    return ofProvider("jni").or(() -> ofProvider("exec")).orElse(NONE);
  }

  private static Optional<Terminals> ofProvider(String name) {
    try {
      TerminalProvider provider = TerminalProvider.load(name);
      boolean output = provider.isSystemStream(SystemStream.Output);
      int width = output ? Math.max(0, provider.systemStreamWidth(SystemStream.Output)) : 0;
      return Optional.of(new Fixed(provider.isSystemStream(SystemStream.Input), output, width));
    } catch (IOException | LinkageError unavailable) {
      return Optional.empty();
    }
  }

  /**
   * Known answers.
   *
   * @param input whether a person types the input
   * @param output whether a person reads the output
   * @param width columns of the output's terminal
   */
  record Fixed(boolean input, boolean output, int width) implements Terminals {}
}
