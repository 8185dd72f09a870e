#!/usr/bin/env python3
"""Tools and how they connect: `flashduck doctor`, and SQLAlchemy with the dialect of this repository."""

import datetime
import decimal
import subprocess
import sys

import pandas as pd
import sqlalchemy as sa
from bad_input import write_bytes, write_parquet
from harness import Server, Suite, contains, flashduck, same, scratch
from sqlalchemy import exc

# isort: split
import flashduck_sqlalchemy  # noqa: F401, registers the dialect; harness has set the path

# --- the doctor -----------------------------------------------------------------------------------


def doctor(code, *arguments):
    done = flashduck("doctor", "--python", sys.executable, *arguments, seconds=180)
    assert done.returncode == code, (
        f"{arguments} ended with {done.returncode}, not {code}: {done.stdout} {done.stderr}"
    )
    assert "at io.flashduck" not in done.stderr, done.stderr
    return done.stdout


def printed_lines_connect(text):
    """What the doctor prints for pyarrow is a program that connects."""
    line = next(line for line in text.splitlines() if line.strip().startswith("pyarrow  "))
    program = "import pyarrow.flight\n" + line.strip().removeprefix("pyarrow").strip()
    done = subprocess.run(
        [sys.executable, "-c", program + "\nprint(list(client.list_actions())[:1])"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def examined(suite, server):
    with suite.check("the doctor finds nothing wrong with a server without users"):
        text = doctor(0, "--port", server.port)
        contains(text, "ok       Flight SQL", "ok       pyarrow", "useEncryption=false")
        printed_lines_connect(text)


def examined_with_tls(suite, server, certificate, password):
    there = ["--url", f"grpc+tls://localhost:{server.port}"]
    login = ["--user", "ann", "--password-file", password]
    with suite.check("the doctor logs in over TLS, and so does pyarrow"):
        text = doctor(0, *there, "--ca-file", certificate, *login)
        contains(text, "ok       certificate", "ok       pyarrow", "tlsRootCerts=")
        assert "correct horse" not in text
    with suite.check("the doctor tells an unknown certificate"):
        contains(doctor(3, *there, *login), "signed by itself", "fingerprint")


# --- SQLAlchemy -----------------------------------------------------------------------------------


def notes(metadata):
    return sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String),
        sa.Column("price", sa.Numeric(12, 2)),
        sa.Column("day", sa.Date),
        sa.Column("at", sa.DateTime),
        sa.Column("paid", sa.Boolean),
    )


def row(number):
    return {
        "id": number,
        "name": f"it's {number}",
        "price": decimal.Decimal("1.25") * number,
        "day": datetime.date(2026, 1, 1 + number),
        "at": None if number else datetime.datetime(2026, 1, 1, 12, 30, 0, 250000),
        "paid": number % 2 == 0,
    }


def written_and_read(suite, engine):
    metadata = sa.MetaData()
    table = notes(metadata)
    with suite.check("SQLAlchemy makes a table and fills it"):
        metadata.create_all(engine)
        with engine.begin() as connection:
            same(connection.execute(sa.insert(table), [row(n) for n in range(5)]).rowcount, 5)
    with suite.check("what comes back is what went in, of every type"):
        with engine.connect() as connection:
            found = connection.execute(sa.select(table).order_by(table.c.id)).mappings().all()
        same([dict(each) for each in found], [row(n) for n in range(5)])
    with suite.check("SQLAlchemy updates, deletes and counts"), engine.begin() as connection:
        change = sa.update(table).where(table.c.id == 3).values(name=None, price=9)
        same(connection.execute(change).rowcount, 1)
        same(connection.execute(sa.delete(table).where(table.c.id > 3)).rowcount, 1)
        total = sa.select(sa.func.count(), sa.func.sum(table.c.price))
        same(connection.execute(total).one(), (4, decimal.Decimal("12.75")))
    with suite.check("a chart: grouped by a truncated date, ordered, limited"):
        month = sa.func.date_trunc(sa.literal_column("'month'"), table.c.day).label("month")
        chart = (
            sa.select(month, sa.func.count().label("n"))
            .where(table.c.day.between(datetime.date(2026, 1, 2), datetime.date(2026, 12, 31)))
            .group_by(month)
            .order_by(sa.desc("n"))
            .limit(10_000)
        )
        with engine.connect() as connection:
            same(len(connection.execute(chart).all()), 1)
    with (
        suite.check("a refused statement has the server's words, and the next one works"),
        engine.connect() as connection,
    ):
        try:
            connection.execute(sa.text("SELECT * FROM nope"))
        except exc.ProgrammingError as refused:
            contains(str(refused.orig), "nope", "LINE 1")
        else:
            raise AssertionError("it was not refused")
        same(connection.execute(sa.text("SELECT :a + 1"), {"a": 41}).scalar(), 42)
    with suite.check("SQLAlchemy drops the table"):
        metadata.drop_all(engine)
        assert not sa.inspect(engine).has_table("notes")


