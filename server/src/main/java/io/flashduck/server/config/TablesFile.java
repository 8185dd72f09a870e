package io.flashduck.server.config;

import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code tables.yaml} of one data folder and its last good content: a broken file changes nothing
 * and is reported, also if it is found broken at start.
 *
 * <p>Threading: confined to one thread.
 */
public final class TablesFile {
  private static final Logger LOG = LoggerFactory.getLogger(TablesFile.class);

  private final Path file;
  private final Path lastGood;
  private TablesConfig current = TablesConfig.EMPTY;
  private Optional<String> problem = Optional.empty();

  private TablesFile(Path file, Path lastGood) {
    this.file = file;
    this.lastGood = lastGood;
  }

  /**
   * Reads the file; if it is broken, the copy of the last good one.
   *
   * @param lastGood where the copy is kept, in the state folder; derived, may be deleted
   */
  public static TablesFile open(Path dataDir, Path lastGood) {
    TablesFile tables = new TablesFile(dataDir.resolve(TablesConfig.FILE_NAME), lastGood);
    tables.reload();
    if (tables.problem.isPresent() && Files.exists(lastGood)) {
      try {
        tables.current = TablesConfig.read(lastGood);
      } catch (FlashDuckException e) {
        // The copy is no better than the file; its problem is the one to report.
        tables.current = TablesConfig.EMPTY;
      }
    }
    return tables;
  }

  /**
   * Reads the file again.
   *
   * @return whether {@link #current} or {@link #problem} changed
   */
  public boolean reload() {
    TablesConfig before = current;
    Optional<String> problemBefore = problem;
    try {
      if (Files.exists(file)) {
        String text = TablesConfig.text(file);
        current = TablesConfig.parse(file.toString(), text);
        keep(text);
      } else {
        current = TablesConfig.EMPTY;
        forget();
      }
      problem = Optional.empty();
    } catch (FlashDuckException e) {
      problem = Optional.ofNullable(e.getMessage());
    }
    return !current.equals(before) || !problem.equals(problemBefore);
  }

  /** The last good content. */
  public TablesConfig current() {
    return current;
  }

  /** What is wrong with the file, if it is not {@link #current}. */
  public Optional<String> problem() {
    return problem;
  }

  private void keep(String text) {
    try {
      Path parent = lastGood.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Path temporary = lastGood.resolveSibling(lastGood.getFileName() + ".tmp");
      Files.writeString(temporary, text);
      Files.move(temporary, lastGood, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.warn("Could not keep a copy of {} as {}", file, lastGood, e);
    }
  }

  private void forget() {
    try {
      Files.deleteIfExists(lastGood);
    } catch (IOException e) {
      LOG.warn("Could not delete {}, the copy of a {} that is gone", lastGood, file, e);
    }
  }
}
