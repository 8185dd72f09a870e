package io.flashduck.server.sync;

/**
 * How a text file is compressed as a whole, and the name's ending that says so.
 *
 * <p>Threading: immutable.
 */
public enum Compression {
  NONE(""),
  GZIP(".gz"),
  ZSTD(".zst");

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  String suffix() {
    return suffix;
  }
}
