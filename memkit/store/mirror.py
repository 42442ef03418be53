"""The copies of the store that SQL runs on: its six tables in DuckDB, of one user or of everybody.

A copy lives in memory and cannot reach anything outside itself; a copy of one user holds no row of
anybody else. Types come out right: times with their zone, topics as lists, requests as JSON.

A store keeps its copies and brings them up to date by what has changed. Four of the tables are
logs: rows are appended under the user's next number, and only a run that is running and an event
that is proposed will still change. So the highest numbers tell who has news, and what is read is
the rows after those known and the ones decided since. The new events name the memories that
changed, the new runs the sessions. When a user was forgotten, the whole copy is made anew.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from memkit.store import tables
from memkit.store.tables import (
    agent_runs,
    agent_sessions,
    memory_events,
    messages,
    model_calls,
    user_memories,
)

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
KEPT = 8  # copies of single users that a store keeps, beside the one of everybody
MANY = 100  # users with new rows, above which everything is read anew instead of one by one
IN_ORDER = 100_000  # rows up to which a table is kept in the order of its key

ALL = tables.metadata.sorted_tables
LOGS = [agent_runs, messages, model_calls, memory_events]
# What changes without a number of its own: table, the name of its rows, the log that tells.
FOLLOWERS = [
    (agent_sessions, "session_id", agent_runs),
    (user_memories, "memory_id", memory_events),
]
UNDECIDED = {agent_runs: "running", memory_events: "proposed"}  # rows that will still change

# Everybody, found by jumping from one id to the next instead of reading every row.
_NEXT = " UNION ALL ".join(
    f"SELECT min(user_id) AS user_id FROM {table} WHERE user_id > people.user_id"
    for table in (agent_runs, model_calls, memory_events)  # every user is in one of them
)
EVERYBODY = f"""WITH RECURSIVE people(user_id) AS (
    SELECT CAST('' AS TEXT) UNION ALL
    SELECT (SELECT min(user_id) FROM ({_NEXT}) AS later) FROM people WHERE user_id IS NOT NULL
) SELECT user_id FROM people WHERE user_id <> ''"""

Key = tuple[str, Any]  # a user_id, and the number or the name of a row
Found = list[Any]  # rows of a table, their key first
Reading = Callable[[str | None], AbstractContextManager[sa.Connection]]
Origin = Callable[[sa.ColumnElement[str]], Sequence[sa.ColumnElement[Any]]]


class Mirrors:
    """The copies that a store keeps: of everybody, and of the users last asked about."""

    def __init__(self, reading: Reading, origin: Origin) -> None:
        """`reading` opens one look at the store; for `origin` see `Transactions.origin`."""
        self._reading = reading
        self._origin = origin
        self._kept: OrderedDict[str | None, Mirror] = OrderedDict()
        self._lock = threading.Lock()

    def refresh(self, owner: str | None) -> duckdb.DuckDBPyConnection:
        """The rows as they are now, on a connection of the caller's own that can only read."""
        with self._lock:
            copy = self._kept.setdefault(owner, Mirror(self._reading, self._origin, owner))
            self._kept.move_to_end(owner)
            users = [each for each in self._kept if each is not None]
            surplus = [self._kept.pop(each) for each in users[:-KEPT]]
        for each in surplus:
            each.drop()
        return copy.refresh()

    def drop(self) -> None:
        """Close all copies; what is asked about next is read anew."""
        with self._lock:
            dropped = list(self._kept.values())
            self._kept.clear()
        for each in dropped:
            each.drop()