def reflected(suite, engine):
    with suite.check("schemas, tables, columns and keys are reflected"):
        inspector = sa.inspect(engine)
        names = inspector.get_schema_names()
        assert {"main", "sales"} <= set(names) and "_flashduck" not in names, names
        same(inspector.get_table_names(), ["orders"])
        same(inspector.get_table_names("sales"), ["customers"])
        columns = {each["name"]: each for each in inspector.get_columns("orders")}
        assert isinstance(columns["id"]["type"], sa.BigInteger), columns
        same(inspector.get_pk_constraint("orders")["constrained_columns"], ["id"])
        metadata = sa.MetaData()
        metadata.reflect(engine)
        same(list(metadata.tables), ["orders"])
    with suite.check("pandas reads a query and a table"):
        same(pd.read_sql("SELECT sum(amount) AS total FROM orders", engine)["total"].iloc[0], 60)
        same(pd.read_sql_table("customers", engine, schema="sales").shape, (2, 2))
    with suite.check("a result of a million rows is read"), engine.connect() as connection:
        result = connection.execute(sa.text("SELECT i FROM range(1000000) t(i)"))
        same(sum(len(part) for part in result.partitions(10_000)), 1_000_000)


def main():
    suite = Suite("tools")
    data, state = scratch("data"), scratch("state")
    write_parquet(data / "orders.parquet", id=[1, 2, 3], amount=[10, 20, 30])
    (data / "sales").mkdir()
    write_bytes(data / "sales" / "customers.csv", b"id,name\n1,Ann\n2,Bob\n")
    server = Server("--data", data, "--state", state)
    server.ready()
    engine = sa.create_engine(f"flashduck://localhost:{server.port}")
    examined(suite, server)
    reflected(suite, engine)
    written_and_read(suite, engine)
    server.stop()

    folder = scratch("tls")
    certificate, key, password = folder / "cert.pem", folder / "key.pem", folder / "password"
    password.write_text("correct horse\n")
    password.chmod(0o600)
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [*make.split(), *names, "-out", certificate, "-keyout", key],
        check=True,
        capture_output=True,
    )
    secured = ["--user", "ann", "--password-file", password]
    secured += ["--tls-cert", certificate, "--tls-key", key]
    server = Server("--data", data, "--state", state, *secured)
    login = {"user": "ann", "password": "correct horse", "tls": True}
    server.ready(**login, tls_root_certs=certificate.read_bytes())
    examined_with_tls(suite, server, certificate, password)
    with suite.check("SQLAlchemy over TLS with a user"):
        url = f"flashduck://ann:correct%20horse@localhost:{server.port}/?tls=true&ca={certificate}"
        with sa.create_engine(url).connect() as connection:
            same(connection.execute(sa.text("SELECT count(*) FROM orders")).scalar(), 3)
    with suite.check("SQLAlchemy with a wrong password says so"):
        url = f"flashduck://ann:wrong@localhost:{server.port}/?tls=true&ca={certificate}"
        try:
            sa.create_engine(url).connect()
        except exc.OperationalError as refused:
            contains(str(refused.orig), "wrong user or password")
        else:
            raise AssertionError("it was let in")
    server.stop()
    suite.finish()


if __name__ == "__main__":
    main()
