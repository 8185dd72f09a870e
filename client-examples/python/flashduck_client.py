"""FlashDuck from pyarrow alone: Flight SQL's few protobuf messages, encoded by hand.

pyarrow has Arrow Flight but no Flight SQL client. What Flight SQL adds are small protobuf messages
around a Flight call; this file writes and reads the ones that a client needs. Copy it into your
project, or import it:

    from flashduck_client import FlashDuck
    with FlashDuck("localhost") as duck:
        table = duck.query("SELECT 42 AS answer")            # a pyarrow.Table
        ack = duck.upsert("customers", table_or_dataframe)   # newest row per key wins
        duck.delete("customers", keys)                       # only the key columns are read
"""

import json
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import flight

# --- protobuf, as far as it is needed: varint and length-delimited fields -----------------------


def varint(number):
    """One unsigned number in base 128, low group first; negative ones as 64-bit two's complement."""
    number &= (1 << 64) - 1
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def message(**numbered):
    """One message; f1=… is field number 1. str and bytes are length-delimited, int is a varint.

    None leaves a field out. A list is a repeated field.
    """
    parts = []
    for name, value in numbered.items():
        for item in value if isinstance(value, list) else [] if value is None else [value]:
            if isinstance(item, int):
                parts.append(varint(int(name[1:]) << 3) + varint(item))
            else:
                data = item.encode() if isinstance(item, str) else item
                parts.append(varint(int(name[1:]) << 3 | 2) + varint(len(data)) + data)
    return b"".join(parts)


def fields(data):
    """The fields of a message as {number: last value}; numbers are 64-bit unsigned."""
    found, at = {}, 0

    def number():
        nonlocal at
        result = shift = 0
        while True:
            byte = data[at]
            at += 1
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result

    while at < len(data):
        key = number()
        if key & 7 == 0:
            found[key >> 3] = number()
        elif key & 7 == 2:
            length = number()
            found[key >> 3] = bytes(data[at : at + length])
            at += length
        else:
            raise ValueError(f"wire type {key & 7} is not used by Flight SQL")
    return found


def command(name, **arguments):
    """A Flight SQL command or action body: the message, wrapped in google.protobuf.Any."""
    url = "type.googleapis.com/arrow.flight.protocol.sql." + name
    return message(f1=url, f2=message(**arguments))


# --- the client ---------------------------------------------------------------------------------

STATES = {0: "unspecified", 1: "durable", 2: "applied", 3: "exported"}


@dataclass(frozen=True)
class Ack:
    """The server's answer to one change (message PutAck of flashduck.proto)."""

    rows: int
    sequence: int
    state: str
    duplicate: bool

    @staticmethod
    def decode(data):
        got = fields(data)
        rows = got.get(1, 0)
        rows = rows - (1 << 64) if rows >> 63 else rows  # an int64: -1 is "unknown"
        return Ack(rows, got.get(2, 0), STATES.get(got.get(3, 0), "?"), bool(got.get(4, 0)))


