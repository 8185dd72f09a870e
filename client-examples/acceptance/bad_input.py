#!/usr/bin/env python3
"""Bad input from the outside: files, starts, batches and SQL that are wrong.

Each must have a message that says what, where and what to do; the server goes on with the last good
state; and once the cause is repaired, everything is as it should be.
"""

import os
import shutil
import socket

import arrow_columns
import pyarrow as pa
import pyarrow.parquet as pq
from harness import (
    Server,
    Suite,
    contains,
    flashduck,
    free_ports,
    same,
    scratch,
    wait_until,
)
from pyarrow import flight

# gRPC's status as pyarrow shows it
INVALID = pa.ArrowInvalid
MISSING = pa.ArrowKeyError
REFUSED = (flight.FlightUnauthorizedError, pa.ArrowNotImplementedError)


def write_whole(target, write):
    """Puts a file in its place by a rename, as a program that cares does."""
    part = target.with_name(target.name + ".tmp")
    write(part)
    os.replace(part, target)


def write_bytes(target, data):
    write_whole(target, lambda part: part.write_bytes(data))


def write_parquet(target, **columns):
    write_whole(target, lambda part: pq.write_table(pa.table(columns), part))


def make_data(data):
    """A folder with one good file per table."""
    write_parquet(data / "orders.parquet", id=[1, 2, 3], amount=[10, 20, 30])
    write_parquet(data / "readings_partition_1.parquet", sensor=[1, 2], value=[10, 20])
    write_parquet(data / "readings_partition_2.parquet", sensor=[3, 4], value=[30, 40])
    write_bytes(data / "people.csv", b"id,name\n1,Ann\n2,Bob\n")
    write_bytes(data / "log.ndjson", b'{"line": 1, "text": "a"}\n{"line": 2, "text": "b"}\n')
    (data / "sales").mkdir()
    write_bytes(data / "sales" / "customers.csv", b"id,city\n1,Lyon\n2,Porto\n")
    write_bytes(data / "tables.yaml", b"tables:\n  orders:\n    key: id\n")


class Subject:
    """The server under test, its folder, and what it should answer."""

    def __init__(self):
        self.data, self.state = scratch("data"), scratch("state")
        make_data(self.data)
        self.export = scratch("export")
        self.good = {
            "orders": [(1, 10), (2, 20), (3, 30)],
            "people": [(1, "Ann"), (2, "Bob")],
            "log": [(1, "a"), (2, "b")],
            "sales.customers": [(1, "Lyon"), (2, "Porto")],
            "readings": [(1, 10), (2, 20), (3, 30), (4, 40)],
        }
        self.server = Server(
            "--data", self.data, "--state", self.state, "--export", self.export,
            "--scan-interval", "200ms", prefix=without_root_rights(),
        )  # fmt: skip
        self.client = self.server.ready()
        wait_until("all tables are loaded", self.serves_good, 30)

    def rows(self, sql):
        table = self.client.query(sql)
        return [tuple(row.values()) for row in table.to_pylist()]

    def serves_good(self):
        for table, rows in self.good.items():
            same(self.rows(f"SELECT * FROM {table} ORDER BY 1"), rows, table)
        return True

    def files(self):
        """What the server says of each file, by path."""
        (status,) = self.client.action("flashduck.status")
        return {row["path"]: row for row in status["files"]}

    def reported(self, path, *parts):
        """Waits until the file is reported with a reason that has these parts."""

        def look():
            row = self.files()[str(path)]
            assert row["reason"], row
            contains(row["reason"], *parts)
            return row

        return wait_until(f"{path} is reported", look, 20)

    def loaded(self, path):
        wait_until(
            f"{path} is loaded",
            lambda: (
                self.files()[str(path)]["state"].lower() == "loaded"
                and not self.files()[str(path)]["reason"]
            ),
            20,
        )


def without_root_rights():
    """Root reads every folder; without these two capabilities permissions count for it too."""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        return ()
    dropped = "-dac_override,-dac_read_search"
    return ("setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}")


# --- files ----------------------------------------------------------------------------------------


def bad_file(suite, subject, what, path, damage, *parts):
    """Damages a good file: reported, last good state served; repaired: reported no more."""
    file = subject.data / path
    good = file.read_bytes()
    with suite.check(what):
        try:
            write_whole(file, damage)
            subject.reported(path, *parts)
            subject.serves_good()
        finally:
            write_bytes(file, good)
        subject.loaded(path)
        subject.serves_good()


