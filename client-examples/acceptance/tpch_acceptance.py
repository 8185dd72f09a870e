#!/usr/bin/env python3
"""The main job on data that nobody here shaped to fit: TPC-H, as eight kinds of files.

All 22 queries through pyarrow and through JDBC equal DuckDB's own answers over the same files; one
million orders are upserted and ten thousand deleted while queries run; the consolidated Parquet
files equal the tables; a kill -9 and a lost cache change nothing.
"""

import argparse
import csv
import shutil
import signal
import subprocess
import threading
import time

from compare import parse_like, results_equal, tables_equal
from harness import (
    EXAMPLES,
    HERE,
    RUN_JAVA,
    Server,
    Suite,
    flashduck,
    footer,
    same,
    scratch,
    wait_until,
)
from tpch_files import COLUMNS, generate, reference, write

QUERIES = sorted((HERE / "tpch").glob("q*.sql"))
BATCHES = 10


def data_folder(scale):
    """The folder of files, made once and kept in target/."""
    folder = EXAMPLES / "target" / f"tpch-sf{scale:g}"
    done = folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        generate(RUN_JAVA, folder / "text", scale)
        write(folder / "text", folder / "data")
        shutil.rmtree(folder / "text")
        done.touch()
    return folder / "data"


def listing(folder):
    """Every file with size and modified time: what must not change."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(table):
    return (
        list(zip(*(column.to_pylist() for column in table.columns), strict=True))
        if table.num_rows
        else []
    )


def local_answers(db):
    answers = {}
    for query in QUERIES:
        cursor = db.execute(query.read_text())
        answers[query.stem] = ([column[0] for column in cursor.description], cursor.fetchall())
    return answers


def queries_through_pyarrow(suite, client, answers, when):
    begun = time.monotonic()
    for query in QUERIES:
        with suite.check(f"{query.stem} through pyarrow {when}"):
            table = client.query(query.read_text())
            names, rows = answers[query.stem]
            results_equal(table.column_names, rows_of(table), names, rows)
    print(f"  22 queries through pyarrow took {time.monotonic() - begun:.1f} s")


def queries_through_jdbc(suite, server, answers):
    results = scratch("jdbc")
    with suite.check("the 22 queries run through JDBC"):
        url = f"jdbc:arrow-flight-sql://localhost:{server.port}/?useEncryption=false"
        command = [RUN_JAVA, "tpch.TpchQueries", url, HERE / "tpch", results]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-3000:]
    for query in QUERIES:
        with suite.check(f"{query.stem} through JDBC"):
            names, expected = answers[query.stem]
            with open(results / f"{query.stem}.tsv", newline="") as text:
                lines = list(csv.reader(text, delimiter="\t", quoting=csv.QUOTE_NONE))
            assert len(lines) == len(expected) + 1, f"{len(lines) - 1} rows, not {len(expected)}"
            rows = [
                [parse_like(cell, like) for cell, like in zip(line, example, strict=True)]
                for line, example in zip(lines[1:], expected, strict=True)
            ]
            results_equal(lines[0], rows, names, [list(row) for row in expected])


def prepare_changes(db):
    """A million orders: three in four exist and change, the others are new; ten thousand go.

    o_shippriority holds the number of the batch, so that a query sees which batches it sees.
    """
    total = db.execute("SELECT count(*) FROM orders").fetchone()[0]
    changed, added = total // 2, total // 6
    db.execute(f"""
        CREATE TABLE changes AS
        SELECT * REPLACE (
            1 + (row_number() OVER () - 1) * {BATCHES} // {changed + added} AS o_shippriority,
            o_totalprice + 0.01 AS o_totalprice,
            'upserted ' || o_comment AS o_comment)
        FROM (
            FROM (FROM orders ORDER BY hash(o_orderkey) LIMIT {changed})
            UNION ALL
            -- TPC-H uses 8 of 32 numbers, so the next 8 are free
            SELECT * REPLACE (o_orderkey + 8 AS o_orderkey)
            FROM (FROM orders ORDER BY hash(o_custkey, o_orderkey) LIMIT {added}))""")
    db.execute("ALTER TABLE changes ALTER o_shippriority TYPE INTEGER")
    db.execute("ALTER TABLE changes ALTER o_totalprice TYPE DECIMAL(15, 2)")
    db.execute(f"""
        CREATE TABLE gone AS
        SELECT o_orderkey FROM (
            SELECT o_orderkey FROM orders UNION SELECT o_orderkey FROM changes)
        ORDER BY hash(o_orderkey, 1) LIMIT {total // 150}""")
    db.execute("""
        CREATE TABLE orders_expected AS
        SELECT * FROM (
            FROM changes UNION ALL FROM orders WHERE o_orderkey NOT IN (SELECT o_orderkey FROM changes))
        WHERE o_orderkey NOT IN (FROM gone)""")
    for batch in range(1, BATCHES + 1):
        yield db.execute(f"FROM changes WHERE o_shippriority = {batch}").to_arrow_table()


class Readers:
    """Clients that query the whole time, one thread each."""

    def __init__(self, server, *runs):
        self.server = server
        self.stop = threading.Event()
        self.failures = []
        self.counts = [0] * len(runs)
        self.threads = [threading.Thread(target=self.loop, args=item) for item in enumerate(runs)]

    def loop(self, number, run):
        try:
            with self.server.client() as client:
                while not self.stop.is_set():
                    run(client)
                    self.counts[number] += 1
        except Exception as failure:  # reported by the thread that waits
            self.failures.append(failure)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        wait_until("queries run", lambda: self.failures or min(self.counts) > 0, 60)
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(120)
        print(f"  meanwhile {' + '.join(map(str, self.counts))} queries")


def analytics(client):
    for name in ("q04", "q12", "q18"):
        client.query((HERE / "tpch" / f"{name}.sql").read_text())


def whole_batches(batches, seen):
    """A query that fails if it sees anything but the first batches, each of them whole."""
    sizes = [batch.num_rows for batch in batches]

    def run(client):
        sql = "SELECT o_shippriority, count(*) FROM orders WHERE o_shippriority > 0 GROUP BY 1"
        found = dict(rows_of(client.query(sql)))
        if found != {number + 1: sizes[number] for number in range(len(found))}:
            raise AssertionError(f"a query saw parts of batches: {found}")
        seen.add(len(found))

    return run


def upsert_orders(server, client, batches):
    """Sends each batch as one change; returns the sequence of the last."""
    seen = set()
    with Readers(server, whole_batches(batches, seen), analytics) as readers:
        begun = time.monotonic()
        acks = []
        for batch in batches:
            acks += client.upsert("orders", batch, batch_rows=batch.num_rows)
        durable = time.monotonic() - begun
        client.query("SELECT count(*) FROM orders", min_sequence=acks[-1].sequence)
        visible = time.monotonic() - begun
    print(
        f"  durable after {durable:.2f} s, visible after {visible:.2f} s; queries saw {sorted(seen)} batches"
    )
    same(readers.failures, [], "failed queries")
    same([ack.rows for ack in acks], [batch.num_rows for batch in batches], "rows per ack")
    same(len({ack.sequence for ack in acks}), len(batches), "sequences")
    same([ack.sequence for ack in acks], sorted(ack.sequence for ack in acks), "sequences in order")
    assert all(ack.state in ("durable", "applied", "exported") for ack in acks), acks
    return acks[-1].sequence


def delete_orders(server, client, keys):
    with Readers(server, analytics) as readers:
        ack = client.delete("orders", keys, ack="applied")[-1]
        same((ack.rows, ack.state), (keys.num_rows, "applied"))
    same(readers.failures, [], "failed queries")
    return ack.sequence


def change_orders(suite, server, client, db):
    """Returns the sequence of the last change."""
    batches = list(prepare_changes(db))
    keys = db.execute("FROM gone").to_arrow_table()
    count = sum(batch.num_rows for batch in batches)
    sequence = 0
    with suite.check(f"{count} orders upserted through pyarrow while queries run"):
        sequence = upsert_orders(server, client, batches)
    with suite.check(f"{keys.num_rows} orders deleted by key while queries run"):
        sequence = delete_orders(server, client, keys)
    return sequence


def table_equals(db, client, table, expected, sequence=None):
    """The table as a client reads it equals a relation of the local DuckDB."""
    actual = client.query(f"SELECT * FROM {table}", min_sequence=sequence)
    db.register("actual", actual)
    rows = tables_equal(db, "actual", expected)
    db.unregister("actual")
    return rows


def file_equals(db, export, table, expected, sequence=0):
    """The consolidated file, read without FlashDuck, equals a relation of the local DuckDB."""
    file = export / "main" / f"{table}.parquet"
    wait_until(
        f"{file.name} has sequence {sequence}",
        lambda: int(footer(file)[0]["sequence"]) >= sequence,
        60,
        interval=0.2,
    )
    own, count = footer(file)
    same(own["table"], f"main.{table}", "table in the footer")
    same(int(own["row_count"]), count, "row_count in the footer")
    rows = tables_equal(db, f"read_parquet('{file}', hive_partitioning = false)", expected)
    same(rows, count, "rows in the file")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scale", type=float, default=1)
    options = parser.parse_args()
    suite = Suite(f"TPC-H, scale factor {options.scale:g}")

    data = data_folder(options.scale)
    before = listing(data)
    db = reference(data)
    answers = local_answers(db)
    print(f"  data and DuckDB's own answers ready after {time.monotonic() - suite.begun:.0f} s")

    state, export = scratch("state"), scratch("export")
    serve = ["--data", data, "--state", state, "--export", export]
    server = Server(*serve)
    client = server.ready()
    counts = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COLUMNS}
    begun = time.monotonic()
    for table, count in counts.items():
        with suite.check(f"{table} is loaded: {count} rows"):
            wait_until(
                "loaded",
                lambda t=table, n=count: (
                    rows_of(client.query(f"SELECT count(*) FROM {t}")) == [(n,)]
                ),
                120,
            )
    print(f"  all tables were there {time.monotonic() - begun:.1f} s after the first answer")

    queries_through_pyarrow(suite, client, answers, "as loaded")
    queries_through_jdbc(suite, server, answers)
    for table in COLUMNS:
        with suite.check(f"{table} through pyarrow equals its files"):
            table_equals(db, client, table, table)

    sequence = change_orders(suite, server, client, db)
    with suite.check("orders equals the files and the changes"):
        table_equals(db, client, "orders", "orders_expected", sequence)
    with suite.check("the consolidated orders equal the table"):
        file_equals(db, export, "orders", "orders_expected", sequence)
    for table in COLUMNS:
        if table != "orders":
            with suite.check(f"the consolidated {table} equals the table"):
                file_equals(db, export, table, table)
    with suite.check("flashduck verify finds every file equal to its table"):
        done = flashduck("verify", "--port", server.port, seconds=180)
        assert done.returncode == 0, done.stdout + done.stderr

    db.execute("DROP TABLE orders; ALTER TABLE orders_expected RENAME TO orders")
    queries_through_pyarrow(suite, client, local_answers(db), "after the changes")

    with suite.check("kill -9 right after a durable acknowledgement loses nothing"):
        last = db.execute(
            "SELECT * REPLACE ('before the kill' AS o_comment) FROM orders ORDER BY o_orderkey LIMIT 1000"
        ).to_arrow_table()
        ack = client.upsert("orders", last)[-1]
        server.kill()
        db.register("last", last)
        db.execute("DELETE FROM orders WHERE o_orderkey IN (SELECT o_orderkey FROM last)")
        db.execute("INSERT INTO orders FROM last")
        server = Server(*serve)
        client = server.ready()
        table_equals(db, client, "orders", "orders", ack.sequence)
        file_equals(db, export, "orders", "orders", ack.sequence)
    with suite.check("stops within its limit when asked"):
        code = server.stop()
        assert code in (0, 143, -signal.SIGTERM), f"exit code {code}"
    with suite.check("a deleted cache loses nothing"):
        for file in state.glob("cache.duckdb*"):
            file.unlink()
        server = Server(*serve)
        client = server.ready()
        for table in COLUMNS:
            wait_until(
                f"{table} is back",
                lambda t=table: table_equals(
                    db, client, t, t, ack.sequence if t == "orders" else None
                ),
                60,
            )
    with suite.check("no file of the user was changed"):
        same(listing(data), before)
    suite.finish()


if __name__ == "__main__":
    main()
