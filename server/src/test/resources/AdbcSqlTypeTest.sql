DROP TABLE IF EXISTS adbc_alltypes;

CREATE TABLE adbc_alltypes (
  bigint_t BIGINT,
  blob_t BLOB,
  boolean_t BOOLEAN,
  date_t DATE,
  int_t INT,
  smallint_t SMALLINT,
  text_t TEXT,
  time_without_time_zone_t TIME WITHOUT TIME ZONE,
  timestamp_without_time_zone_t TIMESTAMP WITHOUT TIME ZONE,
  timestamp_with_time_zone_t TIMESTAMP WITH TIME ZONE
);

INSERT INTO adbc_alltypes VALUES (
  42,
  'abcd'::BLOB,
  TRUE,
  DATE '2000-01-01',
  42,
  42,
  'foo',
  TIME '04:05:06.123456',
  TIMESTAMP '2000-01-02 03:04:05.123',
  TIMESTAMPTZ '2000-01-02 03:04:05.123+06'
);

INSERT INTO adbc_alltypes VALUES (
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
);
