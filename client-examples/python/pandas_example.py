#!/usr/bin/env python3
"""FlashDuck and pandas: a query as a DataFrame, a DataFrame as an upsert.

python pandas_example.py [HOST [PORT [USER PASSWORD]]]
"""

import pandas as pd
from connection import connect, expect

TABLE = "example_pandas"


def main():
    with connect() as duck:
        duck.update(f"DROP TABLE IF EXISTS {TABLE}")
        day = pd.Timestamp("2026-01-01")
        measured = pd.DataFrame(
            {
                "id": range(1, 1001),
                "city": ["Berlin", "Lyon", "Porto", "Turin"] * 250,
                "degrees": [5.0, 7.5, 12.5, 3.0] * 250,
                "taken": [day + pd.Timedelta(hours=hour) for hour in range(1000)],
            }
        )
        # create_append makes the table if it is not there; its column id becomes the key.
        expect("rows ingested", 1000, duck.ingest(TABLE, measured, mode="create_append").rows)

        sql = f"SELECT city, avg(degrees) AS mean FROM {TABLE} GROUP BY city ORDER BY city"
        means = duck.query(sql).to_pandas()
        expect("mean per city", [5.0, 7.5, 12.5, 3.0], means["mean"].tolist())

        # Change some rows in pandas and send just these back.
        warm = duck.query(f"SELECT * FROM {TABLE} WHERE city = 'Porto'").to_pandas()
        warm["degrees"] += 1
        expect("rows upserted", 250, duck.upsert(TABLE, warm, ack="applied")[-1].rows)
        expect(
            "mean afterwards", [5.0, 7.5, 13.5, 3.0], duck.query(sql).to_pandas()["mean"].tolist()
        )

        last = duck.query(f"SELECT max(taken) AS last FROM {TABLE}").to_pandas()["last"][0]
        expect("times survive", day + pd.Timedelta(hours=999), last)

        duck.update(f"DROP TABLE {TABLE}")


if __name__ == "__main__":
    main()
