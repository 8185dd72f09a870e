#!/usr/bin/env python3
"""FlashDuck with nothing but pyarrow: query, upsert, delete by key, bulk ingest, read your writes.

python pyarrow_only.py [HOST [PORT [USER PASSWORD]]]
"""

import pyarrow as pa
from connection import connect, expect

TABLE = "example_pyarrow"


def names(duck, **headers):
    rows = duck.query(f"SELECT id, name FROM {TABLE} ORDER BY id", **headers)
    return dict(zip(rows["id"].to_pylist(), rows["name"].to_pylist(), strict=True))


def main():
    with connect() as duck:
        expect("a query", [{"answer": 42}], duck.query("SELECT 42 AS answer").to_pylist())

        duck.update(f"DROP TABLE IF EXISTS {TABLE}")
        duck.update(f"CREATE TABLE {TABLE} (id BIGINT PRIMARY KEY, name VARCHAR)")

        # Three lines of plain pyarrow do the same as duck.upsert(TABLE, rows):
        #   descriptor = flight.FlightDescriptor.for_path("upsert", TABLE)
        #   writer, answers = client.do_put(descriptor, rows.schema)
        #   writer.write_table(rows); writer.done_writing(); ack = Ack.decode(answers.read().to_pybytes())
        rows = pa.table({"id": [1, 2, 3], "name": ["one", "two", "three"]})
        ack = duck.upsert(TABLE, rows)[-1]
        print(f"upserted {ack.rows} rows as change {ack.sequence}, which is {ack.state}")

        # The answer came when the rows were safe on disk; min_sequence waits until they are visible.
        expected = {1: "one", 2: "two", 3: "three"}
        expect("rows after the first upsert", expected, names(duck, min_sequence=ack.sequence))

        # Or ask for the answer only when they are visible.
        duck.upsert(TABLE, pa.table({"id": [3, 4], "name": ["drei", "vier"]}), ack="applied")
        expected = {1: "one", 2: "two", 3: "drei", 4: "vier"}
        expect("rows after the second upsert", expected, names(duck))

        ack = duck.delete(TABLE, pa.table({"id": [1, 4]}), ack="applied")[-1]
        expect("rows deleted by key", 2, ack.rows)
        expect("rows left", {2: "two", 3: "drei"}, names(duck))

        # A producer that numbers its changes may send one twice: the repeat changes nothing.
        once = {"ack": "applied", "producer": "pyarrow_only", "producer_sequence": ack.sequence}
        first = duck.upsert(TABLE, pa.table({"id": [5], "name": ["five"]}), **once)[-1]
        again = duck.upsert(TABLE, pa.table({"id": [5], "name": ["five"]}), **once)[-1]
        expect("the repeat is", (True, first.sequence), (again.duplicate, again.sequence))

        # Bulk ingest: any number of batches, one atomic change.
        many = pa.table({"id": range(1000, 101_000), "name": ["bulk"] * 100_000})
        expect("rows ingested", 100_000, duck.ingest(TABLE, many).rows)
        count = duck.query(f"SELECT count(*) AS n FROM {TABLE}").to_pylist()
        expect("rows in the table", [{"n": 100_003}], count)

        # A large result batch by batch, in bounded memory.
        total = sum(batch.num_rows for batch in duck.stream(f"SELECT * FROM {TABLE}"))
        expect("rows streamed", 100_003, total)

        duck.update(f"DROP TABLE {TABLE}")


if __name__ == "__main__":
    main()
