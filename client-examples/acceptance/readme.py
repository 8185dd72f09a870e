#!/usr/bin/env python3
"""Runs what the README says, as it says it: its shell commands in order, and its Python.

A command that serves is left running until the next one that serves; the others must end with 0.
Building, cloning, installing and containers are CI's own work and left out.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys

from harness import EXAMPLES, REPOSITORY, Suite, scratch, stop_everything, wait_until

SHELL = ("", "sh", "bash", "shell", "console")
LEFT_OUT = ("./mvnw", "git", "cd", "docker", "pip", "python -m pip", "python3 -m pip", "sudo")
PORT = 31337


def blocks(text):
    """(language, text) of each fenced block."""
    return re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(block):
    """The commands of a shell block: continued lines joined, comments and prompts removed."""
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words and not line.startswith((" ", "\t")):
            yield line.removeprefix("$ "), words


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Background:
    """A server of the README, with the default ports."""

    def __init__(self, line, folder, environment):
        assert not listening(PORT), f"port {PORT} is in use; the README's commands need it"
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", line.rstrip(" &")],
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self):
        def answers():
            if self.process.poll() is not None:
                raise SystemExit(self.log.read_text())
            return listening(PORT)

        wait_until("it listens", answers, 120)

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)


def serves(words):
    return words[0].endswith("flashduck") and words[1:2] in (["demo"], ["serve"])


def main():
    suite = Suite("README")
    home = scratch("home")
    environment = {
        **os.environ,
        "HOME": str(home),
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
        "PYTHONPATH": str(EXAMPLES / "python"),
    }
    server = None
    try:
        for language, block in blocks((REPOSITORY / "README.md").read_text()):
            if language == "python":
                with suite.check(f"Python: {block.splitlines()[0]} …"):
                    finish([sys.executable, "-c", block], environment)
            for line, words in commands(block) if language in SHELL else ():
                if line.startswith(LEFT_OUT):
                    continue
                with suite.check(line):
                    if serves(words) and "--help" not in words:
                        if server:
                            server.stop()
                        server = Background(line, scratch("server"), environment)
                        server.ready()
                    else:
                        finish(["bash", "-c", line], environment)
    finally:
        if server:
            server.stop()
        stop_everything()
    suite.finish()


def finish(command, environment):
    """Runs it to its end; a shell that asks for SQL gets a statement."""
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        input="SELECT 1;\n",
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"exit code {done.returncode}: {done.stdout} {done.stderr}"


if __name__ == "__main__":
    main()
