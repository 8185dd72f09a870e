"""TPC-H as people's folders look: eight tables in eight ways of keeping a table in files.

| table    | kept as                                                          |
| lineitem | a folder named in tables.yaml, Parquet, Hive-partitioned by year |
| orders   | one Parquet file; tables.yaml declares its key                   |
| customer | CSV                                                              |
| part     | two files of one table, part_partition_N.csv.gz                  |
| partsupp | newline JSON                                                     |
| supplier | an Arrow IPC file                                                |
| nation   | JSON                                                             |
| region   | TSV                                                              |
"""

import subprocess
from pathlib import Path

import duckdb
import pyarrow as pa

MONEY = "DECIMAL(15, 2)"
COLUMNS = {
    "lineitem": {
        "l_orderkey": "BIGINT", "l_partkey": "BIGINT", "l_suppkey": "BIGINT",
        "l_linenumber": "INTEGER", "l_quantity": MONEY, "l_extendedprice": MONEY,
        "l_discount": MONEY, "l_tax": MONEY, "l_returnflag": "VARCHAR",
        "l_linestatus": "VARCHAR", "l_shipdate": "DATE", "l_commitdate": "DATE",
        "l_receiptdate": "DATE", "l_shipinstruct": "VARCHAR", "l_shipmode": "VARCHAR",
        "l_comment": "VARCHAR",
    },
    "orders": {
        "o_orderkey": "BIGINT", "o_custkey": "BIGINT", "o_orderstatus": "VARCHAR",
        "o_totalprice": MONEY, "o_orderdate": "DATE", "o_orderpriority": "VARCHAR",
        "o_clerk": "VARCHAR", "o_shippriority": "INTEGER", "o_comment": "VARCHAR",
    },
    "customer": {
        "c_custkey": "BIGINT", "c_name": "VARCHAR", "c_address": "VARCHAR",
        "c_nationkey": "INTEGER", "c_phone": "VARCHAR", "c_acctbal": MONEY,
        "c_mktsegment": "VARCHAR", "c_comment": "VARCHAR",
    },
    "part": {
        "p_partkey": "BIGINT", "p_name": "VARCHAR", "p_mfgr": "VARCHAR", "p_brand": "VARCHAR",
        "p_type": "VARCHAR", "p_size": "INTEGER", "p_container": "VARCHAR",
        "p_retailprice": MONEY, "p_comment": "VARCHAR",
    },
    "partsupp": {
        "ps_partkey": "BIGINT", "ps_suppkey": "BIGINT", "ps_availqty": "INTEGER",
        "ps_supplycost": MONEY, "ps_comment": "VARCHAR",
    },
    "supplier": {
        "s_suppkey": "BIGINT", "s_name": "VARCHAR", "s_address": "VARCHAR",
        "s_nationkey": "INTEGER", "s_phone": "VARCHAR", "s_acctbal": MONEY,
        "s_comment": "VARCHAR",
    },
    "nation": {
        "n_nationkey": "INTEGER", "n_name": "VARCHAR", "n_regionkey": "INTEGER",
        "n_comment": "VARCHAR",
    },
    "region": {"r_regionkey": "INTEGER", "r_name": "VARCHAR", "r_comment": "VARCHAR"},
}  # fmt: skip

# How DuckDB itself reads each table from the folder.
READERS = {
    "lineitem": "read_parquet('{data}/lineitem/*/*.parquet', hive_partitioning = true)",
    "orders": "read_parquet('{data}/orders.parquet')",
    "customer": "read_csv('{data}/customer.csv')",
    "part": "read_csv('{data}/part_partition_*.csv.gz')",
    "partsupp": "read_json('{data}/partsupp.ndjson', format = 'newline_delimited')",
    "nation": "read_json('{data}/nation.json')",
    "region": "read_csv('{data}/region.tsv')",
}

TABLES_YAML = """\
tables:
  orders:
    key: [o_orderkey]
  lineitem:
    path: lineitem
    hive_partitioning: true
"""


def generate(run_java: Path, folder: Path, scale: float):
    """The text of the official generator; ten seconds for scale factor 1 on two cores."""
    subprocess.run([run_java, "tpch.TpchData", folder, str(scale)], check=True)


def write(text: Path, data: Path):
    """Turns the generator's text into the folder of the table above."""
    db = duckdb.connect()
    data.mkdir(parents=True)

    def rows(table):
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS[table].items())
        return (
            f"SELECT * FROM read_csv('{text}/{table}.*.tbl', delim = '|', quote = '', escape = '',"
            f" header = false, columns = {{{columns}}})"
        )

    def copy(select, target, options):
        db.execute(f"COPY ({select}) TO '{data}/{target}' ({options})")

    (data / "tables.yaml").write_text(TABLES_YAML)
    by_year = f"SELECT *, year(l_shipdate) AS l_shipyear FROM ({rows('lineitem')})"
    copy(by_year, "lineitem", "FORMAT parquet, COMPRESSION zstd, PARTITION_BY (l_shipyear)")
    copy(rows("orders"), "orders.parquet", "FORMAT parquet, COMPRESSION zstd")
    copy(rows("customer"), "customer.csv", "FORMAT csv, HEADER")
    for number in (0, 1):
        half = f"{rows('part')} WHERE p_partkey % 2 = {number}"
        copy(half, f"part_partition_{number + 1}.csv.gz", "FORMAT csv, HEADER, COMPRESSION gzip")
    copy(rows("partsupp"), "partsupp.ndjson", "FORMAT json")
    copy(rows("nation"), "nation.json", "FORMAT json, ARRAY true")
    copy(rows("region"), "region.tsv", r"FORMAT csv, HEADER, DELIMITER '\t'")
    supplier = db.execute(rows("supplier")).to_arrow_table()
    with pa.ipc.new_file(str(data / "supplier.arrow"), supplier.schema) as writer:
        writer.write_table(supplier)


def reference(data: Path):
    """A DuckDB that reads the same files by itself: what every result is compared with."""
    db = duckdb.connect()
    for table, reader in READERS.items():
        db.execute(f"CREATE TABLE {table} AS SELECT * FROM {reader.format(data=data)}")
    with pa.memory_map(str(data / "supplier.arrow")) as source:
        supplier = pa.ipc.open_file(source).read_all()
        db.register("supplier_file", supplier)
        db.execute("CREATE TABLE supplier AS SELECT * FROM supplier_file")
    return db
