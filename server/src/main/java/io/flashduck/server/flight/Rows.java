package io.flashduck.server.flight;

import io.flashduck.server.error.FlashDuckException;
import java.util.OptionalDouble;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Rows that a client fetches: the schema is known at once, the rows come after {@link #open}.
 *
 * <p>Threading: one thread at a time, except {@link #cancel}.
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

  /** Loads the next batch into {@link #root}; false at the end. */
  boolean loadNext();

  /** The current batch; owned by this object and overwritten by the next one. */
  VectorSchemaRoot root();

  /** The dictionaries that the schema names; asked for after a batch was loaded. */
  default DictionaryProvider dictionaries() {
    return new DictionaryProvider.MapDictionaryProvider();
  }

  /** Has the statement count how far it is; before {@link #open}. */
  default void trackProgress() {}

  /** How far the running statement is, 0 to 1; empty if it is not known. Thread-safe. */
  default OptionalDouble progress() {
    return OptionalDouble.empty();
  }

  /** Makes a running or later call fail with that reason. Thread-safe, harmless after close. */
  default void cancel(FlashDuckException reason) {}

  /** Frees the batch and the statement; also without {@link #open}. */
  @Override
  default void close() {}
}
