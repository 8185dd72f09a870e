package io.flashduck.server.queue;

import io.flashduck.server.queue.FileLayer.OpenFile;
import io.flashduck.server.queue.FileLayer.OpenMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that knows what is on the disk and what only in the page cache.
 *
 * <p>A crash keeps, of everything since the last sync, any choice of sectors, of file sizes and of
 * changes to the folder. A failed sync leaves the page cache as it is but marks it clean: a later
 * sync that succeeds does not write it, as on Linux. One operation can be made to fail, and the
 * disk can be full.
 *
 * <p>Threading: thread-safe.
 */
final class MemoryDisk {
  static final int SECTOR_BYTES = 64;

  /** The operations that can fail. */
  enum Operation {
    CREATE_DIRECTORIES,
    LIST,
    OPEN,
    READ,
    WRITE,
    FORCE,
    TRUNCATE,
    SIZE,
    RENAME,
    DELETE,
    FORCE_DIRECTORY
  }

  /** How the chosen operation fails. */
  enum Fault {
    /** Before it did anything. */
    ERROR,
    /** After it did all or, of a write, a part. */
    ERROR_AFTER,
    /** Like ERROR_AFTER, because the disk is full. */
    NO_SPACE
  }

  private final Map<String, Inode> cachedEntries = new TreeMap<>();
  private final Map<String, Inode> durableEntries = new TreeMap<>();
  private final List<Runnable> unsyncedEntryChanges = new ArrayList<>();
  private final Random random;
  private final Map<Operation, Integer> counts = new HashMap<>();
  private int generation;
  private int operations;
  private int failAt = Integer.MAX_VALUE;
  private Fault fault = Fault.ERROR;
  private @Nullable Operation failed;
  private @Nullable Operation only;
  private long capacityBytes = Long.MAX_VALUE;

  MemoryDisk(long seed) {
    this.random = new Random(seed);
  }

  /** Lets the n-th operation from now on fail, counted from 1. */
  synchronized void failNth(int n, Fault how) {
    operations = 0;
    failAt = n;
    fault = how;
    failed = null;
    only = null;
  }

  /** Lets the next operation of that kind fail. */
  synchronized void failNext(Operation operation, Fault how) {
    failNth(1, how);
    only = operation;
  }

  synchronized void failNothing() {
    failAt = Integer.MAX_VALUE;
  }

  /** Operations since the last call of {@link #failNth}. */
  synchronized int operations() {
    return operations;
  }

  /** Which operation was made to fail, or null if none yet. */
  synchronized @Nullable Operation failed() {
    return failed;
  }

  synchronized int count(Operation operation) {
    return counts.getOrDefault(operation, 0);
  }

  /** Writes beyond that many bytes in all files fail. */
  synchronized void capacity(long bytes) {
    capacityBytes = bytes;
  }

  synchronized long usedBytes() {
    return cachedEntries.values().stream().mapToLong(inode -> inode.size).sum();
  }

  /** The files for one process, until the next {@link #kill} or {@link #crash}. */
  synchronized FileLayer boot() {
    return new Session(generation);
  }

  /** The process dies: its files are closed, the page cache stays. */
  synchronized void kill() {
    generation++;
  }

  /** The machine loses power, and only what the disk chose is left. */
  synchronized void crash() {
    generation++;
    for (Runnable change : unsyncedEntryChanges) {
      if (random.nextBoolean()) {
        change.run();
      }
    }
    unsyncedEntryChanges.clear();
    cachedEntries.clear();
    Map<Inode, Inode> survivors = new HashMap<>();
    durableEntries.replaceAll(
        (name, inode) -> survivors.computeIfAbsent(inode, lost -> lost.afterCrash(random)));
    cachedEntries.putAll(durableEntries);
  }

  /** The content of a file as a program sees it. */
  synchronized byte[] content(String name) {
    return Arrays.copyOf(inode(name).cached, (int) inode(name).size);
  }

  /** Replaces a file, durably. */
  synchronized void put(String name, byte[] content) {
    Inode inode = new Inode();
    inode.write(ByteBuffer.wrap(content), 0);
    inode.force(true, random);
    cachedEntries.put(name, inode);
    durableEntries.put(name, inode);
  }

  synchronized void remove(String name) {
    cachedEntries.remove(name);
    durableEntries.remove(name);
  }

  synchronized List<String> names() {
    return new ArrayList<>(cachedEntries.keySet());
  }

  /** A second disk with the same content, all of it durable. */
  synchronized MemoryDisk copy(long seed) {
    MemoryDisk copy = new MemoryDisk(seed);
    names().forEach(name -> copy.put(name, content(name)));
    return copy;
  }

