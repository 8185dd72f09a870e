"""FlashDuck for SQLAlchemy, and so for Superset and pandas: a DB-API driver and a dialect.

Copy this file and flashduck_client.py into your project; they need pyarrow and SQLAlchemy alone.

    import flashduck_sqlalchemy  # registers the dialect
    engine = sqlalchemy.create_engine("flashduck://localhost:31337")
    pandas.read_sql("SELECT * FROM orders LIMIT 5", engine)

The URL is flashduck://[USER[:PASSWORD]@]HOST[:PORT]/[?tls=true][&ca=/path/ca.pem][&token=TOKEN].
Every statement commits by itself; SELECT results are read batch by batch.
"""

import itertools
import re
import sys

import pyarrow as pa
from flashduck_client import Ack, FlashDuck, command, fields
from pyarrow import flight
from sqlalchemy import exc, types
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql import base as postgresql
from sqlalchemy.engine import default

# --- DB-API 2.0 (PEP 249) -------------------------------------------------------------------------

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"


class Error(Exception):
    """Whatever the server or the connection says against a statement."""


class Warning(Exception):
    """Named by DB-API; never raised."""


class InterfaceError(Error):
    """The connection or cursor is closed or was not used as intended."""


class DatabaseError(Error):
    """The server refused a statement."""


class DataError(DatabaseError):
    """Named by DB-API; never raised."""


class OperationalError(DatabaseError):
    """The server cannot be reached, or refuses the login."""


class IntegrityError(DatabaseError):
    """Named by DB-API; never raised."""


class InternalError(DatabaseError):
    """Named by DB-API; never raised."""


class ProgrammingError(DatabaseError):
    """The statement is wrong: its syntax, a table, a type."""


class NotSupportedError(DatabaseError):
    """The server does not offer that."""


def explained(failure):
    """pyarrow's exceptions as DB-API's; the server's words without gRPC's around them."""
    text = str(failure).split(" gRPC client debug context")[0].removesuffix(".")
    text = re.sub(r"^Flight returned [^,]*, with message: ", "", text)
    if isinstance(failure, (flight.FlightUnavailableError, flight.FlightUnauthenticatedError)):
        return OperationalError(text)
    if isinstance(failure, pa.ArrowNotImplementedError):
        return NotSupportedError(text)
    if isinstance(failure, (pa.ArrowInvalid, pa.ArrowKeyError)):
        return ProgrammingError(text)
    return DatabaseError(text)


def connect(host="localhost", port=31337, user=None, password=None, tls=False, ca=None, token=None):
    """One connection; ca is the path of the certificates to trust, token a bearer token."""
    options = {}
    if ca is not None:
        with open(ca, "rb") as certificates:
            options["tls_root_certs"] = certificates.read()
    try:
        duck = FlashDuck(host, port, user, password, tls, **options)
    except pa.ArrowException as failure:
        raise explained(failure) from failure
    if token is not None:
        duck.login = [(b"authorization", b"Bearer " + token.encode())]
    return Connection(duck)


class Connection:
    def __init__(self, duck):
        self.duck = duck

    def cursor(self):
        return Cursor(self.duck)

    def commit(self):
        """Nothing to do: each statement has committed by itself."""

    def rollback(self):
        """Nothing to do, as there is no transaction."""

    def close(self):
        self.duck.client.close()


