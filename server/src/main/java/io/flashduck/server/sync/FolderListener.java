package io.flashduck.server.sync;

/**
 * Learns which folders a scan looks into: the watcher, which must watch a folder before it is
 * listed, so that nothing falls between.
 *
 * <p>Threading: called on the scan thread.
 */
interface FolderListener {
  /** Nobody listens. */
  FolderListener NONE =
      new FolderListener() {
        @Override
        public void entering(String folder, long fileId) {}

        @Override
        public void gone(String folder) {}
      };

  /** That folder is about to be listed. */
  void entering(String folder, long fileId);

  /** That folder and those below are no longer there. */
  void gone(String folder);
}