class Mirror:
    """The rows of one user, or of everybody, and what the store said when they were read."""

    def __init__(self, reading: Reading, origin: Origin, owner: str | None) -> None:
        self._reading = reading
        self._owner = owner
        self._tips = _tips(owner, origin)
        self._rows: duckdb.DuckDBPyConnection | None = None
        self._known: dict[str, sa.Row[Any]] = {}  # user_id -> the tips of their logs
        self._undecided: dict[sa.Table, set[Key]] = {}
        self._lock = threading.Lock()

    def refresh(self) -> duckdb.DuckDBPyConnection:
        """Bring the copy up to date and open it for reading."""
        # First the lock: who waits for it must not come back with an older look at the store.
        with self._lock, self._reading(self._owner) as store:
            try:
                rows = self._up_to_date(store).cursor()
            except BaseException:
                self._close()  # nobody knows how far it came
                raise
        rows.execute("BEGIN TRANSACTION READ ONLY")
        return rows

    def drop(self) -> None:
        """Close the copy; the next look makes it anew."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        while self._rows is not None:
            try:
                self._rows.close()
                break
            except duckdb.ResourceInUseException:  # somebody's query is under way on it
                time.sleep(0.005)
        self._rows, self._known, self._undecided = None, {}, {}

    def _up_to_date(self, store: sa.Connection) -> duckdb.DuckDBPyConnection:
        now = {tips.user_id: tips for tips in store.execute(self._tips)}
        waiting = {user_id for keys in self._undecided.values() for user_id, _ in keys}
        grown = {each for each in now if now[each] != self._known.get(each)}
        news = [each for each in now if each in grown or each in waiting]
        if self._rows is None or len(grown) > MANY or self._somebody_left(now):
            self._close()
            self._rows = empty()
            for table in ALL:
                whose = () if self._owner is None else (table.c.user_id == self._owner,)
                _append(self._rows, table, _arrow(table, _read(store, table, *whose)))
        elif news:
            self._add(self._rows, [self._news(store, each, now[each]) for each in news])
        else:
            return self._rows
        self._known = now
        self._undecided = {table: _undecided(self._rows, table) for table in UNDECIDED}
        return self._rows

    def _somebody_left(self, now: dict[str, sa.Row[Any]]) -> bool:
        """Whether a known user was forgotten since, even one who came back with as many rows."""
        return any(
            tips != now.get(user_id) and _left(tips, now.get(user_id))
            for user_id, tips in self._known.items()
        )

    def _news(self, store: sa.Connection, user_id: str, now: sa.Row[Any]) -> dict[sa.Table, Found]:
        """The rows of one user that the copy lacks, or has as they were before."""
        known = self._known.get(user_id)
        found, named = {}, {}
        for table in LOGS:
            last = getattr(known, table.name, None) or 0
            new = _number(table) > last
            undecided = [n for owner, n in self._undecided.get(table, ()) if owner == user_id]
            if undecided:
                decided = _number(table).in_(_literally(undecided))
                new |= decided & (table.c.status != UNDECIDED[table])
            mine = table.c.user_id == user_id
            named[table] = sa.select(table.c.user_id).where(mine, new)
            if undecided or (getattr(now, table.name) or 0) > last:
                found[table] = _read(store, table, mine, new)
        for table, name, log in FOLLOWERS:
            if found.get(log):
                key = sa.tuple_(table.c.user_id, table.c[name])
                found[table] = _read(store, table, key.in_(named[log].add_columns(log.c[name])))
        return found

    def _add(self, rows: duckdb.DuckDBPyConnection, news: list[dict[sa.Table, Found]]) -> None:
        """Put what was found in its place, for whoever reads meanwhile all at once."""
        found = {table: [row for each in news for row in each.get(table, ())] for table in ALL}
        gone = {t: set(map(_key, found[t])) for t, keys in self._undecided.items() if keys}
        for table, name, log in FOLLOWERS:
            gone[table] = {(row.user_id, row._mapping[name]) for row in found[log]}
        rows.execute("BEGIN")
        for table in ALL:
            _replace(rows, table, found[table], gone.get(table, set()))
        rows.execute("COMMIT")


def empty() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with the six tables and no rows, locked against the outside."""
    made = duckdb.connect(":memory:", config=LOCKED)
    made.execute("SET GLOBAL TimeZone = 'UTC'")
    for table in ALL:
        columns = ", ".join(f'"{each.name}" {_type(each)[0]}' for each in table.columns)
        made.execute(f'CREATE TABLE "{table.name}" ({columns})')
    made.execute("SET lock_configuration = true")
    return made


