package io.flashduck.server.flight;

import io.flashduck.server.engine.WireDictionaries;
import io.flashduck.server.error.ErrorCode;
import io.flashduck.server.error.FlashDuckException;
import io.flashduck.server.table.ArrowRows;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The batches of a DoPut stream as an Arrow reader, with dictionary-encoded columns, at any depth,
 * decoded (pandas sends categories that way), and the members of unions numbered from 0, as DuckDB
 * has them.
 *
 * <p>Threading: confined to the thread of its call.
 */
final class PutReader extends ArrowReader {
  private final FlightStream stream;
  private final PutGuard guard;
  private final Duration limit;
  private boolean primed;
  private boolean firstWaits;
  private @Nullable VectorSchemaRoot decoded;

  /**
   * Reads from the stream.
   *
   * @param stream borrowed
   * @param limit how long the client may take for each message
   */
  PutReader(FlightStream stream, BufferAllocator allocator, PutGuard guard, Duration limit) {
    super(allocator);
    this.stream = stream;
    this.guard = guard;
    this.limit = limit;
  }

  /**
   * Whether the client sent a schema, so that there may be batches. Waits for the first batch or
   * the end: Arrow would wait for ever for a schema that does not come.
   */
  boolean hasSchema() {
    if (!primed) {
      firstWaits = nextMessage();
      primed = true;
    }
    return stream.hasRoot();
  }

  @Override
  public VectorSchemaRoot getVectorSchemaRoot() {
    if (!hasSchema()) {
      throw FlightErrors.invalid("The stream has no schema; send a schema and record batches");
    }
    if (decoded == null) {
      VectorSchemaRoot root = stream.getRoot();
      decoded = isRewritten(root) ? VectorSchemaRoot.create(plain(root), allocator) : root;
    }
    return decoded;
  }

  @Override
  public boolean loadNextBatch() {
    VectorSchemaRoot target = getVectorSchemaRoot();
    boolean more = firstWaits || nextMessage();
    firstWaits = false;
    if (more && target != stream.getRoot()) {
      decode(stream.getRoot(), target);
    }
    if (more) {
      check(target);
    }
    return more;
  }

  private static void check(VectorSchemaRoot batch) {
    try {
      PutValues.check(batch);
    } catch (IndexOutOfBoundsException | NegativeArraySizeException e) {
      throw FlightErrors.invalid("The Arrow message cannot be read: " + e);
    }
  }

  private boolean nextMessage() {
    try {
      return guard.waiting(stream::next, limit);
    } catch (FlashDuckException | FlightRuntimeException e) {
      throw e;
    } catch (OutOfMemoryError | OutOfMemoryException e) {
      // Arrow makes room for as many list elements as the last offset says.
      throw new FlashDuckException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "The Arrow message needs more memory than there is; if its list offsets are right, send"
              + " smaller batches",
          e);
    } catch (RuntimeException e) {
      // Arrow reads what it was sent with unchecked lengths, and some types not at all.
      String advice = "";
      if (stream.hasRoot()) {
        ArrowRows.refuseUnstorable(stream.getSchema());
        if (isRewritten(stream.getRoot())) {
          advice =
              "; if the values of a dictionary have dictionaries themselves, send plain values";
        }
      }
      throw new FlashDuckException(
          ErrorCode.INVALID_REQUEST, "The Arrow message cannot be read: " + e + advice, e);
    }
  }

  @Override
  public long bytesRead() {
    throw new UnsupportedOperationException("Flight counts its own bytes");
  }

  @Override
  protected void closeReadSource() {}

  @Override
  public void close() {
    if (decoded != null && isRewritten(stream.getRoot())) {
      decoded.close();
    }
  }

  @Override
  protected Schema readSchema() {
    return getVectorSchemaRoot().getSchema();
  }

  private void decode(VectorSchemaRoot from, VectorSchemaRoot to) {
    for (int column = 0; column < from.getFieldVectors().size(); column++) {
      decode(
          from.getSchema().getFields().get(column), from.getVector(column), to.getVector(column));
    }
    to.setRowCount(from.getRowCount());
  }

  /**
   * @param field of the vector; a union's vector does not tell its type ids
   */
  private void decode(Field field, FieldVector from, FieldVector to) {
    if (field.getDictionary() != null) {
      try (var values = DictionaryEncoder.decode(from, dictionary(field), allocator)) {
        values.makeTransferPair(to).transfer();
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw FlightErrors.invalid(
            "Column " + from.getName() + " names values that its dictionary has not: " + e);
      }
      return;
    }
    ArrowFieldNode node = new ArrowFieldNode(from.getValueCount(), from.getNullCount());
    if (from instanceof UnionVector union) {
      try (ArrowBuf numbers = PutUnions.numbered(field, union, allocator)) {
        to.loadFieldBuffers(node, List.of(numbers));
      }
    } else {
      to.loadFieldBuffers(node, from.getFieldBuffers());
    }
    for (int child = 0; child < from.getChildrenFromFields().size(); child++) {
      decode(
          field.getChildren().get(child),
          from.getChildrenFromFields().get(child),
          to.getChildrenFromFields().get(child));
    }
  }

  private Schema plain(VectorSchemaRoot root) {
    return new Schema(
        root.getSchema().getFields().stream().map(this::plain).toList(),
        root.getSchema().getCustomMetadata());
  }

  private Field plain(Field field) {
    if (field.getDictionary() != null) {
      Field values = dictionary(field).getVector().getField();
      ArrowType type = values.getType();
      return new Field(
          field.getName(),
          new FieldType(field.isNullable(), type, null, field.getMetadata()),
          values.getChildren());
    }
    return new Field(
        field.getName(),
        PutUnions.numbered(field),
        field.getChildren().stream().map(this::plain).toList());
  }

  private Dictionary dictionary(Field field) {
    long id = field.getDictionary().getId();
    Dictionary dictionary = stream.getDictionaryProvider().lookup(id);
    if (dictionary == null) {
      throw FlightErrors.invalid(
          "Column " + field.getName() + " names dictionary " + id + ", which was not sent");
    }
    return dictionary;
  }

  private static boolean isRewritten(VectorSchemaRoot root) {
    List<Field> fields = root.getSchema().getFields();
    return WireDictionaries.any(fields) || fields.stream().anyMatch(PutUnions::isNumberedOtherwise);
  }
}
