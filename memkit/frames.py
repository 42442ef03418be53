"""Looking at the store: a copy of its tables in DuckDB, and pandas frames from SQL over them.

The copy lives in memory and cannot reach anything outside itself: learners may run any SQL and
harm nothing. A copy for one user holds no row of anybody else. Types come out right: times with
their zone, topics as lists, requests as JSON.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from memkit import tables
from memkit.errors import QueryError

if TYPE_CHECKING:
    import pandas

# How each type of the store's columns appears in DuckDB, and in Arrow on the way there.
TYPES = {
    tables.UtcDateTime: ("TIMESTAMPTZ", pa.timestamp("us", tz="UTC")),
    tables.WordList: ("VARCHAR[]", pa.list_(pa.string())),
    sa.JSON: ("JSON", pa.string()),
    sa.Integer: ("INTEGER", pa.int32()),
    sa.Float: ("DOUBLE", pa.float64()),
    sa.Text: ("VARCHAR", pa.string()),
    tables.Text: ("VARCHAR", pa.string()),
}
LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
}


def query(copy: duckdb.DuckDBPyConnection, sql: str) -> pandas.DataFrame:
    """The frame that `sql` gives on a copy; raises `QueryError` if DuckDB refuses it."""
    if not isinstance(sql, str) or not sql.strip():
        raise QueryError(f"there is no SQL to run; pass a query as text, found {sql!r}")
    try:
        found = copy.execute(sql)
        with warnings.catch_warnings():
            # DuckDB's way of setting a zone, which pandas 3.1 deprecates
            warnings.filterwarnings("ignore", "The inplace keyword in DataFrame.drop")
            frame: pandas.DataFrame = found.df()
        return frame
    except duckdb.Error as error:
        names = ", ".join(table.name for table in tables.metadata.sorted_tables)
        raise QueryError(f"{error}\nThe tables are: {names}") from error


def copy(rows: sa.Connection, user_id: str | None = None) -> duckdb.DuckDBPyConnection:
    """A locked in-memory DuckDB with the six tables: of one user, or of all."""
    made = duckdb.connect(":memory:", config=LOCKED)
    made.execute("SET TimeZone = 'UTC'")
    for table in tables.metadata.sorted_tables:
        columns = ", ".join(f'"{each.name}" {_type(each)[0]}' for each in table.columns)
        made.execute(f'CREATE TABLE "{table.name}" ({columns})')
        made.register("fresh", _arrow(rows, table, user_id))
        made.execute(f'INSERT INTO "{table.name}" FROM fresh')
        made.unregister("fresh")
    made.execute("SET lock_configuration = true")
    return made


def _type(column: sa.Column[Any]) -> tuple[str, pa.DataType]:
    return next(names for kind, names in TYPES.items() if isinstance(column.type, kind))


def _arrow(rows: sa.Connection, table: sa.Table, user_id: str | None) -> pa.Table:
    """The rows of one table, of one user or of all, in the order of the primary key."""
    # JSON stays the text that it is in the store, instead of being read and written again.
    wanted = [sa.cast(c, sa.Text) if isinstance(c.type, sa.JSON) else c for c in table.columns]
    query = sa.select(*wanted).order_by(*table.primary_key.columns)
    if user_id is not None:
        query = query.where(table.c.user_id == user_id)
    found = rows.execute(query).all()
    values = zip(*found, strict=True) if found else [()] * len(table.columns)
    arrays = [
        pa.array(column, _type(each)[1]) for column, each in zip(values, table.columns, strict=True)
    ]
    return pa.table(arrays, names=[each.name for each in table.columns])
