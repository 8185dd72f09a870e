package io.flashduck.server.flight;

import io.flashduck.server.error.FlashDuckException;
import java.util.OptionalDouble;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows that a client fetches: the schema is known at once, the rows come after {@link #open}.
 *
 * <p>Threading: one thread at a time, except {@link #cancel}, {@link #progress}, {@link #onWanted}
 * and {@link #wanted}.
 */
interface Rows extends AutoCloseable {
  /** The schema of every batch, as in a message; known before anything runs. */
  Schema schema();

  /**
   * Runs the statement; called once.
   *
   * @param allocator where batches live; outlives this object
   */
  void open(BufferAllocator allocator);

  /** The next batch, null at the end; the caller closes it. */
  @Nullable ArrowRecordBatch next();

  /** The dictionaries that the schema names; asked for after the first batch. */
  default DictionaryProvider dictionaries() {
    return new DictionaryProvider.MapDictionaryProvider();
  }

  /** Has the statement count how far it is; before {@link #open}. */
  default void trackProgress() {}

  /** How far the running statement is, 0 to 1; empty if it is not known. Thread-safe. */
  default OptionalDouble progress() {
    return OptionalDouble.empty();
  }

  /**
   * Says who works on the rows from now on, in place of the one before.
   *
   * @param wake called when they are {@link #wanted}; returns at once
   */
  default void onWanted(Runnable wake) {}

  /**
   * Whether another statement waits for the connection of these rows. Whoever works on them then
   * calls {@link #holdNext} until nobody waits. Thread-safe.
   */
  default boolean wanted() {
    return false;
  }

  /**
   * Reads one batch ahead, which {@link #next} will give, or what reading it failed with; after
   * {@link #open}.
   */
  default void holdNext() {}

  /** Makes a running or later call fail with that reason. Thread-safe, harmless after close. */
  default void cancel(FlashDuckException reason) {}

  /** Frees the batches and the statement; also without {@link #open}. */
  @Override
  default void close() {}
}