  private Inode inode(String name) {
    Inode inode = cachedEntries.get(name);
    if (inode == null) {
      throw new IllegalArgumentException(name);
    }
    return inode;
  }

  /** Counts the operation; true if it has to fail after having had its effect. */
  private boolean failsAfter(Operation operation, int session) throws IOException {
    if (session != generation) {
      throw new IOException("this process is dead");
    }
    counts.merge(operation, 1, Integer::sum);
    if (only != null && only != operation) {
      return false;
    }
    operations++;
    if (operations != failAt) {
      return false;
    }
    failed = operation;
    if (fault == Fault.ERROR) {
      throw failure(operation);
    }
    return true;
  }

  private IOException failure(Operation operation) {
    return fault == Fault.NO_SPACE
        ? new NoSpaceException("injected: no space, " + operation)
        : new IOException("injected: " + operation);
  }

  private void entryChange(Runnable cached, Runnable durable) {
    cached.run();
    unsyncedEntryChanges.add(durable);
  }

  /** The disk as one process sees it. */
  private final class Session implements FileLayer {
    private final int session;

    Session(int session) {
      this.session = session;
    }

    private boolean failsAfter(Operation operation) throws IOException {
      return MemoryDisk.this.failsAfter(operation, session);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
      synchronized (MemoryDisk.this) {
        if (failsAfter(Operation.CREATE_DIRECTORIES)) {
          throw failure(Operation.CREATE_DIRECTORIES);
        }
      }
    }

    @Override
    public List<String> list(Path directory) throws IOException {
      synchronized (MemoryDisk.this) {
        if (failsAfter(Operation.LIST)) {
          throw failure(Operation.LIST);
        }
        return names();
      }
    }

    @Override
    public OpenFile open(Path file, OpenMode mode) throws IOException {
      synchronized (MemoryDisk.this) {
        boolean fails = failsAfter(Operation.OPEN);
        String name = name(file);
        Inode inode = cachedEntries.get(name);
        if (inode == null) {
          if (mode != OpenMode.CREATE) {
            throw new NoSuchFileException(name);
          }
          Inode fresh = new Inode();
          inode = fresh;
          entryChange(() -> cachedEntries.put(name, fresh), () -> durableEntries.put(name, fresh));
        } else if (mode == OpenMode.CREATE) {
          inode.truncate(0);
        }
        if (fails) {
          throw failure(Operation.OPEN);
        }
        return new MemoryFile(inode, session);
      }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      synchronized (MemoryDisk.this) {
        boolean fails = failsAfter(Operation.RENAME);
        Inode inode = inode(name(from));
        entryChange(
            () -> {
              cachedEntries.remove(name(from));
              cachedEntries.put(name(to), inode);
            },
            () -> {
              durableEntries.remove(name(from));
              durableEntries.put(name(to), inode);
            });
        if (fails) {
          throw failure(Operation.RENAME);
        }
      }
    }

