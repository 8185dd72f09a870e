package io.flashduck.server.flight;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/**
 * The dictionaries of a result, which stay when the result is closed; they share its buffers.
 *
 * <p>Threading: confined to one thread at a time.
 */
final class KeptDictionaries implements AutoCloseable {
  private final DictionaryProvider.MapDictionaryProvider provider =
      new DictionaryProvider.MapDictionaryProvider();
  private final List<FieldVector> vectors = new ArrayList<>();

  /**
   * @param source borrowed
   * @param memory pays for the vectors
   */
  static KeptDictionaries of(DictionaryProvider source, BufferAllocator memory) {
    KeptDictionaries kept = new KeptDictionaries();
    for (long id : source.getDictionaryIds()) {
      kept.add(source.lookup(id), memory);
    }
    return kept;
  }

  private void add(Dictionary dictionary, BufferAllocator memory) {
    FieldVector vector = dictionary.getVector().getField().createVector(memory);
    vectors.add(vector);
    VectorSchemaRoot from = new VectorSchemaRoot(List.of(dictionary.getVector()));
    from.setRowCount(dictionary.getVector().getValueCount());
    try (ArrowRecordBatch values = new VectorUnloader(from).getRecordBatch()) {
      new VectorLoader(new VectorSchemaRoot(List.of(vector))).load(values);
    }
    provider.put(new Dictionary(vector, dictionary.getEncoding()));
  }

  DictionaryProvider provider() {
    return provider;
  }

  @Override
  public void close() {
    vectors.forEach(FieldVector::close);
  }
}
