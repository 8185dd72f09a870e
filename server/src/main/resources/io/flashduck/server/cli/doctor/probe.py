"""Connects as a Python program would, and prints one JSON object per client.

Reads its settings as JSON from standard input; run by `flashduck doctor`.
"""

import base64
import json
import sys

settings = json.load(sys.stdin)


def say(client, state, text):
    print(json.dumps({"client": client, "state": state, "text": text}), flush=True)


def attempt(client, package, connect):
    try:
        version = connect()
    except ImportError as missing:
        if (missing.name or "").split(".")[0] == package.split(".")[0]:
            say(client, "missing", f"{package} is not installed in {sys.executable}")
        else:
            say(client, "failed", f"{type(missing).__name__}: {missing}")
    except Exception as failure:
        say(client, "failed", f"{type(failure).__name__}: {failure}")
    else:
        say(client, "ok", f"{version} in {sys.executable}")


def with_pyarrow():
    import pyarrow
    from pyarrow import flight

    trust = {}
    if settings["tls"] and not settings["verify"]:
        trust["disable_server_verification"] = True
    elif settings["tls"] and settings["certificates"]:
        trust["tls_root_certs"] = settings["certificates"].encode()
    with flight.connect(settings["location"], **trust) as client:
        headers = []
        if settings["user"] is not None:
            wait = flight.FlightCallOptions(timeout=20)
            headers.append(
                client.authenticate_basic_token(settings["user"], settings["password"], wait)
            )
        elif settings["token"] is not None:
            headers.append((b"authorization", b"Bearer " + settings["token"].encode()))
        options = flight.FlightCallOptions(timeout=20, headers=headers)
        command = base64.b64decode(settings["command"])
        info = client.get_flight_info(flight.FlightDescriptor.for_command(command), options)
        for endpoint in info.endpoints:
            client.do_get(endpoint.ticket, options).read_all()
    return f"pyarrow {pyarrow.__version__}"


def with_adbc():
    import adbc_driver_flightsql
    import adbc_driver_flightsql.dbapi as flight_sql

    options = {}
    if settings["user"] is not None:
        options["username"], options["password"] = settings["user"], settings["password"]
    elif settings["token"] is not None:
        options["adbc.flight.sql.authorization_header"] = "Bearer " + settings["token"]
    if settings["tls"] and not settings["verify"]:
        options["adbc.flight.sql.client_option.tls_skip_verify"] = "true"
    elif settings["tls"] and settings["certificates"]:
        options["adbc.flight.sql.client_option.tls_root_certs"] = settings["certificates"]
    with (
        flight_sql.connect(settings["location"], db_kwargs=options, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1")
        cursor.fetchall()
    return f"adbc_driver_flightsql {adbc_driver_flightsql.__version__}"


attempt("pyarrow", "pyarrow", with_pyarrow)
attempt("ADBC, Python", "adbc_driver_flightsql", with_adbc)