class Cursor:
    arraysize = 1000

    def __init__(self, duck):
        self.duck = duck
        self.description = None
        self.rowcount = -1
        self.lastrowid = None
        self.rows = iter(())

    def execute(self, sql, parameters=None):
        return self.executemany(sql, [tuple(parameters or ())])

    def executemany(self, sql, rows):
        rows = list(rows)
        try:
            self.run(sql, rows if rows and rows[0] else [])
        except (pa.ArrowException, flight.FlightError) as failure:
            raise explained(failure) from failure
        return self

    def run(self, sql, rows):
        """Prepares, binds, executes, closes; only the prepared schema tells a query from a change."""
        request = command("ActionCreatePreparedStatementRequest", f1=sql)
        created = self.act("CreatePreparedStatement", request)
        handle, columns = created[1], schema(created.get(2))
        try:
            bound = parameters(rows, schema(created.get(3)))
            if len(columns):
                self.query(handle, bound)
            else:
                update = command("CommandPreparedStatementUpdate", f1=handle)
                answers = self.put(update, bound if bound is not None else pa.table({}))
                self.description, self.rows = None, iter(())
                self.rowcount = Ack.decode(answers[-1]).rows
        finally:
            self.act(
                "ClosePreparedStatement", command("ActionClosePreparedStatementRequest", f1=handle)
            )

    def query(self, handle, bound):
        if bound is not None:
            answers = self.put(command("CommandPreparedStatementQuery", f1=handle), bound)
            handle = fields(answers[-1])[1]
        descriptor = flight.FlightDescriptor.for_command(
            command("CommandPreparedStatementQuery", f1=handle)
        )
        info = self.duck.client.get_flight_info(descriptor, self.duck.call())
        readers = [
            self.duck.client.do_get(endpoint.ticket, self.duck.call())
            for endpoint in info.endpoints
        ]
        self.description = [
            (field.name, str(field.type), None, None, None, None, field.nullable)
            for field in readers[0].schema
        ]
        self.rowcount = -1
        self.rows = tuples(readers)

    def act(self, name, body):
        results = list(self.duck.client.do_action(flight.Action(name, body), self.duck.call()))
        return fields(fields(results[0].body.to_pybytes())[2]) if results else {}

    def put(self, body, table):
        descriptor = flight.FlightDescriptor.for_command(body)
        writer, answers = self.duck.client.do_put(descriptor, table.schema, self.duck.call())
        with writer:
            writer.write_table(table)
            writer.done_writing()
            found = []
            while (answer := answers.read()) is not None:
                found.append(answer.to_pybytes())
        return found

    def fetchone(self):
        return next(self.rows, None)

    def fetchmany(self, size=None):
        return list(itertools.islice(self.rows, size or self.arraysize))

    def fetchall(self):
        return list(self.rows)

    def close(self):
        self.rows = iter(())

    def setinputsizes(self, sizes):
        """Not needed."""

    def setoutputsize(self, size, column=None):
        """Not needed."""


def schema(encoded):
    return pa.ipc.read_schema(pa.py_buffer(encoded)) if encoded else pa.schema([])


def parameters(rows, expected):
    """Rows of values as a table, or None; a column of nulls alone has the type that is expected."""
    if not rows:
        return None
    columns = []
    for index, values in enumerate(zip(*rows, strict=True)):
        column = pa.array(values)
        known = expected.field(index).type if index < len(expected) else pa.string()
        columns.append(column.cast(known) if pa.types.is_null(column.type) else column)
    return pa.table(columns, names=[f"parameter_{index + 1}" for index in range(len(columns))])


def tuples(readers):
    try:
        for reader in readers:
            for chunk in reader:
                yield from zip(*(column.to_pylist() for column in chunk.data.columns), strict=True)
    except (pa.ArrowException, flight.FlightError) as failure:
        raise explained(failure) from failure


# --- SQLAlchemy -----------------------------------------------------------------------------------

TYPES = {
    "BOOLEAN": types.Boolean,
    "TINYINT": types.SmallInteger,
    "SMALLINT": types.SmallInteger,
    "UTINYINT": types.SmallInteger,
    "INTEGER": types.Integer,
    "USMALLINT": types.Integer,
    "BIGINT": types.BigInteger,
    "UINTEGER": types.BigInteger,
    "UBIGINT": types.BigInteger,
    "HUGEINT": types.Numeric,
    "UHUGEINT": types.Numeric,
    "DECIMAL": types.Numeric,
    "FLOAT": types.Float,
    "DOUBLE": types.Float,
    "VARCHAR": types.String,
    "UUID": types.String,
    "BLOB": types.LargeBinary,
    "DATE": types.Date,
    "TIME": types.Time,
    "TIMESTAMP": types.DateTime,
    "INTERVAL": types.Interval,
    "JSON": types.String,
}


def type_of(name):
    """SQLAlchemy's type for DuckDB's; lists, structs and what else there is are unknown to it."""
    if name.endswith("]"):
        return types.NullType()
    kind, _, arguments = name.partition("(")
    if kind == "DECIMAL":
        return types.Numeric(*(int(each) for each in arguments.rstrip(")").split(",")))
    kind = kind.split("_")[0].split(" ")[0]
    found = TYPES.get(kind, types.NullType)
    return types.DateTime(timezone="TIME ZONE" in name) if kind == "TIMESTAMP" else found()


