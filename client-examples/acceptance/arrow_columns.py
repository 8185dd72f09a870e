"""Columns of every type that pyarrow can send: what each becomes in a table, or why it is refused."""

import datetime
import decimal
import struct
import uuid

import pyarrow as pa

POINT = struct.pack("<BIdd", 1, 1, 1, 2)


def one(value, arrow_type):
    """A value and a null."""
    return pa.array([value, None], arrow_type)


def decimals(arrow_type):
    return one(decimal.Decimal("1.25"), arrow_type)


def encoded(values):
    """Two rows that name the first value."""
    return pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), values.slice(0, 1))


def lists(values):
    """A list of the first value, then an empty one."""
    return pa.ListArray.from_arrays(pa.array([0, 1, 1], pa.int32()), values.slice(0, 1))


def union(codes, names=("a", "b"), children=None):
    tags = pa.array([codes[0], codes[1]], pa.int8())
    children = children or [pa.array([1, 2]), pa.array([3, 4])]
    return pa.UnionArray.from_sparse(tags, children, list(names), list(codes))


def extended(values, name, metadata=""):
    """A column with the metadata of an extension type that pyarrow does not know."""
    kind = {"ARROW:extension:name": name, "ARROW:extension:metadata": metadata}
    return pa.table([values], schema=pa.schema([pa.field("c", values.type, metadata=kind)]))


def column(values):
    return values if isinstance(values, pa.Table) else pa.table({"c": values})


def together(columns):
    """One table of all, with the columns c0, c1 and so on."""
    tables = [column(values) for values in columns]
    fields = [table.schema.field(0).with_name(f"c{i}") for i, table in enumerate(tables)]
    return pa.table([table.column(0) for table in tables], schema=pa.schema(fields))


