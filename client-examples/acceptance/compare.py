"""Equality of results and of tables, with the reason when they differ."""

import datetime
import decimal
import math

Number = (int, float, decimal.Decimal)


def cell_equal(actual, expected):
    """Equal values; floating point up to the last digits, as sums depend on the order of rows."""
    if isinstance(actual, float) or isinstance(expected, float):
        if isinstance(actual, Number) and isinstance(expected, Number):
            return math.isclose(float(actual), float(expected), rel_tol=1e-9, abs_tol=1e-9)
        return False
    return actual == expected


def results_equal(actual_names, actual, expected_names, expected):
    """Two results as lists of rows, in order; names must agree too."""
    assert list(actual_names) == list(expected_names), (
        f"columns {actual_names}, not {expected_names}"
    )
    assert len(actual) == len(expected), f"{len(actual)} rows, not {len(expected)}"
    for number, (mine, theirs) in enumerate(zip(actual, expected, strict=True)):
        for name, left, right in zip(actual_names, mine, theirs, strict=True):
            assert cell_equal(left, right), f"row {number}, {name}: {left!r}, not {right!r}"


def parse_like(text, example):
    """A cell of a text file as the type of the expected cell."""
    if text == "\\N":
        return None
    if isinstance(example, bool):
        return text == "true"
    if isinstance(example, int):
        return int(decimal.Decimal(text))
    if isinstance(example, float):
        return float(text)
    if isinstance(example, decimal.Decimal):
        return decimal.Decimal(text)
    if isinstance(example, datetime.datetime):
        return datetime.datetime.fromisoformat(text)
    if isinstance(example, datetime.date):
        return datetime.date.fromisoformat(text[:10])
    return text


def tables_equal(db, actual, expected):
    """Two relations of a local DuckDB, as sets of rows with their counts.

    Compares a sum of row hashes first, which is fast, and shows differing rows if it is not the same.
    """
    columns = [
        (name, kind) for name, kind, *_ in db.execute(f"DESCRIBE FROM {expected}").fetchall()
    ]
    names = [name for name, *_ in db.execute(f"DESCRIBE FROM {actual}").fetchall()]
    assert names == [name for name, _ in columns], f"columns {names}, not {columns}"
    casts = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns)
    fingerprint = (
        f"count(*), sum(hash({', '.join(chr(34) + name + chr(34) for name in names)})::HUGEINT)"
    )

    def of(relation):
        return db.execute(f"SELECT {fingerprint} FROM (SELECT {casts} FROM {relation})").fetchone()

    mine, theirs = of(actual), of(expected)
    if mine == theirs:
        return mine[0]
    extra, missing = (
        db.execute(
            f"SELECT * FROM (SELECT {casts} FROM {left} EXCEPT ALL SELECT {casts} FROM {right}) LIMIT 3"
        ).fetchall()
        for left, right in ((actual, expected), (expected, actual))
    )
    raise AssertionError(
        f"{mine[0]} rows, expected {theirs[0]}; only in actual: {extra}; only in expected: {missing}"
    )