def files(suite, subject):
    half = (subject.data / "orders.parquet").read_bytes()
    bad_file(suite, subject, "a Parquet file cut in half", "orders.parquet",
             lambda part: part.write_bytes(half[: len(half) // 2]), "magic bytes")  # fmt: skip
    bad_file(suite, subject, "an empty Parquet file", "orders.parquet",
             lambda part: part.write_bytes(b""), "empty")  # fmt: skip
    bad_file(suite, subject, "an empty CSV file", "people.csv",
             lambda part: part.write_bytes(b""), "empty")  # fmt: skip
    bad_file(suite, subject, "a CSV with a broken line", "people.csv",
             lambda part: part.write_bytes(b"id,name\n1,Ann\n2,Bob,extra,columns\n3,Cy\n"),
             "line 3")  # fmt: skip
    bad_file(suite, subject, "newline JSON with a broken line", "log.ndjson",
             lambda part: part.write_bytes(b'{"line": 1, "text": "a"}\n{"line": 2, "te\n'),
             "in line")  # DuckDB counts the unended line too  # fmt: skip
    bad_file(suite, subject, "a Parquet file whose column changed from number to text",
             "readings_partition_2.parquet",
             lambda part: pq.write_table(pa.table({"sensor": [3, 4], "value": ["high", "low"]}), part),
             "value", "BIGINT", "VARCHAR", "readings_partition_1.parquet")  # fmt: skip
    with suite.check("a new file that is not what its name says"):
        new = subject.data / "fresh.parquet"
        write_bytes(new, b"this is no Parquet file")
        subject.reported("fresh.parquet", "magic bytes")
        subject.serves_good()
        new.unlink()
        wait_until("it is forgotten", lambda: "fresh.parquet" not in subject.files())
    with suite.check("a tables.yaml that cannot be read"):
        good = (subject.data / "tables.yaml").read_bytes()
        write_bytes(subject.data / "tables.yaml", b"tables:\n  orders:\n    kee: id\n")
        subject.reported("tables.yaml", "kee", "key")
        subject.serves_good()
        write_bytes(subject.data / "tables.yaml", good)
        wait_until(
            "it is good again", lambda: not subject.files().get("tables.yaml", {}).get("reason")
        )


def permissions(suite, subject):
    if os.getuid() == 0 and not without_root_rights():
        print("  skipped: a folder without permission (root without setpriv reads every folder)")
        return
    folder = subject.data / "sales"
    with suite.check("a folder without permission"):
        try:
            folder.chmod(0)
            wait_until(
                "it is reported",
                lambda: any(
                    path.startswith("sales")
                    and row["reason"]
                    and "permission" in row["reason"].lower()
                    for path, row in subject.files().items()
                ),
                20,
            )
            subject.serves_good()
        finally:
            folder.chmod(0o755)
        subject.loaded("sales/customers.csv")
        subject.serves_good()
    with suite.check("a file without permission"):
        file = subject.data / "people.csv"
        try:
            file.chmod(0)
            os.utime(file)  # it counts as changed
            subject.reported("people.csv", "permission")
            subject.serves_good()
        finally:
            file.chmod(0o644)
            os.utime(file)
        subject.loaded("people.csv")


# --- starting -------------------------------------------------------------------------------------


def refused(arguments, code, *parts, environment=None):
    done = flashduck(*arguments, env={**os.environ, **(environment or {})})
    same(done.returncode, code, f"exit code of {arguments}; stderr: {done.stderr!r}")
    contains(done.stdout + done.stderr, *parts)
    assert "\tat " not in done.stderr, f"a stack trace: {done.stderr}"


def starts(suite, subject):
    free, http = free_ports(2)
    ports = ["--port", free, "--http-port", http]
    with suite.check("two servers on one state folder"):
        arguments = ["serve", "--data", subject.data, "--state", subject.state, *ports]
        refused(arguments, 7, str(subject.state), "another")
        subject.serves_good()
    with suite.check("a port in use"), socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        arguments = ["serve", "--data", subject.data, "--state", scratch("state")]
        refused([*arguments, "--port", port, "--http-port", http], 7, str(port), "--port")
    with suite.check("an unknown option"):
        refused(["serve", "--datta", subject.data], 2, "--datta", "--data")
    with suite.check("an unknown command"):
        refused(["serv"], 2, "serv")
    with suite.check("no data folder given"):
        refused(["serve", *ports], 2, "--data")
    with suite.check("a data folder that does not exist"):
        refused(["serve", "--data", "/no/such/folder", *ports], 2, "/no/such/folder")
    with suite.check("a wrong value and an unknown key in the configuration, both reported"):
        config = scratch("config") / "flashduck.yaml"
        config.write_text(
            f"data:\n  dir: {subject.data}\n  scan_every: 1s\nnetwork:\n  port: 99999\n"
        )
        refused(["serve", "--config", config], 2, "scan_every", "99999")
    with suite.check("anonymous access from other machines"):
        refused(["serve", "--data", subject.data, "--host", "0.0.0.0", *ports], 2, "TLS")
    with suite.check("a command without a server"):
        refused(["sql", "SELECT 1", "--port", free], 3, str(free), "serve")


# --- changes --------------------------------------------------------------------------------------


def refuses(call, kind, *parts):
    try:
        answer = call()
    except Exception as failure:
        assert isinstance(failure, kind), f"{type(failure).__name__}: {failure}"
        contains(str(failure), *parts)
    else:
        raise AssertionError(f"not refused: {answer}")


def changes(suite, subject):
    client = subject.client
    put = {
        "a batch with a missing key column": (
            "upsert", "orders", {"amount": [1]}, INVALID, ("orders", "id")),
        "a null key": ("upsert", "orders", {"id": [7, None], "amount": [1, 2]}, INVALID, ("orders", "row 2", "id")),
        "a wrong type": (
            "upsert", "orders", {"id": [7], "amount": ["a lot"]}, INVALID, ("orders", "amount")),
        "an unknown column": (
            "upsert", "orders", {"id": [7], "amount": [1], "colour": ["red"]}, INVALID, ("orders", "colour")),
        "an unknown table": ("upsert", "ordres", {"id": [7], "amount": [1]}, MISSING, ("ordres",)),
        "an unknown operation": ("replace", "orders", {"id": [7]}, INVALID, ("replace", "upsert")),
        "an upsert into a table without a key": (
            "upsert", "log", {"line": [7], "text": ["x"]}, INVALID, ("log", "key")),
        "a delete by key from a table without a key": (
            "delete", "log", {"line": [1]}, INVALID, ("log", "key")),
    }  # fmt: skip
    for what, (operation, table, columns, kind, parts) in put.items():
        with suite.check(what):
            refuses(
                lambda o=operation, t=table, c=columns: client.put(o, t, pa.table(c)), kind, *parts
            )
            subject.serves_good()
    with suite.check("a bad batch after a good one: the good one stays, the bad one says so"):
        ids = pa.schema([("id", pa.int64()), ("amount", pa.int64())])
        path = flight.FlightDescriptor.for_path("upsert", "orders")
        writer, answers = client.client.do_put(path, ids, client.call(ack="applied"))
        writer.write_batch(pa.record_batch({"id": [4], "amount": [40]}, schema=ids))
        answers.read()
        writer.write_batch(
            pa.record_batch({"id": pa.array([None], pa.int64()), "amount": [50]}, schema=ids)
        )
        try:
            refuses(lambda: (writer.done_writing(), answers.read(), writer.close()), INVALID, "id")
            same(subject.rows("SELECT * FROM orders WHERE id > 3"), [(4, 40)])
        finally:
            client.delete("orders", pa.table({"id": [4]}), ack="applied")
        subject.serves_good()
    with suite.check("a batch that repeats a key: the last row wins"):
        rows = pa.table({"id": [9, 9], "amount": [1, 2]})
        client.upsert("orders", rows, ack="applied")
        same(subject.rows("SELECT amount FROM orders WHERE id = 9"), [(2,)])
        client.delete("orders", pa.table({"id": [9]}), ack="applied")
    with suite.check("an unknown acknowledgement level"):
        refuses(
            lambda: client.upsert("orders", pa.table({"id": [1], "amount": [10]}), ack="soon"),
            INVALID, "x-flashduck-ack", "soon", "durable",
        )  # fmt: skip


# --- types of Arrow -------------------------------------------------------------------------------


def types(suite, subject):
    """Each goes in exactly, or is refused with its column and what to send instead."""
    client = subject.client
    cases = arrow_columns.stored()
    rows = arrow_columns.together([values for values, _, _ in cases.values()])
    client.ingest("arrow_stored", rows, mode="create", ack="applied")
    client.put("append", "arrow_stored", rows, ack="applied")
    for number, (what, (_, duck_type, texts)) in enumerate(cases.items()):
        with suite.check(f"Arrow type {what}"):
            seen = subject.rows(
                f"SELECT typeof(c{number}), CAST(c{number} AS VARCHAR) FROM arrow_stored"
            )
            same(sorted(seen, key=str), sorted([(duck_type, t) for t in texts * 2], key=str), what)
    client.update("DROP TABLE arrow_stored")
    client.update("CREATE TABLE arrow_refused (c VARCHAR)")
    for what, (values, parts) in arrow_columns.refused().items():
        with suite.check(f"refused Arrow type {what}"):
            rows = arrow_columns.column(values)
            ways = {
                "create": lambda r=rows: client.ingest("arrow_new", r, mode="create"),
                "append": lambda r=rows: client.put("append", "arrow_refused", r),
            }
            for call in ways.values():
                refuses_words(call, parts)
    same(subject.rows("SELECT count(*) FROM arrow_refused"), [(0,)])
    client.update("DROP TABLE arrow_refused")


def refuses_words(call, parts):
    """As refuses, with INVALID_ARGUMENT and in whatever case the words are."""
    try:
        call()
    except Exception as failure:
        assert isinstance(failure, INVALID), f"{type(failure).__name__}: {failure}"
        contains(str(failure).lower(), *(part.lower() for part in parts))
    else:
        raise AssertionError("not refused")


# --- SQL ------------------------------------------------------------------------------------------


def statements(suite, subject):
    query, update = subject.client.query, subject.client.update
    wrong = {
        "a syntax error": (query, "SELECT * FORM orders", INVALID, ("FORM",)),
        "an unknown table in SQL": (query, "SELECT * FROM ordres", MISSING, ("ordres",)),
        "an unknown column in SQL": (query, "SELECT colour FROM orders", INVALID, ("colour",)),
        "a value that cannot be converted": (query, "SELECT CAST('x' AS INTEGER)", INVALID, ("x",)),
        "no statement at all": (query, "  ", INVALID, ()),
        "an update with a syntax error": (update, "UPDATE orders SAT amount = 1", INVALID, ("SET", "character 19")),
        "an INSERT of a wrong type": (update, "INSERT INTO orders VALUES (7, 'a lot')", INVALID, ("a lot",)),
        "an INSERT with a null key": (update, "INSERT INTO orders VALUES (NULL, 1)", INVALID, ("id",)),
        "a DROP of an unknown table": (update, "DROP TABLE ordres", MISSING, ("ordres",)),
        "a CREATE of an existing table": (
            update, "CREATE TABLE orders (id INTEGER)", (pa.ArrowException, flight.FlightError), ("orders",)),
        "reading a file beside the folder": (query, "SELECT * FROM read_csv('/etc/passwd')", REFUSED, ()),
        "reading a file by its name": (query, "SELECT * FROM '/etc/passwd.csv'", REFUSED + (MISSING,), ()),
        "writing a file": (update, "COPY orders TO '/tmp/stolen.csv'", REFUSED, ("COPY",)),
        "attaching a database": (update, "ATTACH '/tmp/other.duckdb'", REFUSED, ("ATTACH",)),
        "installing an extension": (update, "INSTALL httpfs", REFUSED, ("INSTALL",)),
        "FlashDuck's own tables": (query, "SELECT * FROM _flashduck.files", REFUSED + (MISSING,), ()),
    }  # fmt: skip
    for what, (call, sql, kind, parts) in wrong.items():
        with suite.check(what):
            refuses(lambda c=call, s=sql: c(s), kind, *parts)
    with suite.check("an error in SQL says where"):
        try:
            query("SELECT 1;\n  SELECT id,\n  nothing_like_it FROM orders")
        except Exception as failure:
            contains(str(failure), "nothing_like_it", "line")
    with suite.check("after all that the good state is served"):
        subject.serves_good()
    with suite.check("a command line with an SQL error"):
        refused(["sql", "SELECT * FROM ordres", "--port", subject.server.port], 1, "ordres")


# --- logging in -----------------------------------------------------------------------------------


def logins(suite):
    data = scratch("data")
    make_data(data)
    password = scratch("secret") / "password"
    password.write_text("correct horse\n")
    password.chmod(0o600)
    server = Server(
        "--data", data, "--state", scratch("state"), "--user", "ann", "--password-file", password
    )
    with suite.check("the right password"):
        client = server.ready(user="ann", password="correct horse")
        same(client.query("SELECT 1 AS one").to_pylist(), [{"one": 1}])
        client.client.close()
    with suite.check("a wrong password"):
        refuses(
            lambda: server.client(user="ann", password="wrong"), flight.FlightUnauthenticatedError
        )
    with suite.check("no password"):
        refuses(lambda: server.client().query("SELECT 1"), flight.FlightUnauthenticatedError)
    with suite.check("a made-up token"):
        client = server.client()
        client.login = [(b"authorization", b"Bearer made.up.token")]
        refuses(lambda: client.query("SELECT 1"), flight.FlightUnauthenticatedError)
    with suite.check("a command line without a password"):
        refused(["sql", "SELECT 1", "--port", server.port], 4, "user")
    server.stop()


def main():
    suite = Suite("bad input")
    subject = Subject()
    files(suite, subject)
    permissions(suite, subject)
    starts(suite, subject)
    changes(suite, subject)
    types(suite, subject)
    statements(suite, subject)
    with suite.check("the server's log has no defect of its own"):
        log = subject.server.log()
        for word in (
            "NullPointerException",
            "IllegalStateException",
            "AssertionError",
            "LEAK",
            "INTERNAL",
        ):
            assert word not in log, log[max(0, log.find(word) - 1000) : log.find(word) + 1000]
    with suite.check("it stops when asked"):
        assert subject.server.stop() in (0, 143), subject.server.log()[-2000:]
    logins(suite)
    suite.finish()


if __name__ == "__main__":
    main()
