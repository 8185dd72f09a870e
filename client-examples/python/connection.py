"""The command line of the examples: [HOST [PORT [USER PASSWORD]]]."""

import sys

from flashduck_client import FlashDuck


def connect():
    host, port, user, password = (
        sys.argv[1:] + ["localhost", "31337", None, None][len(sys.argv) - 1 :]
    )[:4]
    return FlashDuck(host, int(port), user, password)


def expect(what, expected, actual):
    """Prints what came back; a wrong result ends the example with exit code 1."""
    if expected != actual:
        sys.exit(f"{what}: expected {expected}, but got {actual}")
    print(f"{what}: {actual}")
