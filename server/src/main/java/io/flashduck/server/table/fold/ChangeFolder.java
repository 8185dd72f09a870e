package io.flashduck.server.table.fold;

import io.flashduck.server.catalog.TableName;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.queue.FileLayer;
import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of change files and its manifest.
 *
 * <pre>
 * changes/manifest.json                  which files there are; replaced by one rename
 * changes/&lt;schema&gt;.&lt;table&gt;/history-7.parquet  changes of some writes, in order
 * changes/&lt;schema&gt;.&lt;table&gt;/base-9.parquet     the newest write of each row, and tombstones
 * changes/.server/producers-8.parquet, changes-8.parquet
 * </pre>
 *
 * <p>A file that the manifest does not name means nothing. A file is synced, and its folder, before
 * a manifest names it; a manifest is synced before it is renamed, and its folder after it; only
 * then may what it replaces be deleted. DuckDB writes the Parquet files; all else goes through a
 * {@link FileLayer}.
 *
 * <p>Threading: thread-safe as its file layer is; one thread at a time publishes.
 */
public final class ChangeFolder {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeFolder.class);
  private static final String MANIFEST = "manifest.json";
  private static final String FRESH = "manifest.json.new";
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int LONGEST_NAME = 100;

  private final Path directory;
  private final FileLayer files;

  public ChangeFolder(Path directory, FileLayer files) {
    this.directory = directory;
    this.files = files;
  }

  /** A manifest could be neither the old nor the new one: nothing may be changed until a start. */
  static final class UnknownOutcomeException extends IOException {
    private static final long serialVersionUID = 1L;

    UnknownOutcomeException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  public Path directory() {
    return directory;
  }

  /** Where a change file is. */
  public Path path(ChangeFile file) {
    return directory.resolve(file.name());
  }

  /** Creates the folder if there is none. */
  public void create() {
    try {
      files.createDirectories(directory);
    } catch (IOException e) {
      throw failed("be created", e);
    }
  }

  /**
   * The manifest, or empty if there is none.
   *
   * @throws FlashDuckException CORRUPT_STATE if it is damaged; IO_ERROR
   */
  public Optional<FoldManifest> read() {
    try {
      return Optional.of(FoldManifestJson.decode(Files.readAllBytes(directory.resolve(MANIFEST))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new FlashDuckException(
          ErrorCode.CORRUPT_STATE,
          directory.resolve(MANIFEST)
              + " cannot be read: "
              + e.getMessage()
              + ". It says which files hold the writes that are no longer in the queue: put it back"
              + " from a copy. Without one, if the cache is there, remove the file: it is written"
              + " anew from the cache, and the change history begins again.",
          e);
    }
  }

  /**
   * Makes a manifest the one that a start finds.
   *
   * @throws UnknownOutcomeException if it may be the old or the new one
   */
  void publish(FoldManifest manifest) throws IOException {
    Path fresh = directory.resolve(FRESH);
    try (OpenFile file = files.open(fresh, OpenMode.CREATE)) {
      ByteBuffer bytes = ByteBuffer.wrap(FoldManifestJson.encode(manifest));
      while (bytes.hasRemaining()) {
        file.write(bytes, bytes.position());
      }
      file.force(true);
    }
    try {
      files.rename(fresh, directory.resolve(MANIFEST));
      files.forceDirectory(directory);
    } catch (IOException e) {
      throw new UnknownOutcomeException(e);
    }
  }

  /** The folder of a table's change files, created if there is none. */
  String folderOf(TableName table) throws IOException {
    return folder(name(table));
  }

  /** The folder of what belongs to no table. */
  String serverFolder() throws IOException {
    return folder(".server");
  }

  private String folder(String name) throws IOException {
    files.createDirectories(directory.resolve(name));
    return name;
  }

  /** Makes a file that DuckDB has written durable, and says what it is. */
  Written settle(String name) throws IOException {
    Path path = directory.resolve(name);
    try (OpenFile file = files.open(path, OpenMode.UPDATE)) {
      file.force(true);
    }
    Path folder = path.getParent();
    if (folder != null) {
      files.forceDirectory(folder);
    }
    return measure(path);
  }

  /** The size and checksum of a file. */
  record Written(long bytes, long checksum) {}

  Written measure(Path path) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    long at = 0;
    try (OpenFile file = files.open(path, OpenMode.READ)) {
      while (file.read(buffer.clear(), at) > 0) {
        at += buffer.position();
        crc.update(buffer.flip());
      }
    }
    return new Written(at, crc.getValue());
  }

  /**
   * What is wrong with a file that a manifest names.
   *
   * @return empty if it is whole
   */
  Optional<String> problem(ChangeFile file) {
    try {
      Written found = measure(path(file));
      if (found.bytes() != file.bytes()) {
        return Optional.of("it has " + found.bytes() + " bytes instead of " + file.bytes());
      }
      return found.checksum() == file.checksum()
          ? Optional.empty()
          : Optional.of("its checksum is wrong");
    } catch (IOException e) {
      return Optional.of("it cannot be read: " + e);
    }
  }

  /** Checks the files of a base before it is trusted. */
  public void requireWhole(FoldManifest.Base base) {
    FoldManifest only = FoldManifest.EMPTY.withBase(base);
    for (ChangeFile file : only.baseFiles()) {
      problem(file)
          .ifPresent(
              problem -> {
                throw new FlashDuckException(
                    ErrorCode.CORRUPT_STATE,
                    "The file of folded writes "
                        + path(file)
                        + " is damaged: "
                        + problem
                        + ". Put it back from a copy; 'flashduck queue verify' checks all of them.");
              });
    }
  }

  /** Deletes a file that no manifest names any more; a failure is only logged. */
  void discard(String name) {
    try {
      files.delete(directory.resolve(name));
    } catch (NoSuchFileException e) {
      LOG.trace("{} is gone already", name);
    } catch (IOException e) {
      LOG.warn("Could not delete {}: {}", directory.resolve(name), e.toString());
    }
  }

  /** Deletes every file that a manifest does not name; nobody may read any. */
  void sweep(FoldManifest manifest) {
    Set<String> named = new HashSet<>();
    manifest.files().forEach(file -> named.add(file.name()));
    try {
      for (String folder : files.list(directory)) {
        if (Files.isDirectory(directory.resolve(folder))) {
          for (String file : files.list(directory.resolve(folder))) {
            if (!named.contains(folder + "/" + file)) {
              discard(folder + "/" + file);
            }
          }
        }
      }
    } catch (IOException e) {
      LOG.warn("Could not list {}: {}", directory, e.toString());
    }
  }

  /** A name that every file system takes; it need not be unique, because the files' names are. */
  private static String name(TableName table) {
    StringBuilder name = new StringBuilder();
    for (char c : table.folded().toLowerCase(Locale.ROOT).toCharArray()) {
      boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      name.append(plain || (c == '.' && name.length() > 0) ? c : '%');
    }
    return name.substring(0, Math.min(name.length(), LONGEST_NAME));
  }

  private FlashDuckException failed(String what, IOException e) {
    return new FlashDuckException(
        ErrorCode.IO_ERROR, "The folder " + directory + " cannot " + what + ": " + e, e);
  }
}