def stored():
    """By name: the column, DuckDB's type of it, and its values as text."""
    day, epoch = datetime.date(2026, 1, 1), "1970-01-01 00:00:00"
    numbers = {
        pa.int8(): "TINYINT",
        pa.int16(): "SMALLINT",
        pa.int32(): "INTEGER",
        pa.int64(): "BIGINT",
        pa.uint8(): "UTINYINT",
        pa.uint16(): "USMALLINT",
        pa.uint32(): "UINTEGER",
        pa.uint64(): "UBIGINT",
    }
    cases = {str(arrow): (one(1, arrow), duck, ["1", None]) for arrow, duck in numbers.items()}
    cases |= {
        "null": (pa.nulls(2), "VARCHAR", [None, None]),
        "bool": (one(True, pa.bool_()), "BOOLEAN", ["true", None]),
        "float32": (one(1.5, pa.float32()), "FLOAT", ["1.5", None]),
        "float64": (one(1.5, pa.float64()), "DOUBLE", ["1.5", None]),
        "decimal128": (decimals(pa.decimal128(30, 2)), "DECIMAL(30,2)", ["1.25", None]),
        "utf8": (one("a", pa.utf8()), "VARCHAR", ["a", None]),
        "large_utf8": (one("a", pa.large_utf8()), "VARCHAR", ["a", None]),
        "utf8_view": (one("more than twelve", pa.string_view()), "VARCHAR", ["more than twelve", None]),
        "binary": (one(b"a", pa.binary()), "BLOB", ["a", None]),
        "large_binary": (one(b"a", pa.large_binary()), "BLOB", ["a", None]),
        "binary_view": (one(b"more than twelve", pa.binary_view()), "BLOB", ["more than twelve", None]),
        "fixed_size_binary": (one(b"abc", pa.binary(3)), "BLOB", ["abc", None]),
        "date32": (one(day, pa.date32()), "DATE", ["2026-01-01", None]),
        "date64": (one(day, pa.date64()), "DATE", ["2026-01-01", None]),
        "time32_s": (one(1, pa.time32("s")), "TIME", ["00:00:01", None]),
        "time32_ms": (one(1, pa.time32("ms")), "TIME", ["00:00:00.001", None]),
        "time64_us": (one(1, pa.time64("us")), "TIME", ["00:00:00.000001", None]),
        "time64_ns": (one(1, pa.time64("ns")), "TIME_NS", ["00:00:00.000000001", None]),
        "month_day_nano": (
            one(pa.MonthDayNano([1, 2, 3000]), pa.month_day_nano_interval()),
            "INTERVAL", ["1 month 2 days 00:00:00.000003", None]),
        "list": (one([1], pa.list_(pa.int32())), "INTEGER[]", ["[1]", None]),
        "fixed_size_list": (one([1, 2], pa.list_(pa.int32(), 2)), "INTEGER[2]", ["[1, 2]", None]),
        "struct": (one({"a": 1}, pa.struct({"a": pa.int32()})), "STRUCT(a INTEGER)", ["{'a': 1}", None]),
        "map": (one([("k", 1)], pa.map_(pa.utf8(), pa.int32())), "MAP(VARCHAR, INTEGER)", ["{k=1}", None]),
        "union": (
            union([0, 1], children=[pa.array([1, 2]), pa.array(["x", "y"])]),
            "UNION(a BIGINT, b VARCHAR)", ["1", "y"]),
        "union of one type": (union([0, 1]), "UNION(a BIGINT, b BIGINT)", ["1", "4"]),
        "union with other ids": (union([7, 5]), "UNION(a BIGINT, b BIGINT)", ["1", "4"]),
        "list of unions": (lists(union([7, 5])), "UNION(a BIGINT, b BIGINT)[]", ["[1]", "[]"]),
        "dictionary": (encoded(pa.array(["a"])), "VARCHAR", ["a", "a"]),
        "dictionary of int64": (encoded(pa.array([1])), "BIGINT", ["1", "1"]),
        "dictionary of decimals": (encoded(decimals(pa.decimal128(5, 2))), "DECIMAL(5,2)", ["1.25", "1.25"]),
        "dictionary of views": (encoded(one("a", pa.string_view())), "VARCHAR", ["a", "a"]),
        "dictionary of lists": (encoded(pa.array([[1]])), "BIGINT[]", ["[1]", "[1]"]),
        "dictionary of structs": (encoded(pa.array([{"a": 1}])), "STRUCT(a BIGINT)", ["{'a': 1}", "{'a': 1}"]),
        "list of dictionaries": (lists(encoded(pa.array(["a"]))), "VARCHAR[]", ["[a]", "[]"]),
        "struct of dictionaries": (
            pa.StructArray.from_arrays([encoded(pa.array(["a"]))], ["x"]),
            "STRUCT(x VARCHAR)", ["{'x': a}", "{'x': a}"]),
        "arrow.uuid": (one(uuid.UUID(int=1).bytes, pa.uuid()), "UUID", [str(uuid.UUID(int=1)), None]),
        "arrow.json": (one('{"a":1}', pa.json_()), "JSON", ['{"a":1}', None]),
        "arrow.bool8": (
            pa.ExtensionArray.from_storage(pa.bool8(), one(1, pa.int8())), "BOOLEAN", ["true", None]),
        "arrow.opaque": (
            pa.ExtensionArray.from_storage(pa.opaque(pa.binary(), "x", "y"), one(b"a", pa.binary())),
            "BLOB", ["a", None]),
        "arrow.fixed_shape_tensor": (
            pa.ExtensionArray.from_storage(
                pa.fixed_shape_tensor(pa.int32(), [2]), one([1, 2], pa.list_(pa.int32(), 2))),
            "INTEGER[2]", ["[1, 2]", None]),
        "geoarrow.wkb": (
            extended(one(POINT, pa.binary()), "geoarrow.wkb", "{}"), "GEOMETRY", ["POINT (1 2)", None]),
        "geoarrow.wkb with a reference system": (
            extended(one(POINT, pa.binary()), "geoarrow.wkb", '{"crs":"OGC:CRS84"}'),
            "GEOMETRY('OGC:CRS84')", ["POINT (1 2)", None]),
        "an extension type of somebody": (
            extended(one("a", pa.utf8()), "my.own"), "VARCHAR", ["a", None]),
    }  # fmt: skip
    shown = {"s": ":01", "ms": ".001", "us": ".000001", "ns": ".000000001"}
    zoned = {"ns": "TIMESTAMPTZ_NS"}
    plain = {"s": "TIMESTAMP_S", "ms": "TIMESTAMP_MS", "us": "TIMESTAMP", "ns": "TIMESTAMP_NS"}
    for unit, end in shown.items():
        text = epoch[:-3] + end if unit == "s" else epoch + end
        cases[f"timestamp_{unit}"] = (one(1, pa.timestamp(unit)), plain[unit], [text, None])
        for zone in ("UTC", "Europe/Paris", "+02:00"):
            duck = zoned.get(unit, "TIMESTAMP WITH TIME ZONE")
            values = one(1, pa.timestamp(unit, zone))
            cases[f"timestamp_{unit} {zone}"] = (values, duck, [text + "+00", None])
        if unit != "ns":
            text = "00:00" + end if unit == "s" else "00:00:00" + end
            cases[f"duration_{unit}"] = (one(1, pa.duration(unit)), "INTERVAL", [text, None])
    cases["duration_ns"] = (one(1000, pa.duration("ns")), "INTERVAL", ["00:00:00.000001", None])
    return cases


