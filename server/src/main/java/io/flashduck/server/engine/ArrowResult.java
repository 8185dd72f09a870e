package io.flashduck.server.engine;

import io.flashduck.server.error.FlashDuckException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A streaming result in Arrow batches, as they go over the wire in the types of a {@link TypeMode}:
 * no string views, and dictionaries only for ENUM in mode strict. Decimals carry their precision
 * and scale as field metadata. The connection is busy until the result is closed.
 *
 * <p>Threading: confined to the thread that reads it, except {@link #cancel(FlashDuckException)}.
 */
public interface ArrowResult extends AutoCloseable {
  /** The schema of every batch, as in a message; see {@link WireDictionaries}. */
  Schema schema();

  /** The dictionaries that the schema names; known after the first batch was loaded. */
  DictionaryProvider dictionaries();

  /**
   * Loads the next batch into {@link #root()}.
   *
   * @return false at the end of the result
   * @throws FlashDuckException the statement's failure, or the reason given to cancel
   */
  boolean loadNext();

  /** The current batch; owned by this result and overwritten by the next one. */
  VectorSchemaRoot root();

  /**
   * Stops the statement; its reader then fails with {@code reason}. Thread-safe, harmless after
   * close.
   */
  void cancel(FlashDuckException reason);

  /** Frees the batch and the statement; the connection may run its next one. */
  @Override
  void close();
}
