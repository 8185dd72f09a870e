#!/usr/bin/env python3
"""Consolidated files after changes, of which most row groups were copied and not encoded again, as
other programs read them: pyarrow, polars, pandas with pyarrow and with fastparquet, DuckDB. Row
counts, sums and filtered rows equal what the server answers.
"""

import math

import duckdb
import pandas
import polars
import pyarrow.dataset
import pyarrow.parquet as pq
from harness import Server, Suite, footer, same, scratch

ROWS = 400_000
CHANGES = 12
LOW, HIGH = 150_000, 150_010


def write_table(file):
    duckdb.sql(
        f"""
        COPY (SELECT i AS id, 'name ' || (i % 5000) AS name, i * 0.25 AS price,
            if(i % 7 = 0, NULL, i % 100)::INTEGER AS quantity,
            (i % 1000 / 10)::DECIMAL(12, 2) AS amount,
            TIMESTAMP '2026-01-01' + to_seconds(i) AS at, i % 2 = 0 AS even
          FROM range({ROWS}) t(i)) TO '{file}'
        """
    )


def change(client, compression):
    """Single rows and runs of rows, replaced, added and deleted, here and there."""
    sequence = 0
    for number in range(CHANGES):
        at = number * 30_011 % ROWS
        rows = duckdb.sql(
            f"""SELECT i AS id, 'changed {compression}' AS name, -i * 0.5 AS price,
            NULL::INTEGER AS quantity, 1.25::DECIMAL(12, 2) AS amount,
            TIMESTAMP '2027-01-01' AS at, true AS even FROM range({at}, {at + number + 1}) t(i)"""
        ).to_arrow_table()
        client.upsert("orders", rows)
        gone = duckdb.sql(f"SELECT i AS id FROM range({at + 500}, {at + 503}) t(i)")
        acks = client.delete("orders", gone.to_arrow_table(), ack="exported")
        sequence = acks[-1].sequence
    return sequence


def facts(name, price, rows):
    """What every reader must find: counts, a sum, and the rows of a filter."""
    return {"changed": name, "price": round(price, 2), "rows": rows}


def of_frame(frame):
    """The facts of a pandas frame."""
    some = frame[(frame["id"] >= LOW) & (frame["id"] < HIGH)]
    return len(frame), facts(
        int(frame["name"].str.startswith("changed").sum()),
        math.fsum(frame["price"]),
        sorted(int(i) for i in some["id"]),
    )


def with_pyarrow(file):
    table = pq.read_table(file)
    own = pq.ParquetFile(file)
    same(own.metadata.num_rows, table.num_rows, "rows in the footer")
    some = pyarrow.dataset.dataset(file).to_table(
        filter=(pyarrow.dataset.field("id") >= LOW) & (pyarrow.dataset.field("id") < HIGH)
    )
    rows, found = of_frame(table.to_pandas())
    found["rows"] = sorted(some["id"].to_pylist())
    return rows, found


def with_polars(file):
    scan = polars.scan_parquet(file)
    some = scan.filter((polars.col("id") >= LOW) & (polars.col("id") < HIGH)).collect()
    all_rows = scan.select(
        polars.len().alias("rows"),
        polars.col("name").str.starts_with("changed").sum().alias("changed"),
        polars.col("price").sum().alias("price"),
    ).collect()
    row = all_rows.row(0, named=True)
    return row["rows"], facts(row["changed"], row["price"], sorted(some["id"].to_list()))


def with_pandas(file):
    return of_frame(pandas.read_parquet(file, engine="pyarrow"))


def with_fastparquet(file):
    return of_frame(pandas.read_parquet(file, engine="fastparquet"))


def with_duckdb(file):
    rows, changed, price = duckdb.sql(
        f"SELECT count(*), count(*) FILTER (name LIKE 'changed%'), sum(price) FROM '{file}'"
    ).fetchone()
    some = duckdb.sql(f"SELECT id FROM '{file}' WHERE id >= {LOW} AND id < {HIGH} ORDER BY id")
    return rows, facts(changed, price, [row[0] for row in some.fetchall()])


def expected(client, sequence):
    row = client.query(
        "SELECT count(*) AS n, count(*) FILTER (name LIKE 'changed%') AS c, sum(price) AS p"
        " FROM orders",
        min_sequence=sequence,
    ).to_pylist()[0]
    some = client.query(f"SELECT id FROM orders WHERE id >= {LOW} AND id < {HIGH} ORDER BY id")
    return row["n"], facts(row["c"], row["p"], some["id"].to_pylist())


def spliced(client):
    """How many emissions of orders encoded only what changed."""
    tables = {table["name"]: table for table in client.action("flashduck.status")[0]["tables"]}
    return tables["orders"]["export"]["spliced"]


def run(suite, compression):
    data, state, export = scratch("data"), scratch("state"), scratch("export")
    write_table(data / "orders.parquet")
    options = ["--export-compression", compression, "--export-row-group-rows", "20480"]
    server = Server("--data", data, "--state", state, "--export", export, *options)
    client = server.ready()
    sequence = change(client, compression)
    file = str(export / "main" / "orders.parquet")
    with suite.check(f"{compression}: most of the files were spliced"):
        same(int(footer(file)[0]["sequence"]), sequence, "sequence in the footer")
        count = spliced(client)
        assert count >= CHANGES / 2, f"only {count} of {CHANGES} files"
    answer = expected(client, sequence)
    for reader in (with_pyarrow, with_polars, with_pandas, with_fastparquet, with_duckdb):
        name = reader.__name__.removeprefix("with_")
        with suite.check(f"{compression}: {name} reads what the server answers"):
            same(reader(file), answer)
    server.stop()


def main():
    suite = Suite("Readers of spliced files")
    for compression in ("zstd", "snappy", "lz4", "none"):
        run(suite, compression)
    suite.finish()


if __name__ == "__main__":
    main()