    @Override
    public void delete(Path file) throws IOException {
      synchronized (MemoryDisk.this) {
        boolean fails = failsAfter(Operation.DELETE);
        if (!cachedEntries.containsKey(name(file))) {
          throw new NoSuchFileException(name(file));
        }
        entryChange(
            () -> cachedEntries.remove(name(file)), () -> durableEntries.remove(name(file)));
        if (fails) {
          throw failure(Operation.DELETE);
        }
      }
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
      synchronized (MemoryDisk.this) {
        if (failsAfter(Operation.FORCE_DIRECTORY)) {
          throw failure(Operation.FORCE_DIRECTORY);
        }
        unsyncedEntryChanges.forEach(Runnable::run);
        unsyncedEntryChanges.clear();
      }
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** A file: what programs see, what is on the disk, and what may get there by itself. */
  private static final class Inode {
    private byte[] cached = new byte[0];
    private byte[] durable = new byte[0];
    private long size;
    private long durableSize;

    /** Sectors written since the last sync, with all their contents since then. */
    private final Map<Integer, List<byte[]>> dirty = new TreeMap<>();

    private final List<Long> unsyncedSizes = new ArrayList<>();

    void write(ByteBuffer source, long position) {
      int length = source.remaining();
      int end = (int) position + length;
      if (end > cached.length) {
        int sectors = (end + SECTOR_BYTES - 1) / SECTOR_BYTES;
        cached = Arrays.copyOf(cached, sectors * SECTOR_BYTES);
        durable = Arrays.copyOf(durable, cached.length);
      }
      source.get(cached, (int) position, length);
      changed((int) position, end);
      if (end > size) {
        resize(end);
      }
    }

    void truncate(long newSize) {
      if (newSize < size) {
        Arrays.fill(cached, (int) newSize, cached.length, (byte) 0);
        changed((int) newSize, (int) size);
        resize(newSize);
      }
    }

    private void resize(long newSize) {
      size = newSize;
      unsyncedSizes.add(newSize);
    }

    private void changed(int from, int end) {
      for (int sector = from / SECTOR_BYTES; sector * SECTOR_BYTES < end; sector++) {
        dirty.computeIfAbsent(sector, s -> new ArrayList<>()).add(sectorOf(cached, sector));
      }
    }

    private static byte[] sectorOf(byte[] content, int sector) {
      int start = sector * SECTOR_BYTES;
      return Arrays.copyOfRange(content, start, start + SECTOR_BYTES);
    }

    void force(boolean metadata, Random random) {
      dirty.forEach((sector, versions) -> keep(durable, sector, versions.get(versions.size() - 1)));
      dirty.clear();
      if (metadata || size >= durableSize || random.nextBoolean()) {
        durableSize = size;
        unsyncedSizes.clear();
      }
    }

    /** Some of it reached the disk, and the page cache takes all of it for clean. */
    void failForce(Random random) {
      dirty.forEach(
          (sector, versions) -> {
            if (random.nextBoolean()) {
              keep(durable, sector, versions.get(versions.size() - 1));
            }
          });
      dirty.clear();
      if (random.nextBoolean()) {
        durableSize = size;
        unsyncedSizes.clear();
      }
    }

    Inode afterCrash(Random random) {
      Inode survivor = new Inode();
      byte[] content = durable.clone();
      dirty.forEach(
          (sector, versions) -> {
            int choice = random.nextInt(versions.size() + 1);
            if (choice < versions.size()) {
              keep(content, sector, versions.get(choice));
            }
          });
      int choice = random.nextInt(unsyncedSizes.size() + 1);
      long newSize = choice < unsyncedSizes.size() ? unsyncedSizes.get(choice) : durableSize;
      survivor.write(ByteBuffer.wrap(content, 0, (int) Math.min(newSize, content.length)), 0);
      survivor.force(true, random);
      return survivor;
    }

    private static void keep(byte[] content, int sector, byte[] version) {
      System.arraycopy(version, 0, content, sector * SECTOR_BYTES, SECTOR_BYTES);
    }
  }

  private final class MemoryFile implements OpenFile {
    private final Inode inode;
    private final int session;

    MemoryFile(Inode inode, int session) {
      this.inode = inode;
      this.session = session;
    }

    private boolean failsAfter(Operation operation) throws IOException {
      return MemoryDisk.this.failsAfter(operation, session);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      synchronized (MemoryDisk.this) {
        if (failsAfter(Operation.READ)) {
          throw failure(Operation.READ);
        }
        if (position >= inode.size) {
          return -1;
        }
        int length = (int) Math.min(target.remaining(), inode.size - position);
        int part = length > 1 ? 1 + random.nextInt(length) : length;
        target.put(inode.cached, (int) position, part);
        return part;
      }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      synchronized (MemoryDisk.this) {
        boolean fails = failsAfter(Operation.WRITE);
        int length = source.remaining();
        boolean isShort = fails ? random.nextBoolean() : random.nextInt(4) == 0;
        int part = isShort ? random.nextInt(length + 1) : length;
        long growth = Math.max(0, position + part - inode.size);
        long room = capacityBytes - usedBytes();
        boolean full = growth > room;
        if (full) {
          part = (int) Math.max(0, part - (growth - Math.max(0, room)));
        }
        part = fails || full ? part : Math.max(1, part);
        inode.write(source.slice(source.position(), part), position);
        source.position(source.position() + part);
        if (full) {
          throw new NoSpaceException("the disk in memory is full");
        }
        if (fails) {
          throw failure(Operation.WRITE);
        }
        return part;
      }
    }

    @Override
    public void force(boolean metadata) throws IOException {
      synchronized (MemoryDisk.this) {
        if (failsAfterMarkingClean()) {
          throw failure(Operation.FORCE);
        }
        inode.force(metadata, random);
      }
    }

    private boolean failsAfterMarkingClean() throws IOException {
      boolean dead = session != generation;
      boolean fails = true;
      try {
        fails = failsAfter(Operation.FORCE);
        return fails;
      } finally {
        if (fails && !dead) {
          inode.failForce(random);
        }
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (MemoryDisk.this) {
        boolean fails = failsAfter(Operation.TRUNCATE);
        inode.truncate(size);
        if (fails) {
          throw failure(Operation.TRUNCATE);
        }
      }
    }

    @Override
    public long size() throws IOException {
      synchronized (MemoryDisk.this) {
        if (failsAfter(Operation.SIZE)) {
          throw failure(Operation.SIZE);
        }
        return inode.size;
      }
    }

    @Override
    public void close() {}
  }
}
