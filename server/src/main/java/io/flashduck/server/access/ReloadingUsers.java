package io.flashduck.server.access;

import io.flashduck.server.error.FlashDuckException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The users of the password file as it is now: read again when the file changed, looked at once a
 * second at most. While the file is wrong or missing the users of before stay.
 *
 * <p>Threading: thread-safe.
 */
final class ReloadingUsers {
  private static final Logger log = LoggerFactory.getLogger(ReloadingUsers.class);
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  private final Path file;
  private final Optional<String> onlyUser;
  private final Clock clock;
  private volatile Loaded loaded;

  private ReloadingUsers(Path file, Optional<String> onlyUser, Clock clock, Loaded loaded) {
    this.file = file;
    this.onlyUser = onlyUser;
    this.clock = clock;
    this.loaded = loaded;
  }

  private record Loaded(UserFile users, FileTime modified, Instant lookedAt) {
    Loaded lookedAt(Instant now) {
      return new Loaded(users, modified, now);
    }
  }

  static ReloadingUsers open(Path file, Optional<String> onlyUser, Clock clock) {
    UserFile users = UserFile.read(file, onlyUser);
    warnIfOthersCanRead(file);
    return new ReloadingUsers(
        file, onlyUser, clock, new Loaded(users, modified(file), clock.instant()));
  }

  /** The users now. */
  UserFile current() {
    Loaded now = loaded;
    if (Duration.between(now.lookedAt(), clock.instant()).compareTo(LOOK_INTERVAL) >= 0) {
      now = look();
    }
    return now.users();
  }

  private synchronized Loaded look() {
    Instant now = clock.instant();
    FileTime modified = modified(file);
    Loaded next = loaded.lookedAt(now);
    if (!modified.equals(loaded.modified())) {
      try {
        next = new Loaded(UserFile.read(file, onlyUser), modified, now);
        log.info("Read the password file {} again", file);
      } catch (FlashDuckException e) {
        next = new Loaded(loaded.users(), modified, now);
        log.warn("The changed password file is not used: {}", e.getMessage());
      }
    }
    loaded = next;
    return next;
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0); // missing for a moment, as while an editor saves
    }
  }

  private static void warnIfOthersCanRead(Path file) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
        log.warn("Every user of this machine can read the password file {}: chmod 600 it", file);
      }
    } catch (IOException | UnsupportedOperationException e) {
      log.debug("Cannot look at the permissions of {}", file, e);
    }
  }
}
