package io.flashduck.server.sync;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files whose rows are loaded, each in the state in which it was read.
 *
 * <p>Threading: immutable.
 */
public final class Manifest {
  /** Nothing is loaded. */
  public static final Manifest EMPTY = new Manifest(new TreeMap<>());

  private final SortedMap<String, SourceFile> byPath;

  private Manifest(SortedMap<String, SourceFile> byPath) {
    this.byPath = Collections.unmodifiableSortedMap(byPath);
  }

  /** The manifest of these files; of two with one path the last counts. */
  public static Manifest of(Collection<SourceFile> files) {
    TreeMap<String, SourceFile> byPath = new TreeMap<>();
    files.forEach(file -> byPath.put(file.path(), file));
    return new Manifest(byPath);
  }

  /** The loaded files by path, sorted. */
  public SortedMap<String, SourceFile> byPath() {
    return byPath;
  }

  /** The loaded state of the file at that path. */
  public Optional<SourceFile> find(String path) {
    return Optional.ofNullable(byPath.get(path));
  }

  /** The manifest after these changes were loaded, all of them. */
  public Manifest with(List<SourceChange> changes) {
    TreeMap<String, SourceFile> changed = new TreeMap<>(byPath);
    for (SourceChange change : changes) {
      if (change instanceof SourceChange.Removed removed) {
        removed.files().forEach(file -> changed.remove(file.path()));
      }
    }
    for (SourceChange change : changes) {
      if (change instanceof SourceChange.Upserted upserted) {
        upserted.files().forEach(file -> changed.put(file.path(), file));
      }
    }
    return new Manifest(changed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Manifest that && byPath.equals(that.byPath);
  }

  @Override
  public int hashCode() {
    return byPath.hashCode();
  }

  @Override
  public String toString() {
    return "Manifest" + byPath.values();
  }
}
