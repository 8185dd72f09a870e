"""What the suites share: counting checks, starting and stopping servers, waiting with a limit."""

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent
REPOSITORY = EXAMPLES.parent
FLASHDUCK = Path(os.environ.get("ACCEPTANCE_COMMAND", REPOSITORY / "flashduck"))
RUN_JAVA = EXAMPLES / "run-java"
# DuckDB reads pyarrow tables through Acero, which warns of every buffer as Flight received it.
os.environ.setdefault("ACERO_ALIGNMENT_HANDLING", "ignore")
sys.path.insert(0, str(EXAMPLES / "python"))

from flashduck_client import FlashDuck  # noqa: E402

START_SECONDS = 120
STOP_SECONDS = 30


class Suite:
    """Runs checks one by one, goes on after a failure, and counts."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = []
        self.begun = time.monotonic()
        self.finished = False
        atexit.register(self.cut_short)
        print(f"== {name}", flush=True)

    @contextlib.contextmanager
    def check(self, what):
        begun = time.monotonic()
        try:
            yield
        except Exception as failure:
            self.failed.append(what)
            print(f"  FAILED {what}: {type(failure).__name__}: {shorten(str(failure))}", flush=True)
            if not isinstance(failure, AssertionError):
                frames = traceback.extract_tb(failure.__traceback__)
                print(
                    "".join(f"      {f.name}, line {f.lineno}: {f.line}\n" for f in frames[-3:]),
                    end="",
                )
        else:
            self.passed += 1
            print(f"  passed {what} ({time.monotonic() - begun:.1f} s)", flush=True)

    def finish(self):
        """Prints the counts as the last line and ends the program."""
        self.finished = True
        stop_everything()
        for what in self.failed:
            print(f"  failed: {what}")
        print(f"{self.name}: {time.monotonic() - self.begun:.0f} s")
        print(f"{self.passed} passed, {len(self.failed)} failed", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)

    def cut_short(self):
        """A suite that ended before its end has failed, and says so in its last line as well."""
        if not self.finished:
            stop_everything()
            print(f"  failed: {self.name} was cut short")
            print(f"{self.passed} passed, {len(self.failed) + 1} failed", flush=True)


def shorten(text, limit=1500):
    return text if len(text) <= limit else text[:limit] + " …"


def same(actual, expected, what="value"):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


def contains(text, *parts):
    for part in parts:
        assert part.lower() in text.lower(), f"no {part!r} in: {text!r}"


def wait_until(what, condition, seconds=10, interval=0.05):
    """The first true answer of condition; an error with the last answer after the limit.

    The condition may raise: the error counts as "not yet" and is shown if it stays.
    """
    limit = time.monotonic() + seconds
    last = None
    while time.monotonic() < limit:
        try:
            last = condition()
            if last:
                return last
        except Exception as failure:
            last = failure
        time.sleep(interval)
    raise AssertionError(f"{what}: not within {seconds} s; last: {last!r}")


def free_ports(count):
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


SCRATCH = Path(tempfile.mkdtemp(prefix="flashduck-"))
running = []


def scratch(name):
    """A new folder, removed at exit."""
    folder = Path(tempfile.mkdtemp(prefix=name + "-", dir=SCRATCH))
    folder.chmod(0o755)
    return folder


def stop_everything():
    for server in list(running):
        server.stop()


@atexit.register
def clean_up():
    stop_everything()
    if os.environ.get("ACCEPTANCE_KEEP"):
        print(f"kept: {SCRATCH}")
    else:
        for folder, _, _ in os.walk(SCRATCH):
            with contextlib.suppress(OSError):
                os.chmod(folder, 0o755)
        shutil.rmtree(SCRATCH, ignore_errors=True)


for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda *_: sys.exit(130))


class Server:
    """One server process: `flashduck serve` or `flashduck demo` on free ports."""

    def __init__(self, *arguments, command="serve", prefix=(), environment=None):
        self.port, self.http_port = free_ports(2)
        ports = ["--port", str(self.port), "--http-port", str(self.http_port)]
        self.log_file = scratch("server") / "log"
        self.command = [*prefix, str(FLASHDUCK), command, *map(str, arguments), *ports]
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        running.append(self)

    def log(self):
        return self.log_file.read_text(errors="replace")

    def client(self, **options):
        return FlashDuck("localhost", self.port, **options)

    def ready(self, seconds=START_SECONDS, **login):
        """Waits until it answers a query; returns a client."""

        def answers():
            if self.process.poll() is not None:
                raise SystemExit(
                    f"{' '.join(self.command)} ended with {self.process.returncode}:\n{self.log()}"
                )
            client = self.client(**login)
            try:
                client.query("SELECT 1")
            except Exception:
                client.client.close()
                raise
            return client

        try:
            return wait_until("the server answers", answers, seconds, interval=0.1)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{shorten(self.log(), 5000)}") from None

    def stop(self):
        """Asks it to stop, then makes it; returns the exit code."""
        if self in running:
            running.remove(self)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                print(f"  the server did not stop within {STOP_SECONDS} s: killed")
                self.kill()
        return self.process.wait(STOP_SECONDS)

    def kill(self):
        """No goodbye: as if the power went."""
        if self in running:
            running.remove(self)
        self.signal(signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def flashduck(*arguments, seconds=60, **options):
    """Runs one command to its end: a CompletedProcess with text in stdout and stderr."""
    return subprocess.run(
        [FLASHDUCK, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
        **options,
    )


def footer(parquet_file):
    """FlashDuck's entries in the footer of a consolidated file, as text, and its row count."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(parquet_file)
    own = {
        key.decode().removeprefix("flashduck."): value.decode()
        for key, value in (metadata.metadata or {}).items()
        if key.startswith(b"flashduck.")
    }
    return own, metadata.num_rows


def show(value):
    """Anything as one line of JSON."""
    return json.dumps(value, default=str)
