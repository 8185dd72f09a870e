#!/usr/bin/env python3
"""The stand-in peer: a Flight SQL server over Python's DuckDB, as fast as pyarrow makes it.

DuckDB's streaming Arrow reader is handed to Flight in C++ (RecordBatchStream), so no Python runs
per batch. This is the data path of the usual DuckDB Flight servers, and what FlashDuck's reads are
compared with. It knows what a benchmark client sends: statements, prepared statements without
parameters, updates; it has no security, no sessions and no metadata.

    stand_in_peer.py --port 0 --load 'lineitem=data/lineitem*.parquet' --sql 'CREATE TABLE t AS …'

Prints "listening on grpc://127.0.0.1:PORT" once it is ready.
"""

import argparse
import itertools
import sys
import threading
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import flight

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
from flashduck_client import command, fields, message  # noqa: E402

PREFIX = "type.googleapis.com/arrow.flight.protocol.sql."


def unpack(data):
    """(name, fields) of a Flight SQL command: a message inside google.protobuf.Any."""
    outer = fields(data)
    url = outer.get(1, b"").decode()
    if not url.startswith(PREFIX):
        raise flight.FlightUnavailableError(f"not a Flight SQL command: {url or data[:40]!r}")
    return url[len(PREFIX) :], fields(outer.get(2, b""))


class StandInPeer(flight.FlightServerBase):
    def __init__(self, database, location, batch_rows):
        super().__init__(location)
        self.database = database
        self.batch_rows = batch_rows
        self.prepared = {}
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()

    def statement(self, data):
        """The SQL that a command or a ticket stands for."""
        name, body = unpack(data)
        if name in ("CommandStatementQuery", "TicketStatementQuery"):
            return body[1].decode()
        if name == "CommandPreparedStatementQuery":
            with self.lock:
                return self.prepared[body[1]]
        raise NotImplementedError(f"{name} is not part of the stand-in")

    def get_flight_info(self, context, descriptor):
        sql = self.statement(descriptor.command)
        ticket = flight.Ticket(command("TicketStatementQuery", f1=sql))
        # No schema and no planning here: the stream carries the schema anyway.
        return flight.FlightInfo(None, descriptor, [flight.FlightEndpoint(ticket, [])], -1, -1)

    def do_get(self, context, ticket):
        cursor = self.database.cursor()
        reader = cursor.execute(self.statement(ticket.ticket)).to_arrow_reader(self.batch_rows)
        return flight.RecordBatchStream(reader)

    def do_put(self, context, descriptor, reader, writer):
        name, body = unpack(descriptor.command)
        if name != "CommandStatementUpdate":
            raise NotImplementedError(f"{name} is not part of the stand-in")
        count = self.database.cursor().execute(body[1].decode()).fetchone()
        writer.write(message(f1=count[0] if count and isinstance(count[0], int) else 0))

    def do_action(self, context, action):
        _, body = unpack(action.body.to_pybytes())
        if action.type == "CreatePreparedStatement":
            return [self.prepare(body[1].decode())]
        if action.type == "ClosePreparedStatement":
            with self.lock:
                self.prepared.pop(body[1], None)
            return []
        raise NotImplementedError(f"{action.type} is not part of the stand-in")

    def prepare(self, sql):
        described = self.database.cursor().execute(f"SELECT * FROM ({sql}) LIMIT 0")
        schema = described.to_arrow_reader(1).schema.serialize().to_pybytes()
        handle = str(next(self.numbers)).encode()
        with self.lock:
            self.prepared[handle] = sql
        nothing = pa.schema([]).serialize().to_pybytes()
        return command("ActionCreatePreparedStatementResult", f1=handle, f2=schema, f3=nothing)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--database", default=":memory:", help="a DuckDB file")
    parser.add_argument("--load", action="append", default=[], metavar="TABLE=FILES")
    parser.add_argument("--sql", action="append", default=[], help="run before listening")
    parser.add_argument("--threads", type=int, help="of DuckDB")
    parser.add_argument("--batch-rows", type=int, default=16_384)
    options = parser.parse_args()

    database = duckdb.connect(options.database)
    if options.threads:
        database.execute(f"SET threads = {options.threads}")
    for load in options.load:
        table, files = load.split("=", 1)
        database.execute(f"CREATE TABLE \"{table}\" AS SELECT * FROM '{files}'")
    for sql in options.sql:
        database.execute(sql)

    location = f"grpc://{options.host}:{options.port}"
    server = StandInPeer(database, location, options.batch_rows)
    print(f"listening on grpc://{options.host}:{server.port}", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