class FlashDuckDialect(default.DefaultDialect):
    """DuckDB's SQL, which is PostgreSQL's as far as SQLAlchemy writes it."""

    name = "flashduck"
    driver = "flightsql"
    default_paramstyle = "qmark"
    statement_compiler = postgresql.PGCompiler
    ddl_compiler = postgresql.PGDDLCompiler
    type_compiler = type_compiler_cls = postgresql.PGTypeCompiler
    preparer = postgresql.PGIdentifierPreparer
    supports_alter = False
    supports_sane_multi_rowcount = False
    supports_native_boolean = True
    supports_native_decimal = True
    supports_statement_cache = True
    supports_multivalues_insert = True
    supports_default_values = True
    postfetch_lastrowid = False
    _backslash_escapes = False

    @classmethod
    def import_dbapi(cls):
        return sys.modules[__name__]

    dbapi = import_dbapi  # SQLAlchemy 1.4 calls it so

    def __init__(self, **options):
        super().__init__(**options)
        self.dbapi = self.import_dbapi()

    def create_connect_args(self, url):
        given = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
        options = {name: value for name, value in given.items() if value is not None}
        query = dict(url.query)
        options["tls"] = query.pop("tls", "false").lower() in ("true", "1", "yes")
        options.update({name: query.pop(name) for name in ("ca", "token") if name in query})
        if query:
            raise exc.ArgumentError(
                f"unknown in the URL: {', '.join(query)}; known: tls, ca, token"
            )
        return [], options

    def _get_server_version_info(self, connection):
        return (1, 0)

    def _get_default_schema_name(self, connection):
        return "main"

    def get_isolation_level(self, dbapi_connection):
        return "AUTOCOMMIT"

    def get_default_isolation_level(self, dbapi_connection):
        return "AUTOCOMMIT"

    def do_rollback(self, dbapi_connection):
        """Nothing to roll back."""

    def _rows(self, connection, sql, *values):
        return connection.exec_driver_sql(sql, values).fetchall()

    def get_schema_names(self, connection, **_):
        sql = (
            "SELECT schema_name FROM information_schema.schemata WHERE catalog_name = ? ORDER BY 1"
        )
        hidden = ("information_schema", "pg_catalog")
        return [r[0] for r in self._rows(connection, sql, "flashduck_db") if r[0] not in hidden]

    def _names(self, connection, schema, kind):
        sql = (
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = ? AND table_type = ? ORDER BY 1"
        )
        return [row[0] for row in self._rows(connection, sql, schema or "main", kind)]

    def get_table_names(self, connection, schema=None, **_):
        return self._names(connection, schema, "BASE TABLE")

    def get_view_names(self, connection, schema=None, **_):
        return self._names(connection, schema, "VIEW")

    def has_table(self, connection, table_name, schema=None, **_):
        sql = "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?"
        return bool(self._rows(connection, sql, schema or "main", table_name))

    def get_columns(self, connection, table_name, schema=None, **_):
        sql = (
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position"
        )
        found = self._rows(connection, sql, schema or "main", table_name)
        if not found:
            raise exc.NoSuchTableError(table_name)
        return [
            {"name": name, "type": type_of(kind), "nullable": nullable == "YES", "default": None}
            for name, kind, nullable in found
        ]

    def get_pk_constraint(self, connection, table_name, schema=None, **_):
        sql = (
            "SELECT unnest(constraint_column_names) FROM duckdb_constraints()"
            " WHERE constraint_type = 'PRIMARY KEY' AND schema_name = ? AND table_name = ?"
        )
        key = [row[0] for row in self._rows(connection, sql, schema or "main", table_name)]
        return {"constrained_columns": key, "name": None}

    def get_foreign_keys(self, connection, table_name, schema=None, **_):
        return []

    def get_indexes(self, connection, table_name, schema=None, **_):
        return []

    def get_unique_constraints(self, connection, table_name, schema=None, **_):
        return []

    def get_check_constraints(self, connection, table_name, schema=None, **_):
        return []

    def get_table_comment(self, connection, table_name, schema=None, **_):
        return {"text": None}


registry.register("flashduck", __name__, "FlashDuckDialect")
