#!/usr/bin/env python3
"""FlashDuck and polars: a query as a DataFrame, a DataFrame as an upsert, deletes by key.

python polars_example.py [HOST [PORT [USER PASSWORD]]]
"""

import polars as pl
from connection import connect, expect

TABLE = "example_polars"


def main():
    with connect() as duck:
        duck.update(f"DROP TABLE IF EXISTS {TABLE}")
        stock = pl.DataFrame(
            {"id": [1, 2, 3], "item": ["bolt", "nut", "gear"], "pieces": [100, 250, 8]}
        )
        expect("rows ingested", 3, duck.ingest(TABLE, stock, mode="create_append").rows)

        frame = pl.from_arrow(duck.query(f"FROM {TABLE} ORDER BY id"))
        expect("same rows come back", stock.rows(), frame.rows())

        sold = frame.filter(pl.col("pieces") >= 100).with_columns(pl.col("pieces") - 50)
        expect("rows upserted", 2, duck.upsert(TABLE, sold, ack="applied")[-1].rows)
        pieces = pl.from_arrow(duck.query(f"SELECT pieces FROM {TABLE} ORDER BY id"))
        expect("pieces afterwards", [50, 200, 8], pieces["pieces"].to_list())

        gone = frame.filter(pl.col("item") == "gear")  # only its key, id, is looked at
        expect("rows deleted", 1, duck.delete(TABLE, gone, ack="applied")[-1].rows)
        left = pl.from_arrow(duck.query(f"SELECT item FROM {TABLE} ORDER BY id"))
        expect("items left", ["bolt", "nut"], left["item"].to_list())

        duck.update(f"DROP TABLE {TABLE}")


if __name__ == "__main__":
    main()
