#!/usr/bin/env python3
"""Measures reads of one Flight SQL server, or of several in turn: A B A B … in one run.

    bench_read.py --server flashduck=grpc://localhost:31337 --server peer=grpc://localhost:31400 \\
        --query 'lineitem=SELECT * FROM lineitem' --rounds 9 --json read.json

For each query and server: rows and bytes per second, time to the first batch, and CPU seconds of
the server if its process is named (--pid flashduck=4711). With several servers each round runs all
of them one after the other, and the ratio of two servers is the median of the ratios per round, so
that a slow minute of the machine hits both. The first server is the one that is compared; ratios
above 1 mean that it is faster. Bytes are Arrow's in memory, without what gRPC adds.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import flight

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
from flashduck_client import command  # noqa: E402


@dataclass
class Read:
    """One pass over a result by all clients together."""

    seconds: float
    first_batch_seconds: float
    rows: int
    bytes: int
    server_cpu_seconds: float | None


def read_once(client, sql, options):
    """(rows, bytes, seconds to the first batch) of one query, each batch dropped at once."""
    begun = time.perf_counter()
    descriptor = flight.FlightDescriptor.for_command(command("CommandStatementQuery", f1=sql))
    info = client.get_flight_info(descriptor, options)
    rows = size = 0
    first = None
    for endpoint in info.endpoints:
        reader = client.do_get(endpoint.ticket, options)
        while True:
            try:
                batch = reader.read_chunk().data
            except StopIteration:
                break
            first = first or time.perf_counter() - begun
            rows += batch.num_rows
            size += batch.get_total_buffer_size() if batch.num_rows == 0 else batch.nbytes
    return rows, size, first or time.perf_counter() - begun


class Server:
    """A server under test and the connections to it."""

    def __init__(self, name, url, clients, login, pid):
        self.name = name
        self.clients = [flight.FlightClient(url) for _ in range(clients)]
        self.pid = pid
        headers = [self.clients[0].authenticate_basic_token(*login)] if login else []
        self.options = flight.FlightCallOptions(headers=headers)

    def cpu_seconds(self):
        """User and system time of the process so far; None if it is not known."""
        if self.pid is None:
            return None
        after_name = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def read(self, sql):
        """All clients run the query at the same time."""
        results = [None] * len(self.clients)
        failures = []

        def run(number):
            try:
                results[number] = read_once(self.clients[number], sql, self.options)
            except Exception as failure:  # reported by the thread that waits
                failures.append(failure)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(len(self.clients))]
        cpu = self.cpu_seconds()
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        if failures:
            raise failures[0]
        return Read(
            seconds,
            statistics.median(first for _, _, first in results),
            sum(rows for rows, _, _ in results),
            sum(size for _, size, _ in results),
            None if cpu is None else self.cpu_seconds() - cpu,
        )


def summary(reads):
    seconds = statistics.median(read.seconds for read in reads)
    cpu = [read.server_cpu_seconds for read in reads if read.server_cpu_seconds is not None]
    return {
        "seconds": seconds,
        "seconds_best": min(read.seconds for read in reads),
        "seconds_worst": max(read.seconds for read in reads),
        "first_batch_ms": 1000 * statistics.median(r.first_batch_seconds for r in reads),
        "rows": reads[0].rows,
        "bytes": reads[0].bytes,
        "rows_per_second": reads[0].rows / seconds,
        "bytes_per_second": reads[0].bytes / seconds,
        "server_cpu_seconds": statistics.median(cpu) if cpu else None,
        "rounds": [asdict(read) for read in reads],
    }


def measure(servers, sql, warmups, rounds):
    """{server: [Read, …]}, the servers taking turns; every other round in the opposite order."""
    reads = {server.name: [] for server in servers}
    for number in range(-warmups, rounds):
        for server in servers if number % 2 == 0 else reversed(servers):
            read = server.read(sql)
            if number >= 0:
                reads[server.name].append(read)
    return reads


def ratios(reads, first):
    """How many times as fast the first server is, per other server: median and spread."""
    answer = {}
    for other, theirs in reads.items():
        if other != first:
            pairs = sorted(b.seconds / a.seconds for a, b in zip(reads[first], theirs, strict=True))
            answer[other] = {"median": statistics.median(pairs), "low": pairs[0], "high": pairs[-1]}
    return answer


def report(query, entry):
    print(f"\n{query}")
    print(f"  {'server':<14}{'seconds':>9}{'M rows/s':>10}{'MB/s':>9}{'first ms':>10}{'CPU s':>8}")
    for name, s in entry["servers"].items():
        cpu = "" if s["server_cpu_seconds"] is None else f"{s['server_cpu_seconds']:.2f}"
        print(
            f"  {name:<14}{s['seconds']:>9.4f}{s['rows_per_second'] / 1e6:>10.2f}"
            f"{s['bytes_per_second'] / 1e6:>9.0f}{s['first_batch_ms']:>10.2f}{cpu:>8}"
        )
    for other, r in entry["ratios"].items():
        print(
            f"  {entry['first']} : {other} = {r['median']:.2f} ({r['low']:.2f} to {r['high']:.2f})"
        )


def named(texts):
    return dict(text.split("=", 1) for text in texts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--server", action="append", required=True, metavar="NAME=URL")
    parser.add_argument("--query", action="append", required=True, metavar="NAME=SQL")
    parser.add_argument("--pid", action="append", default=[], metavar="NAME=PID")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warmups", type=int, default=2)
    parser.add_argument("--clients", type=int, default=1, help="connections at the same time")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--json", metavar="FILE", help="where to write everything measured")
    options = parser.parse_args()

    login = (options.user, options.password) if options.user else None
    pids = named(options.pid)
    servers = [
        Server(name, url, options.clients, login, pids.get(name))
        for name, url in named(options.server).items()
    ]
    first = servers[0].name
    results = {}
    for query, sql in named(options.query).items():
        reads = measure(servers, sql, options.warmups, options.rounds)
        counts = {name: passes[0].rows for name, passes in reads.items()}
        if len(set(counts.values())) > 1:
            print(
                f"{query}: the servers do not return the same number of rows: {counts}",
                file=sys.stderr,
            )
            return 1
        results[query] = {
            "sql": sql,
            "first": first,
            "servers": {name: summary(passes) for name, passes in reads.items()},
            "ratios": ratios(reads, first),
        }
        report(query, results[query])
    if options.json:
        about = {"cpus": os.cpu_count(), "machine": platform.machine(), "pyarrow": pa.__version__}
        run = {
            "about": about,
            "clients": options.clients,
            "rounds": options.rounds,
            "queries": results,
        }
        Path(options.json).write_text(json.dumps(run, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
