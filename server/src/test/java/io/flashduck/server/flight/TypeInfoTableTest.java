package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.apache.arrow.flight.sql.impl.FlightSql.XdbcDataType;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.junit.jupiter.api.Test;

class TypeInfoTableTest {
  @Test
  void rows_all_areOrderedByTypeNumber() {
    try (BufferAllocator allocator = new RootAllocator();
        LoadedRows rows = TypeInfoTable.rows(OptionalInt.empty())) {
      rows.open(allocator);
      assertThat(rows.loadNext()).isTrue();
      IntVector types = (IntVector) rows.root().getVector("data_type");
      assertThat(rows.root().getRowCount()).isGreaterThan(20);
      for (int row = 1; row < rows.root().getRowCount(); row++) {
        assertThat(types.get(row)).isGreaterThanOrEqualTo(types.get(row - 1));
      }
    }
  }

  @Test
  void rows_oneType_areItsOwn() {
    try (BufferAllocator allocator = new RootAllocator();
        LoadedRows rows = TypeInfoTable.rows(OptionalInt.of(XdbcDataType.XDBC_DECIMAL_VALUE))) {
      rows.open(allocator);
      assertThat(rows.loadNext()).isTrue();
      assertThat(rows.root().getRowCount()).isEqualTo(1);
      assertThat(rows.root().getVector("type_name").getObject(0)).hasToString("DECIMAL");
      assertThat(rows.root().getVector("create_params").getObject(0))
          .hasToString("[\"precision\",\"scale\"]");
    }
  }
}
