"""Looking at the store: pandas frames from SQL over a copy of its tables.

What is asked runs in DuckDB on a copy (`memkit.store.mirror`), so learners may ask anything and
harm nothing. The copy is kept for the next question, so only SQL that reads is run on it. What
cannot be run is explained in a line or two, with the name that was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import duckdb
import sqlalchemy as sa
from duckdb import StatementType

from memkit.errors import QueryError
from memkit.store.tables import MIRRORED

if TYPE_CHECKING:
    import pandas

TABLES = [table.name for table in MIRRORED]
# PIVOT comes as several statements. Some of what begins with SELECT or EXPLAIN writes after all;
# the copy, opened for reading, refuses that.
READS = (StatementType.SELECT, StatementType.EXPLAIN, StatementType.MULTI, StatementType.PRAGMA)
ONLY_READS = (
    "this is a copy: changes to it are not stored, so only SQL that reads is run\n"
    "to change memories, use db.for_user(user_id); to change a copy of your own, db.duckdb(user_id)"
)

# How DuckDB says that a table is not known. Of columns it names those that may be meant.
UNKNOWN_TABLE = re.compile(r'Table with name "?(.+?)"? does not exist')


def named_in(sql: str) -> list[sa.Table]:
    """The tables that `sql` may be about; all of them, if it names none."""
    if not isinstance(sql, str) or not sql.strip():
        raise QueryError(f"there is no SQL to run; pass a query as text, found {sql!r}")
    return [table for table in MIRRORED if table.name in sql.lower()] or MIRRORED


Params = Sequence[Any] | Mapping[str, Any]


def query(
    copy: duckdb.DuckDBPyConnection, sql: str, params: Params | None = None
) -> pandas.DataFrame:
    """The frame that `sql` gives on a copy; of several statements, what the last one gives.

    `params` go to the statements that have a `?` or a `$name`. Raises `QueryError` if DuckDB
    refuses it, or if it does more than read.
    """
    if isinstance(params, str) or not isinstance(params, Sequence | Mapping | None):
        raise QueryError(f"params is a list for ? or a dict for $name, found {params!r}")
    try:
        statements = copy.extract_statements(sql)
        if not statements:
            raise QueryError(f"there is no SQL to run, only comments or semicolons: {sql!r}")
        if any(statement.type not in READS for statement in statements):
            raise QueryError(ONLY_READS)
        if params and not any(statement.named_parameters for statement in statements):
            raise QueryError(f"the SQL has no ? and no $name for params: {sql!r}")
        for statement in statements:
            values = params if statement.named_parameters else None
            frame: pandas.DataFrame = copy.execute(statement, values).df()
        return frame
    except duckdb.Error as error:
        raise QueryError(_readable_error(str(error))) from error


def _readable_error(problem: str) -> str:
    """What went wrong, in a line or two, instead of all that DuckDB has to say."""
    if "read-only mode" in problem:
        return ONLY_READS
    if unknown := UNKNOWN_TABLE.search(problem):
        # A table is often called by the last word of its name.
        names = {name.split("_")[-1]: name for name in TABLES} | {name: name for name in TABLES}
        close = get_close_matches(unknown[1].lower(), names, 1)
        meant = f"; did you mean `{names[close[0]]}`?" if close else ""
        return f"no table `{unknown[1]}`{meant}\nthe tables are: {', '.join(TABLES)}"
    text, _, place = problem.partition("\n\nLINE ")
    told = re.sub(r"^\w[\w ]* Error: ", "", text).splitlines()
    lines = [line for line in told if line and not line.startswith("\t")][:2]
    return "\n".join([*lines, *([f"LINE {place}"] if place else [])])
