#!/usr/bin/env python3
"""Acknowledged writes survive kill -9 at any moment, once each, in order.

Several writers send changes and note what was acknowledged. The server is killed while they write or
while it starts, sometimes its cache is deleted too. After each restart every acknowledged change is
there exactly once, and the one without an answer is there whole or not at all; then it is sent again
with the same producer sequence, and must be there once. Clients in transactions are killed likewise:
what was not committed is gone, a commit without an answer is there whole or not at all.
"""

import argparse
import contextlib
import random
import threading
import time

import pyarrow as pa
import pyarrow.flight as flight
from harness import Server, Suite, flashduck, same, scratch, wait_until

# isort: split
from flashduck_client import command, fields  # found through harness

WRITERS = 3
KEYS = 20
ROWS = 7


class Writer:
    """One producer. Odd changes append to log, even ones overwrite a row of ledger."""

    def __init__(self, number):
        self.number = number
        self.acknowledged = 0  # all changes up to this one have an answer
        self.sequences = []
        self.failure = None

    def change(self, n):
        if n % 2:
            rows = {"writer": [self.number] * ROWS, "n": [n] * ROWS, "part": list(range(ROWS))}
            return "append", "log", pa.table(rows)
        return "upsert", "ledger", pa.table({"id": [self.key(n)], "n": [n]})

    def key(self, n):
        return self.number * KEYS + n // 2 % KEYS

    def send(self, client, ack="durable"):
        """Sends the next change, also if it was sent before and the answer did not come."""
        n = self.acknowledged + 1
        operation, table, rows = self.change(n)
        answer = client.put(
            operation, table, rows, ack=ack, producer=f"writer-{self.number}", producer_sequence=n
        )[-1]
        self.acknowledged = n
        self.sequences.append(answer.sequence)
        return answer

    def run(self, server, chance):
        """Writes until the server is gone."""
        try:
            with server.client() as client:
                while True:
                    self.send(client, chance.choice(["durable", "durable", "applied"]))
        except Exception as failure:
            self.failure = failure

    def check(self, log, ledger):
        """What the tables hold of this writer: all that was acknowledged, and whole changes only."""
        unanswered = self.acknowledged + 1
        expected = {n: ROWS for n in range(1, self.acknowledged + 1, 2)}
        extra = {n: count for n, count in log.items() if n not in expected}
        same({n: log.get(n, 0) for n in expected}, expected, f"log of writer {self.number}")
        assert extra in ({}, {unanswered: ROWS}), f"writer {self.number} never wrote {extra}"
        for key, n in self.newest(self.acknowledged).items():
            allowed = {n, self.newest(unanswered)[key]}
            assert ledger.get(key) in allowed, f"row {key}: {ledger.get(key)}, not one of {allowed}"

    def newest(self, last):
        return {self.key(n): n for n in range(2, last + 1, 2)}


def look(client):
    log = client.query("SELECT writer, n, count(*) AS rows FROM log GROUP BY ALL").to_pylist()
    ledger = client.query("SELECT id, n FROM ledger WHERE n > 0").to_pylist()
    return log, {row["id"]: row["n"] for row in ledger}


def check_all(writers, client):
    log, ledger = look(client)
    for writer in writers:
        own = {row["n"]: row["rows"] for row in log if row["writer"] == writer.number}
        writer.check(own, ledger)


def send_again(writers, client):
    """The changes without an answer, with their old numbers."""
    last = max(writer.send(client, "applied").sequence for writer in writers)
    client.query("SELECT 1", min_sequence=last)


def one_crash(serve, state, writers, chance):
    """Start, write, kill; start, check, send again, kill."""
    server = Server(*serve)
    server.ready()
    threads = [threading.Thread(target=w.run, args=(server, chance)) for w in writers]
    begun = [writer.acknowledged for writer in writers]
    for thread in threads:
        thread.start()
    wait_until(
        "each writer has an answer",
        lambda: all(w.acknowledged > b for w, b in zip(writers, begun, strict=True)),
        60,
    )
    time.sleep(chance.uniform(0, 0.8))  # any moment will do
    server.kill()
    for thread in threads:
        thread.join(60)
    if chance.random() < 0.3:
        for file in state.glob("cache.duckdb*"):
            file.unlink()
    if chance.random() < 0.5:
        server = Server(*serve)
        time.sleep(chance.uniform(0, 4))
        server.kill()
    server = Server(*serve)
    client = server.ready()
    check_all(writers, client)
    send_again(writers, client)
    check_all(writers, client)
    for writer in writers:
        same(writer.sequences, sorted(set(writer.sequences)), "sequences of the acknowledgements")
    server.kill()