class FlashDuck:
    """One connection. Thread-safe as far as pyarrow's FlightClient is: calls may run in parallel."""

    def __init__(
        self, host="localhost", port=31337, user=None, password=None, tls=False, **options
    ):
        scheme = "grpc+tls" if tls else "grpc"
        # options are pyarrow's, such as tls_root_certs=open("ca.pem", "rb").read()
        self.client = flight.FlightClient(f"{scheme}://{host}:{port}", **options)
        # The answer to user and password is a header with a bearer token, sent from then on.
        self.login = [self.client.authenticate_basic_token(user, password)] if user else []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def call(self, **headers):
        """Options of one call; min_sequence=7 becomes the header x-flashduck-min-sequence: 7."""
        own = [
            (f"x-flashduck-{name.replace('_', '-')}".encode(), str(value).encode())
            for name, value in headers.items()
            if value is not None
        ]
        return flight.FlightCallOptions(headers=self.login + own)

    def stream(self, sql, **headers):
        """A result as an iterator of record batches, in bounded memory."""
        options = self.call(**headers)
        descriptor = flight.FlightDescriptor.for_command(command("CommandStatementQuery", f1=sql))
        info = self.client.get_flight_info(descriptor, options)
        for endpoint in info.endpoints:
            for chunk in self.client.do_get(endpoint.ticket, options):
                yield chunk.data

    def query(self, sql, **headers):
        """A result as one pyarrow.Table. min_sequence=ack.sequence waits until that write shows."""
        options = self.call(**headers)
        descriptor = flight.FlightDescriptor.for_command(command("CommandStatementQuery", f1=sql))
        info = self.client.get_flight_info(descriptor, options)
        parts = [self.client.do_get(e.ticket, options).read_all() for e in info.endpoints]
        return parts[0] if len(parts) == 1 else pa.concat_tables(parts)

    def update(self, sql, **headers):
        """INSERT, UPDATE, DELETE, CREATE … Returns the Ack with the count of rows."""
        body = command("CommandStatementUpdate", f1=sql)
        return self._put(flight.FlightDescriptor.for_command(body), pa.table({}), headers)[-1]

    def upsert(self, table, rows, **headers):
        """Inserts or replaces rows by key. Returns one Ack per record batch sent."""
        return self.put("upsert", table, rows, **headers)

    def delete(self, table, keys, **headers):
        """Deletes the rows with these keys; columns that are not in the key are ignored."""
        return self.put("delete", table, keys, **headers)

    def append(self, table, rows, **headers):
        """Adds rows to a table that has no key."""
        return self.put("append", table, rows, **headers)

    def put(self, operation, table, rows, batch_rows=65_536, **headers):
        """Sends rows (Table, RecordBatch, or a DataFrame of pandas or polars) as changes.

        Each record batch is one change: atomic, with its own Ack. Headers: ack="durable" (default),
        "applied" or "exported" says when to answer; producer="me", producer_sequence=1 makes a
        repeat of the same change harmless.
        """
        path = flight.FlightDescriptor.for_path(operation, *table.split("."))
        return self._put(path, as_arrow(rows), headers, batch_rows)

    def ingest(self, table, rows, mode="append", schema=None, operation=None, **headers):
        """Flight SQL's bulk ingest: all rows are one atomic change.

        mode: create, append, replace or create_append; operation="delete" deletes by key.
        """
        missing = 2 if mode == "append" else 1  # FAIL or CREATE
        exists = {"create": 1, "append": 2, "replace": 3, "create_append": 2}[mode]
        option = message(f1="flashduck.op", f2=operation) if operation else None
        modes = message(f1=missing, f2=exists)
        body = command("CommandStatementIngest", f1=modes, f2=table, f3=schema, f1000=option)
        return self._put(flight.FlightDescriptor.for_command(body), as_arrow(rows), headers)[-1]

    def action(self, name, **request):
        """FlashDuck's own actions answer in JSON: flashduck.status, flashduck.verify, …"""
        action = flight.Action(name, json.dumps(request).encode())
        answers = self.client.do_action(action, self.call())
        return [json.loads(answer.body.to_pybytes()) for answer in answers]

    def _put(self, descriptor, table, headers, batch_rows=65_536):
        writer, answers = self.client.do_put(descriptor, table.schema, self.call(**headers))
        with writer:
            # combined, as filtered or joined tables come in many small chunks
            for batch in table.combine_chunks().to_batches(max_chunksize=batch_rows):
                writer.write_batch(batch)
            writer.done_writing()
            acks = []
            while (answer := answers.read()) is not None:
                acks.append(Ack.decode(answer.to_pybytes()))
        return acks


def as_arrow(rows):
    """A pyarrow.Table of what people have at hand."""
    if isinstance(rows, pa.Table):
        return rows
    if isinstance(rows, pa.RecordBatch):
        return pa.Table.from_batches([rows])
    if hasattr(rows, "to_arrow"):  # polars
        return rows.to_arrow()
    return pa.Table.from_pandas(rows, preserve_index=False)
