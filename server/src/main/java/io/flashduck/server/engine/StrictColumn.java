package io.flashduck.server.engine;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * A column of DuckDB's export as the strict type that stands for it: most are the same bytes under
 * another type; the texts of UUID and TIMETZ, at any depth, become their bytes.
 *
 * <p>Threading: confined to its reader's thread.
 */
final class StrictColumn implements AutoCloseable {
  private static final int UUID_BYTES = 16;
  private static final ArrowType UUID_STORAGE = new ArrowType.FixedSizeBinary(UUID_BYTES);

  /** HUGEINT and UHUGEINT; their bytes are the same. */
  private static final ArrowType WIDE = new ArrowType.Decimal(38, 0, 128);

  private final FieldVector exported;
  private final Field source;
  private final Field target;
  private final FieldVector strict;
  private final BufferAllocator allocator;

  /**
   * @param exported borrowed
   * @param source its field; that of a union's vector itself does not tell all members
   * @param wire the field on the wire, whose dictionaries are of texts
   */
  StrictColumn(FieldVector exported, Field source, Field wire, BufferAllocator allocator) {
    this.exported = exported;
    this.source = source;
    this.target = WireDictionaries.inMemory(wire);
    this.allocator = allocator;
    this.strict = target.createVector(allocator);
  }

  /** Whether a column is exported as the wire has it. */
  static boolean isSame(Field exported, Field wire) {
    return exported.getType().equals(WireDictionaries.inMemory(wire).getType())
        && allSame(exported.getChildren(), wire.getChildren());
  }

  private static boolean allSame(List<Field> exported, List<Field> wire) {
    if (exported.size() != wire.size()) {
      return false;
    }
    for (int i = 0; i < exported.size(); i++) {
      if (!isSame(exported.get(i), wire.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Whether a column can be converted: it is the export of the type that the wire has. */
  static boolean fits(Field exported, Field wire) {
    if (!exported.getType().equals(WireDictionaries.inMemory(wire).getType())) {
      boolean wide = exported.getType().equals(WIDE) && wire.getType().equals(UUID_STORAGE);
      boolean text =
          exported.getType().equals(ArrowType.Utf8.INSTANCE)
              && wire.getType() instanceof ArrowType.FixedSizeBinary;
      return wide || text;
    }
    if (exported.getChildren().size() != wire.getChildren().size()) {
      return false;
    }
    for (int i = 0; i < wire.getChildren().size(); i++) {
      if (!fits(exported.getChildren().get(i), wire.getChildren().get(i))) {
        return false;
      }
    }
    return true;
  }

  /** The vector that {@link #convert} fills; owned by this. */
  FieldVector vector() {
    return strict;
  }

  /** Converts the exported vector's present values. */
  void convert(int rows) {
    VectorSchemaRoot from = new VectorSchemaRoot(List.of(source), List.of(exported));
    from.setRowCount(rows);
    VectorSchemaRoot to = new VectorSchemaRoot(List.of(target), List.of(strict));
    try (ArrowRecordBatch batch = new VectorUnloader(from).getRecordBatch()) {
      List<ArrowBuf> made = new ArrayList<>();
      try {
        List<ArrowBuf> buffers = new ArrayList<>();
        new Walk(batch, buffers, made).column(source, target);
        try (ArrowRecordBatch converted = new ArrowRecordBatch(rows, batch.getNodes(), buffers)) {
          new VectorLoader(to).load(converted);
        }
      } finally {
        made.forEach(ArrowBuf::close);
      }
    }
  }

  @Override
  public void close() {
    strict.close();
  }

  /** Goes through the nodes and buffers of a batch in the order of its fields. */
  private final class Walk {
    private final Iterator<ArrowFieldNode> nodes;
    private final Iterator<ArrowBuf> from;
    private final List<ArrowBuf> to;
    private final List<ArrowBuf> made;

    Walk(ArrowRecordBatch batch, List<ArrowBuf> to, List<ArrowBuf> made) {
      this.nodes = batch.getNodes().iterator();
      this.from = batch.getBuffers().iterator();
      this.to = to;
      this.made = made;
    }

    void column(Field source, Field target) {
      int rows = nodes.next().getLength();
      String extension = target.getMetadata().getOrDefault(StrictTypes.EXTENSION, "");
      if (extension.equals(StrictTypes.UUID)) {
        text(rows, UUID_BYTES, StrictValues::writeUuid);
      } else if (StrictTypes.TIMETZ.equals(
          target.getMetadata().get(StrictTypes.EXTENSION_METADATA))) {
        text(rows, Long.BYTES, StrictValues::writeTimeTz);
      } else {
        for (int i = 0; i < TypeLayout.getTypeBufferCount(source.getType()); i++) {
          to.add(from.next());
        }
        for (int i = 0; i < source.getChildren().size(); i++) {
          column(source.getChildren().get(i), target.getChildren().get(i));
        }
      }
    }

    private void text(int rows, int width, StrictValues.Writer writer) {
      ArrowBuf validity = from.next();
      ArrowBuf offsets = from.next();
      ArrowBuf data = from.next();
      ArrowBuf values = allocator.buffer(Math.max(width, (long) rows * width));
      made.add(values);
      values.setZero(0, values.capacity());
      for (int row = 0; row < rows; row++) {
        if (BitVectorHelper.get(validity, row) == 1) {
          int start = offsets.getInt((long) row * Integer.BYTES);
          int end = offsets.getInt((long) (row + 1) * Integer.BYTES);
          writer.write(data, start, end, values, (long) row * width);
        }
      }
      values.writerIndex((long) rows * width);
      to.add(validity);
      to.add(values);
    }
  }
}
