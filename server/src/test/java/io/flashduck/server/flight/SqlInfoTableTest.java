package io.flashduck.server.flight;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.junit.jupiter.api.Test;

class SqlInfoTableTest {
  private final NavigableMap<Integer, Object> infos =
      SqlInfoTable.of("1.2.3", "19.0.0", Duration.ofHours(1), Duration.ofMinutes(10));

  @Test
  void of_everyIdOfTheSpecification_hasAValue() {
    assertThat(infos.keySet())
        .containsExactlyElementsOf(
            Arrays.stream(SqlInfo.values())
                .filter(id -> id != SqlInfo.UNRECOGNIZED)
                .map(SqlInfo::getNumber)
                .toList());
  }

  @Test
  void of_transactions_areOfferedToAllButJdbc() {
    assertThat(infos.get(SqlInfo.SQL_TRANSACTIONS_SUPPORTED_VALUE)).isEqualTo(false);
    assertThat(infos.get(SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION_VALUE)).isEqualTo(1);
    assertThat(infos.get(SqlInfo.SQL_IDENTIFIER_QUOTE_CHAR_VALUE)).isEqualTo("\"");
  }

  @Test
  void rows_all_areReadBackFromTheUnion() {
    try (BufferAllocator allocator = new RootAllocator();
        LoadedRows rows = SqlInfoRows.of(infos, List.of())) {
      rows.open(allocator);
      assertThat(rows.loadNext()).isTrue();
      assertThat(rows.root().getRowCount()).isEqualTo(infos.size());
      DenseUnionVector values = (DenseUnionVector) rows.root().getVector("value");
      int row = 0;
      for (Map.Entry<Integer, Object> info : infos.entrySet()) {
        assertThat(rows.root().getVector("info_name").getObject(row)).isEqualTo(info.getKey());
        Object value = values.getObject(row);
        if (info.getValue() instanceof Map<?, ?> map) {
          assertThat((List<?>) value).hasSameSizeAs(map.keySet());
        } else if (info.getValue() instanceof List<?> list) {
          assertThat(((List<?>) value).stream().map(Object::toString)).isEqualTo(list);
        } else {
          assertThat(String.valueOf(value)).isEqualTo(info.getValue().toString());
        }
        row++;
      }
      assertThat(rows.loadNext()).isFalse();
    }
  }

  @Test
  void rows_unknownIds_areLeftOut() {
    try (BufferAllocator allocator = new RootAllocator();
        LoadedRows rows = SqlInfoRows.of(infos, List.of(0, 99_999, 8, 0))) {
      rows.open(allocator);
      assertThat(rows.loadNext()).isTrue();
      assertThat(rows.root().getRowCount()).isEqualTo(2);
    }
  }
}
