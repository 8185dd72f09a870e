#!/usr/bin/env python3
"""What a newcomer does: the demo, every client example, the command line, a file that changes.

Everything runs against real servers, as a user would start them.
"""

import csv
import io
import json
import re
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
from bad_input import write_bytes, write_parquet
from harness import (
    EXAMPLES,
    RUN_JAVA,
    Server,
    Suite,
    contains,
    flashduck,
    footer,
    same,
    scratch,
    wait_until,
)
from pyarrow import flight

JAVA = ["JdbcExample", "FlightSqlExample", "AdbcExample"]
PYTHON = ["pyarrow_only", "pandas_example", "polars_example"]


def run(what, command, **options):
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=120, **options
    )
    assert done.returncode == 0, (
        f"{what} ended with {done.returncode}:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
    )
    return done.stdout


def programs(suite, server, *login):
    """Every example against one server."""
    as_whom = f"as {login[0]}" if login else "as nobody"
    for name in JAVA:
        with suite.check(f"{name} {as_whom}"):
            run(name, [RUN_JAVA, name, "localhost", server.port, *login])
    for name in PYTHON:
        with suite.check(f"{name}.py {as_whom}"):
            program = EXAMPLES / "python" / f"{name}.py"
            run(name, [sys.executable, program, "localhost", server.port, *login])


def rows(client, sql, **headers):
    return [tuple(row.values()) for row in client.query(sql, **headers).to_pylist()]


# --- the demo -------------------------------------------------------------------------------------


def demo(suite):
    folder = scratch("demo")
    server = Server("--dir", folder / "demo", command="demo", environment={"HOME": str(folder)})
    with suite.check("the demo starts"):
        client = server.ready()
        wait_until("it says how to connect", lambda: "pyarrow" in server.log(), 10)
    with suite.check("the demo has several tables with rows"):
        tables = rows(client, "SELECT * FROM flashduck.tables")
        assert len(tables) >= 4, tables
    with suite.check("the printed pyarrow line connects"):
        line = re.search(r"client = pyarrow\.flight\.connect\(.*\)", server.log()).group()
        program = f"import pyarrow.flight\n{line}\nprint(list(client.list_actions())[:1])"
        run("the line", [sys.executable, "-c", program])
    with suite.check("the printed JDBC URL connects"):
        url = re.search(r"jdbc:arrow-flight-sql://\S+", server.log()).group()
        queries, results = scratch("queries"), scratch("results")
        (queries / "q.sql").write_text("SELECT 42 AS answer")
        run("JDBC", [RUN_JAVA, "tpch.TpchQueries", url, queries, results])
        same((results / "q.tsv").read_text(), "answer\n42\n")
    with suite.check("the demo keeps changing, and queries see it"):

        def fingerprint():
            return client.query("SELECT sum(version) FROM flashduck.tables").to_pylist()

        first = fingerprint()
        wait_until("a change", lambda: fingerprint() != first, 30)
    with suite.check("the demo stops when asked"):
        code = server.stop()
        assert code in (0, 130, 143), f"{code}: {server.log()[-2000:]}"


# --- encrypted ------------------------------------------------------------------------------------


