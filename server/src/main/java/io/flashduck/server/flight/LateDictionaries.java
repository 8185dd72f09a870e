package io.flashduck.server.flight;

import java.util.Set;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;

/**
 * The dictionaries of rows whose schema is sent before their statement runs: they are there when
 * the first batch is.
 *
 * <p>Threading: confined to its stream.
 */
record LateDictionaries(Rows rows) implements DictionaryProvider {
  @Override
  public Dictionary lookup(long id) {
    return rows.dictionaries().lookup(id);
  }

  @Override
  public Set<Long> getDictionaryIds() {
    return rows.dictionaries().getDictionaryIds();
  }
}