def refused():
    """By name: the column, and what the message says."""
    ints, floats = pa.int32(), one(1.5, pa.float16())
    wide = decimals(pa.decimal256(50, 2))
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2], ints), pa.array(["a"]))
    dense = pa.UnionArray.from_dense(
        pa.array([0, 1], pa.int8()), pa.array([0, 0], ints), [pa.array([1]), pa.array(["a"])]
    )
    twice = pa.struct([pa.field("a", ints), pa.field("a", ints)])
    cases = {
        "float16": (floats, ("column c", "Float16", "Float32")),
        "list of float16": (lists(floats), ("column c", "Float16", "Float32")),
        "dictionary of float16": (encoded(floats), ("column c", "Float16", "Float32")),
        "decimal32": (decimals(pa.decimal32(5, 2)), ("Decimal32", "Decimal128")),
        "decimal64": (decimals(pa.decimal64(12, 2)), ("Decimal64", "Decimal128")),
        "list of decimal32": (lists(decimals(pa.decimal32(5, 2))), ("Decimal32", "Decimal128")),
        "decimal256": (wide, ("column c", "Decimal256", "Decimal128")),
        "list of decimal256": (lists(wide), ("column c", "Decimal256", "Decimal128")),
        "large_list": (one([1], pa.large_list(ints)), ("column c", "LargeList", "send a List")),
        "list_view": (one([1], pa.list_view(ints)), ("column c", "ListView", "send a List")),
        "large_list_view": (one([1], pa.large_list_view(ints)), ("column c", "LargeListView", "send a List")),
        "fixed_size_list of none": (one([], pa.list_(ints, 0)), ("column c", "size 0", "send a List")),
        "struct of nothing": (one({}, pa.struct([])), ("column c", "without members")),
        "struct with a name twice": (pa.nulls(2, twice), ("column c", "the name a", "its own")),
        "dense union": (dense, ("column c", "dense Union", "sparse")),
        "run-end encoded": (runs, ("column c", "run-end encoded", "send its values")),
        "dictionary of dictionaries": (encoded(encoded(pa.array(["a"]))), ("dictionar", "send")),
        "arrow.json that is none": (one("{'a'}", pa.json_()), ("column c", "JSON", "row 1", "{'a'}")),
        "geoarrow.wkb that is none": (
            extended(one(POINT[:-1], pa.binary()), "geoarrow.wkb", "{}"), ("column c", "GEOMETRY")),
        "a map with a key twice": (
            one([("k", 1), ("k", 2)], pa.map_(pa.utf8(), ints)), ("column c", "row 1", "k", "once")),
    }  # fmt: skip
    return cases