def encrypted(suite, data, password):
    """A server with a certificate, as it must be to listen on other addresses than this machine's."""
    folder = scratch("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    with suite.check("a certificate is made"):
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        files = ["-subj", "/CN=localhost", "-addext", names, "-out", certificate, "-keyout", key]
        run("openssl", [*make.split(), *files])
    options = ["--user", "ann", "--password-file", password, "--host", "0.0.0.0"]
    tls = ["--tls-cert", certificate, "--tls-key", key]
    server = Server("--data", data, "--state", scratch("state"), *options, *tls)
    login = {"user": "ann", "password": "correct horse", "tls": True}
    with suite.check("pyarrow over TLS"):
        client = server.ready(**login, tls_root_certs=certificate.read_bytes())
        same(rows(client, "SELECT 42"), [(42,)])
    with suite.check("pyarrow does not trust a certificate that it does not know"):
        try:
            server.client(tls=True).query("SELECT 42")
        except flight.FlightUnavailableError as refused:
            contains(str(refused), "certificate")
        else:
            raise AssertionError("it was trusted")
    with suite.check("JDBC over TLS"):
        url = (
            f"jdbc:arrow-flight-sql://localhost:{server.port}/?useEncryption=true"
            f"&useSystemTrustStore=false&tlsRootCerts={certificate}&user=ann&password=correct+horse"
        )
        queries, results = scratch("queries"), scratch("results")
        (queries / "q.sql").write_text("SELECT 42 AS answer")
        run("JDBC", [RUN_JAVA, "tpch.TpchQueries", url.replace("+", "%20"), queries, results])
        same((results / "q.tsv").read_text(), "answer\n42\n")
    with suite.check("flashduck sql over TLS"):
        there = ["--url", f"grpc+tls://localhost:{server.port}", "--ca-file", certificate]
        contains(ok("sql", "SELECT 42", *there, "-u", "ann", "--password-file", password), "42")
    server.stop()


# --- a folder that changes ------------------------------------------------------------------------


def until_seen(client, sql, expected):
    """Queries until the answer is as expected; returns the milliseconds that took."""
    begun = time.monotonic()
    wait_until(sql, lambda: rows(client, sql) == expected, 10, interval=0.002)
    return 1000 * (time.monotonic() - begun)


def folder_changes(suite, client, data):
    with suite.check("a changed file shows in the next query"):
        took = []
        for number in range(10):
            write_bytes(data / "people.csv", b"id,name\n1,Ann\n2,Bob %d\n" % number)
            took.append(
                until_seen(client, "SELECT name FROM people WHERE id = 2", [(f"Bob {number}",)])
            )
        took.sort()
        print(f"  from rename to query: median {took[5]:.0f} ms, worst {took[-1]:.0f} ms")
    with suite.check("a new file of a table adds its rows"):
        write_parquet(data / "orders_partition_2.parquet", id=[4], amount=[40])
        until_seen(client, "SELECT count(*) FROM orders", [(4,)])
    with suite.check("a renamed file is a renamed table"):
        (data / "people.csv").rename(data / "persons.csv")
        until_seen(client, "SELECT count(*) FROM persons", [(2,)])
        wait_until("people is gone", lambda: fails(client, "SELECT 1 FROM people"))
        (data / "persons.csv").rename(data / "people.csv")
        until_seen(client, "SELECT count(*) FROM people", [(2,)])
    with suite.check("a deleted file takes its rows along"):
        (data / "orders_partition_2.parquet").unlink()
        until_seen(client, "SELECT count(*) FROM orders", [(3,)])


def fails(client, sql):
    try:
        client.query(sql)
    except pa.ArrowKeyError:
        return True
    return False


def upsert_in_file(suite, client, data, export):
    with suite.check("an upsert shows in the query and in the Parquet file"):
        ack = client.upsert("orders", pa.table({"id": [3, 5], "amount": [33, 55]}), ack="exported")[
            -1
        ]
        same(ack.state, "exported")
        expected = [(1, 10), (2, 20), (3, 33), (5, 55)]
        same(rows(client, "SELECT id, amount FROM orders ORDER BY id"), expected)
        file = export / "main" / "orders.parquet"
        own, count = footer(file)
        same((own["table"], count), ("main.orders", 4))
        assert int(own["sequence"]) >= ack.sequence, own
        same(sorted(tuple(row.values()) for row in pq.read_table(file).to_pylist()), expected)
    with suite.check("a delete shows in both too"):
        client.delete("orders", pa.table({"id": [5]}), ack="exported")
        same(rows(client, "SELECT count(*) FROM orders"), [(3,)])
        same(pq.read_metadata(export / "main" / "orders.parquet").num_rows, 3)
    with suite.check("a changed file does not undo a later write, nor hide an older one"):
        write_parquet(data / "orders.parquet", id=[1, 2, 3], amount=[11, 20, 30])
        # the file is newer than the upsert of 3, so its row wins now
        until_seen(client, "SELECT amount FROM orders ORDER BY id", [(11,), (20,), (30,)])
    with suite.check("SQL changes a table that comes from files"):
        same(client.update("UPDATE orders SET amount = amount + 1 WHERE id = 2").rows, 1)
        same(client.update("INSERT INTO orders VALUES (6, 60)").rows, 1)
        same(client.update("DELETE FROM orders WHERE id = 1").rows, 1)
        same(rows(client, "SELECT id, amount FROM orders ORDER BY id"), [(2, 21), (3, 30), (6, 60)])


# --- the command line -----------------------------------------------------------------------------


def ok(*arguments, **options):
    done = flashduck(*arguments, **options)
    assert done.returncode == 0, (
        f"{arguments} ended with {done.returncode}: {done.stdout} {done.stderr}"
    )
    return done.stdout


def command_line(suite, server, data, export):
    here = ["--port", server.port]
    sql = "SELECT id, name FROM people ORDER BY id"
    with suite.check("flashduck sql prints a table"):
        contains(ok("sql", sql, *here), "id", "name", "Ann")
    with suite.check("flashduck sql --format csv"):
        lines = list(csv.reader(io.StringIO(ok("sql", sql, "--format", "csv", *here))))
        same(lines[:2], [["id", "name"], ["1", "Ann"]])
    with suite.check("flashduck sql --format json"):
        same(json.loads(ok("sql", sql, "--format", "json", *here))[0], {"id": 1, "name": "Ann"})
    for kind in ("arrow", "parquet"):
        with suite.check(f"flashduck sql --format {kind}"):
            file = scratch("output") / f"people.{kind}"
            ok("sql", sql, "--format", kind, "--output", file, *here)
            table = pq.read_table(file) if kind == "parquet" else read_arrow(file)
            same(table.column("id").to_pylist(), [1, 2])
    with suite.check("flashduck tables"):
        contains(ok("tables", *here), "orders", "people")
    with suite.check("flashduck status"):
        assert json.loads(ok("status", *here))
    with suite.check("flashduck put upserts a file, and deletes by one"):
        file = scratch("input") / "more.csv"
        file.write_text("id,amount\n7,70\n8,80\n")
        ok("put", "orders", file, "--op", "upsert", *here)
        contains(
            ok("sql", "SELECT sum(amount) AS total FROM orders WHERE id IN (7, 8)", *here), "150"
        )
        ok("put", "orders", file, "--op", "delete", *here)
        contains(
            ok("sql", "SELECT count(*) AS left_over FROM orders WHERE id IN (7, 8)", *here), "0"
        )
    with suite.check("flashduck export and verify"):
        ok("export", *here)
        contains(ok("verify", *here), "orders")
    with suite.check("flashduck verify finds a file that was changed by somebody else"):
        file = export / "main" / "people.parquet"
        good = file.read_bytes()
        table = pq.read_table(file)
        metadata = {**(table.schema.metadata or {}), **(pq.read_metadata(file).metadata or {})}
        changed = table.slice(0, 1).replace_schema_metadata(metadata)
        pq.write_table(changed, file)
        try:
            same(flashduck("verify", *here).returncode, 5, "exit code")
        finally:
            file.write_bytes(good)
    with suite.check("flashduck --help and the help of every command"):
        contains(
            ok("--help"), "demo", "serve", "sql", "put", "tables", "status", "export", "verify"
        )
        for command in ("demo", "serve", "sql", "put", "tables", "status", "export", "verify"):
            contains(ok(command, "--help"), "usage")


def read_arrow(file):
    data = file.read_bytes()
    opened = pa.ipc.open_file(data) if data.startswith(b"ARROW1") else pa.ipc.open_stream(data)
    return opened.read_all()


def main():
    suite = Suite("client examples")
    data, state, export = scratch("data"), scratch("state"), scratch("export")
    write_parquet(data / "orders.parquet", id=[1, 2, 3], amount=[10, 20, 30])
    write_bytes(data / "people.csv", b"id,name\n1,Ann\n2,Bob\n")
    server = Server("--data", data, "--state", state, "--export", export)
    client = server.ready()
    programs(suite, server)
    folder_changes(suite, client, data)
    upsert_in_file(suite, client, data, export)
    command_line(suite, server, data, export)
    with suite.check("a restart shows the same tables"):
        before = [
            rows(client, f"SELECT * FROM {table} ORDER BY 1") for table in ("orders", "people")
        ]
        server.stop()
        server = Server("--data", data, "--state", state, "--export", export)
        client = server.ready()
        after = [
            rows(client, f"SELECT * FROM {table} ORDER BY 1") for table in ("orders", "people")
        ]
        same(after, before)
    server.stop()

    password = scratch("secret") / "password"
    password.write_text("correct horse\n")
    password.chmod(0o600)
    server = Server("--data", data, "--state", state, "--user", "ann", "--password-file", password)
    with suite.check("a server with users starts"):
        server.ready(user="ann", password="correct horse")
    programs(suite, server, "ann", "correct horse")
    server.stop()
    encrypted(suite, data, password)

    demo(suite)
    suite.finish()


if __name__ == "__main__":
    main()
