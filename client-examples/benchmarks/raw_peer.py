#!/usr/bin/env python3
"""The limit: a Flight server that sends one prepared batch again and again, whatever the query.

No database, no planning: what this reaches is what the socket, gRPC and the client can carry.

    raw_peer.py --port 0 --rows 10000000 --file data/lineitem.parquet
    raw_peer.py --port 0 --rows 10000000 --columns 8         # eight numbers, no file

Prints "listening on grpc://127.0.0.1:PORT" once it is ready.
"""

import argparse

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import flight


class RawPeer(flight.FlightServerBase):
    def __init__(self, location, table):
        super().__init__(location)
        self.table = table

    def get_flight_info(self, context, descriptor):
        endpoint = flight.FlightEndpoint(flight.Ticket(b"all"), [])
        return flight.FlightInfo(None, descriptor, [endpoint], -1, -1)

    def do_get(self, context, ticket):
        return flight.RecordBatchStream(self.table)  # C++ from here on

    def do_action(self, context, action):
        raise NotImplementedError("the raw peer only repeats a batch")


def numbers(columns, rows):
    """Alternating BIGINT and DOUBLE columns."""
    names = [f"c{i}" for i in range(columns)]
    values = [
        pa.array(range(rows)).cast(pa.float64() if i % 2 else pa.int64()) for i in range(columns)
    ]
    return pa.record_batch(values, names=names)


def first_batch(path, rows):
    return next(pq.ParquetFile(path).iter_batches(batch_size=rows))


def repeated(batch, rows):
    """A table of that many rows which holds the memory of one batch."""
    whole, rest = divmod(rows, batch.num_rows)
    return pa.Table.from_batches(
        [batch] * whole + ([batch.slice(0, rest)] if rest else []), batch.schema
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--batch-rows", type=int, default=16_384)
    parser.add_argument("--columns", type=int, default=8, help="without --file: how many numbers")
    parser.add_argument("--file", help="a Parquet file whose first rows are the batch")
    options = parser.parse_args()

    if options.file:
        batch = first_batch(options.file, options.batch_rows)
    else:
        batch = numbers(options.columns, options.batch_rows)
    server = RawPeer(f"grpc://{options.host}:{options.port}", repeated(batch, options.rows))
    print(f"listening on grpc://{options.host}:{server.port}", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