def duplicate(rows: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A copy of a copy, to do with as one likes."""
    made = empty()
    for table in ALL:
        _append(made, table, rows.sql(f"FROM {table}").to_arrow_table())
    return made


def _tips(owner: str | None, origin: Origin) -> sa.Select[Any]:
    """Of one user, or of each: the highest number in each log, and the origin of the rows."""
    whose: sa.ColumnElement[str] = sa.literal(owner, sa.Text)
    if owner is None:
        whose = sa.text(EVERYBODY).columns(user_id=sa.Text).subquery("owners").c.user_id
    highest = (
        sa.select(sa.func.max(_number(log))).where(log.c.user_id == whose).scalar_subquery()
        for log in LOGS
    )
    named = [each.label(log.name) for each, log in zip(highest, LOGS, strict=True)]
    return sa.select(sa.cast(whose, sa.Text).label("user_id"), *named, *origin(whose))


def _left(before: sa.Row[Any], now: sa.Row[Any] | None) -> bool:
    """Whether these are the tips of two lives: rows have gone, or the first have come anew."""
    if now is None:
        return True
    logs = 1 + len(LOGS)
    fewer = any(
        (new or 0) < (old or 0) for old, new in zip(before[1:logs], now[1:logs], strict=True)
    )
    other = any(old not in (None, new) for old, new in zip(before[logs:], now[logs:], strict=True))
    return fewer or other


def _read(store: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> Found:
    # JSON stays the text that it is in the store, instead of being read and written again.
    wanted = [
        sa.cast(c, sa.Text).label(c.name) if isinstance(c.type, sa.JSON) else c
        for c in table.columns
    ]
    return list(store.execute(sa.select(*wanted).where(*conditions)))


def _literally(numbers: list[int]) -> sa.BindParameter[Any]:
    """Numbers written into the SQL, because a driver takes only so many parameters."""
    return sa.bindparam("undecided", numbers, expanding=True, literal_execute=True)


def _undecided(rows: duckdb.DuckDBPyConnection, table: sa.Table) -> set[Key]:
    query = f"SELECT user_id, {_number(table).name} FROM {table} WHERE status = ?"
    return set(rows.execute(query, [UNDECIDED[table]]).fetchall())


def _replace(
    rows: duckdb.DuckDBPyConnection, table: sa.Table, found: Found, gone: set[Key]
) -> None:
    """Take rows out of a table and put rows in, in the order of the key unless it is large."""
    name = _number(table).name
    moved = 0
    if gone:
        owners, numbers = zip(*gone, strict=True)
        keys = pa.table({"user_id": owners, name: numbers})
        out = f"DELETE FROM {table} WHERE (user_id, {name}) IN (FROM fresh)"
        [(moved,)] = _with(rows, keys, out)
    if found:
        first = min(map(_key, found))
        later = f"SELECT count(*) FROM {table} WHERE (user_id, {name}) > (?, ?)"
        moved += rows.execute(later, first).fetchall()[0][0]
        _append(rows, table, _arrow(table, found))
    if moved and rows.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] <= IN_ORDER:
        rows.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {table} ORDER BY user_id, {name}")


def _append(rows: duckdb.DuckDBPyConnection, table: sa.Table, fresh: pa.Table) -> None:
    _with(rows, fresh, f"INSERT INTO {table} FROM fresh ORDER BY user_id, {_number(table).name}")


def _with(rows: duckdb.DuckDBPyConnection, fresh: pa.Table, sql: str) -> list[Any]:
    """Run SQL that may read `fresh`."""
    rows.register("fresh", fresh)
    found = rows.execute(sql).fetchall()
    rows.unregister("fresh")
    return found


def _number(table: sa.Table) -> sa.Column[Any]:
    """What tells the rows of one user apart: the key after the owner."""
    return list(table.primary_key.columns)[1]


def _key(row: Any) -> Key:
    return row[0], row[1]


def _type(column: sa.Column[Any]) -> tuple[str, pa.DataType]:
    return next(names for kind, names in TYPES.items() if isinstance(column.type, kind))


def _arrow(table: sa.Table, found: Found) -> pa.Table:
    values = zip(*found, strict=True) if found else [()] * len(table.columns)
    arrays = [
        pa.array(column, _type(each)[1]) for column, each in zip(values, table.columns, strict=True)
    ]
    return pa.table(arrays, names=[each.name for each in table.columns])
