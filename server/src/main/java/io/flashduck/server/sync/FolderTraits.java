package io.flashduck.server.sync;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be relied on in the file system of the data folder.
 *
 * <p>Threading: immutable.
 *
 * @param local whether times come from this machine's clock, inodes stay, and every change gives a
 *     notice; false for network and FUSE file systems and for FAT
 */
record FolderTraits(boolean local) {
  private static final Logger LOG = LoggerFactory.getLogger(FolderTraits.class);

  private static final List<String> OTHERS =
      List.of(
          "nfs",
          "cifs",
          "smb",
          "fuse",
          "9p",
          "afs",
          "ceph",
          "lustre",
          "gfs",
          "ocfs",
          "vboxsf",
          "vmhgfs",
          "virtiofs",
          "prl_fs",
          "drvfs",
          "vfat",
          "msdos",
          "exfat",
          "fat");

  static FolderTraits of(Path root) {
    try {
      String type = Files.getFileStore(root).type().toLowerCase(Locale.ROOT);
      return new FolderTraits(OTHERS.stream().noneMatch(type::startsWith));
    } catch (IOException e) {
      LOG.warn("Cannot tell the file system of {}; taking it for a local one", root, e);
      return new FolderTraits(true);
    }
  }
}