class Committer:
    """Commits transactions of two statements, one after the other, and counts the answers."""

    def __init__(self, number):
        self.number = number
        self.acknowledged = 0

    def run(self, server):
        """Until the server is gone."""
        with contextlib.suppress(Exception), server.client() as client:
            while True:
                transaction = begin(client)
                self.insert(client, transaction, self.acknowledged + 1)
                end = command("ActionEndTransactionRequest", f1=transaction, f2=1)
                act(client, "EndTransaction", end)
                self.acknowledged += 1

    def insert(self, client, transaction, n):
        for half in (0, ROWS):
            rows = f"SELECT {self.number}, {n}, range FROM range({half}, {half + ROWS})"
            body = command(
                "CommandStatementUpdate", f1=f"INSERT INTO booked {rows}", f2=transaction
            )
            client._put(flight.FlightDescriptor.for_command(body), pa.table({}), {})

    def check(self, booked):
        expected = {n: 2 * ROWS for n in range(1, self.acknowledged + 1)}
        unanswered = expected | {self.acknowledged + 1: 2 * ROWS}
        assert booked in (expected, unanswered), f"committer {self.number}: {booked}"


def act(client, name, body):
    return [r.body.to_pybytes() for r in client.client.do_action((name, body), client.call())]


def begin(client):
    """The id of a new transaction."""
    answer = act(client, "BeginTransaction", command("ActionBeginTransactionRequest"))[0]
    return fields(fields(answer)[2])[1]


def crash_in_transactions(serve, chance):
    """One transaction stays open, others are being committed when the server is killed."""
    server = Server(*serve)
    client = server.ready()
    client.update("CREATE OR REPLACE TABLE booked (committer BIGINT, n BIGINT, part BIGINT)")
    Committer(-1).insert(client, begin(client), 1)
    committers = [Committer(number) for number in range(WRITERS)]
    threads = [threading.Thread(target=c.run, args=(server,)) for c in committers]
    for thread in threads:
        thread.start()
    wait_until(
        "each has committed", lambda: all(c.acknowledged for c in committers), 60, interval=0.01
    )
    time.sleep(chance.uniform(0, 0.3))  # any moment will do
    server.kill()
    for thread in threads:
        thread.join(60)
    server = Server(*serve)
    found = server.ready().query("SELECT committer, n, count(*) AS rows FROM booked GROUP BY ALL")
    rows = found.to_pylist()
    for committer in committers:
        own = {row["n"]: row["rows"] for row in rows if row["committer"] == committer.number}
        committer.check(own)
    same({row["committer"] for row in rows}, set(range(WRITERS)), "who has committed")
    server.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    suite = Suite(f"kill -9, {options.rounds} rounds, --seed {options.seed}")
    chance = random.Random(options.seed)

    data, state, export = scratch("data"), scratch("state"), scratch("export")
    (data / "ledger.csv").write_text("id,n\n-1,0\n")
    serve = ["--data", data, "--state", state, "--export", export]
    server = Server(*serve)
    with server.ready() as client:
        client.update("CREATE TABLE log (writer BIGINT, n BIGINT, part BIGINT)")
    server.kill()
    writers = [Writer(number) for number in range(WRITERS)]
    for number in range(1, options.rounds + 1):
        with suite.check(f"crash {number}"):
            one_crash(serve, state, writers, chance)
    for number in range(1, 1 + max(1, options.rounds // 3)):
        with suite.check(f"crash in transactions {number}"):
            crash_in_transactions(serve, chance)
    with suite.check("the consolidated files equal the tables, the queue is whole"):
        server = Server(*serve)
        check_all(writers, server.ready())
        for arguments in (["verify", "--port", server.port], ["queue", "verify", state / "writes"]):
            done = flashduck(*arguments, seconds=120)
            assert done.returncode == 0, done.stdout + done.stderr
    print(f"  {sum(writer.acknowledged for writer in writers)} acknowledged changes")
    suite.finish()


if __name__ == "__main__":
    main()
