"""The mirror that SQL runs on: the store's nine tables in DuckDB, of one user or of everybody.

A mirror lives in memory and cannot reach anything outside itself; a mirror of one user holds no row
of anybody else. Types come out right: times with their zone, topics as lists, requests as JSON.

A table is copied when SQL first names it, and from then on brought up to date by what has changed.
`memory_users` tells who has news. Five of the tables are logs: rows are appended under the user's
next number, and only a run that is running and an event that is proposed will still change. So the
tail of a log is read, from the first row on that is open or new; of the other tables, all rows of
whoever has news. When somebody was forgotten, the whole mirror is made anew.

Beside the mirror itself, copying takes the memory of one chunk of rows.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from memkit.store import tables
from memkit.store.tables import DERIVED, MIRRORED, memory_users, number_of

# How each type of the store's columns appears in DuckDB.
TYPES = {
    tables.UtcDateTime: "TIMESTAMPTZ",
    tables.WordList: "VARCHAR[]",
    sa.JSON: "JSON",
    sa.Integer: "INTEGER",
    sa.Float: "DOUBLE",
    sa.Text: "VARCHAR",
    tables.Text: "VARCHAR",
    tables.Vector: "FLOAT[]",
}
# What does not travel as text.
ARROW = {"INTEGER": pa.int32(), "DOUBLE": pa.float64(), "FLOAT[]": pa.list_(pa.float32())}
LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
}
KEPT = 8  # mirrors of single users that a store keeps, beside the one of everybody
MANY = 100  # users with news, above which a table of everybody is read anew
IN_ORDER = 10_000  # rows up to which the table of everybody is kept in the order of its key
CHUNK = 2_000  # rows that are read at once
SLOW = 200_000  # rows that take more than a second, so that a bar shows how far it is

# The logs, and which of their rows are open.
LOGS = {
    tables.agent_runs: "status = 'running'",
    tables.messages: "false",
    tables.model_calls: "false",
    tables.tool_calls: "false",
    tables.memory_events: "status = 'proposed'",
}

Copy = duckdb.DuckDBPyConnection
Rows = Sequence[tuple[Any, ...]]
Reading = Callable[[str | None], AbstractContextManager[sa.Connection]]


class Mirrors:
    """The mirrors that a store keeps: of everybody, and of the users last asked about."""

    def __init__(self, reading: Reading) -> None:
        """`reading` opens one look at the store."""
        self._reading = reading
        self._kept: OrderedDict[str | None, Mirror] = OrderedDict()
        self._lock = threading.Lock()

    def reader(self, owner: str | None, wanted: Iterable[sa.Table]) -> AbstractContextManager[Copy]:
        """The rows as they are now, on a connection of the caller's own that can only read."""
        with self._lock:
            mirror = self._kept.setdefault(owner, Mirror(self._reading, owner))
            self._kept.move_to_end(owner)
            users = [user for user in self._kept if user is not None]
            surplus = [self._kept.pop(user) for user in users[:-KEPT]]
        for unused in surplus:
            unused.drop()
        return mirror.reader(wanted)

    def drop(self) -> None:
        """Close all mirrors; what is asked about next is read anew."""
        with self._lock:
            dropped = list(self._kept.values())
            self._kept.clear()
        for mirror in dropped:
            mirror.drop()


class Mirror:
    """The rows of one user, or of everybody, and who had written how much when they were read."""

    def __init__(self, reading: Reading, owner: str | None) -> None:
        self._reading = reading
        self._owner = owner
        self._users = sa.select(*(memory_users.c[name] for name in ("user_id", "epoch", "writes")))
        if owner is not None:
            self._users = self._users.where(memory_users.c.user_id == owner)
        self._copy: Copy | None = None
        self._copied: list[sa.Table] = []
        self._seen: dict[str, tuple[int, int]] = {}  # user_id -> epoch, writes
        self._lock = threading.Lock()
        self._readers = 0
        self._reader_left = threading.Condition()

    @contextmanager
    def reader(self, wanted: Iterable[sa.Table]) -> Iterator[Copy]:
        """Bring the mirror up to date and open it for reading; meanwhile it is not closed."""
        # First the lock: who waits for it must not come back with an older look at the store.
        with self._lock, self._reading(self._owner) as store:
            try:
                reader = self._up_to_date(store, wanted).cursor()
            except BaseException:
                self._close()  # nobody knows how far it came
                raise
            with self._reader_left:
                self._readers += 1
        try:
            with closing(reader):
                reader.execute("BEGIN TRANSACTION READ ONLY")
                yield reader
        finally:
            with self._reader_left:
                self._readers -= 1
                self._reader_left.notify_all()

    def drop(self) -> None:
        """Close the mirror; the next reader makes it anew."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        with self._reader_left:  # closing the copy would take the answer from under a reader
            self._reader_left.wait_for(lambda: self._readers == 0)
        if self._copy is not None:
            self._copy.close()
        self._copy, self._copied, self._seen = None, [], {}

    def _up_to_date(self, connection: sa.Connection, wanted: Iterable[sa.Table]) -> Copy:
        users = _cursor(connection, self._users).fetchall()
        now = {user: (epoch, writes) for user, epoch, writes in users}
        if any(now.get(user, (None,))[0] != epoch for user, (epoch, _) in self._seen.items()):
            self._close()  # somebody was forgotten
        copy = self._copy = self._copy or empty()
        news = [user for user in now if now[user] != self._seen.get(user)]
        # The index of the words is large: it is read anew when SQL names it again.
        kept = [table for table in self._copied if not news or table not in DERIVED]
        missing = [table for table in wanted if table not in kept]
        copy.execute("BEGIN")
        for table in (kept if news else []) + missing:
            whole = table in missing or len(news) > MANY
            everybody = whole and self._owner is None
            _renew(copy, connection, table, None if everybody else list(now) if whole else news)
            if self._owner is None:
                _sort(copy, table)
        copy.execute("COMMIT")
        self._seen, self._copied = now, kept + missing
        return copy


def empty() -> Copy:
    """A DuckDB in memory with the nine tables and no rows, locked against the outside."""
    made = duckdb.connect(":memory:", config=LOCKED)
    made.execute("SET GLOBAL TimeZone = 'UTC'")
    for table in MIRRORED:
        columns = ", ".join(f'"{column.name}" {_type(column)}' for column in table.columns)
        made.execute(f'CREATE TABLE "{table.name}" ({columns})')
    made.execute("SET lock_configuration = true")
    return made


def duplicate(mirror: Copy) -> Copy:
    """A copy of a mirror, to do with as one likes."""
    made = empty()
    for table in MIRRORED:
        fresh = mirror.sql(f"FROM {table}").to_arrow_table()
        _run(made, f"INSERT INTO {table} FROM fresh", fresh)
    return made


def _renew(copy: Copy, connection: sa.Connection, table: sa.Table, users: list[str] | None) -> None:
    """Copy what is new about some users, or all about everybody, in place of what is there."""
    if users is None:
        copy.execute(f"DELETE FROM {table}")
        size = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        _insert(copy, table, _read(connection, table), size)
        return
    number = number_of(table)
    settled: dict[str, int] = {}  # user -> the first number that is open or not there yet
    if is_open := LOGS.get(table):
        first = f"coalesce(min({number.name}) FILTER ({is_open}), max({number.name}) + 1)"
        whose = f"FROM {table} WHERE user_id IN (SELECT unnest(?)) GROUP BY user_id"
        settled = dict(copy.execute(f"SELECT user_id, {first} {whose}", [users]).fetchall())
    fresh = pa.table({"user_id": users, "since": [settled.get(user) for user in users]})
    gone = f"{table}.user_id = fresh.user_id AND (since IS NULL OR {number.name} >= since)"
    _run(copy, f"DELETE FROM {table} USING fresh WHERE {gone}", fresh)
    for user in users:
        tail = (number >= settled[user],) if user in settled else ()
        _insert(copy, table, _read(connection, table, table.c.user_id == user, *tail))


def _sort(copy: Copy, table: sa.Table) -> None:
    """Put many users' rows in order, so that SQL without ORDER BY finds them so."""
    if len(copy.table(table.name)) <= IN_ORDER:
        key = ", ".join(table.primary_key.columns.keys())
        copy.execute(f"CREATE OR REPLACE TABLE {table} AS FROM {table} ORDER BY {key}")


def _read(
    connection: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]
) -> Iterator[Rows]:
    """Rows of a table in chunks, as text: DuckDB reads it faster than Python does."""
    wanted = [
        column if _type(column) in ARROW else sa.cast(column, sa.Text).label(column.name)
        for column in table.columns
    ]
    query = sa.select(*wanted).where(*conditions)
    if conditions:  # one user's, of whom there may be more than a chunk
        query = query.order_by(number_of(table))
    cursor = _cursor(connection, query)
    return iter(lambda: cursor.fetchmany(CHUNK), [])


def _cursor(connection: sa.Connection, query: sa.Select[Any]) -> Any:
    """The driver's own rows: SQLAlchemy's take twice as long, and nobody here needs names."""
    return connection.execute(query).cursor


def _insert(copy: Copy, table: sa.Table, chunks: Iterable[Rows], size: int = 0) -> None:
    """Copy rows as DuckDB asks for them; if there are many, a bar shows how far it is."""
    kinds = {column.name: _type(column) for column in table.columns}
    # A list is written as JSON in the store.
    values = ", ".join(f"{c}::JSON" if kinds[c] == "VARCHAR[]" else c for c in kinds)
    if size > SLOW:
        from rich.progress import track  # rarely needed

        chunks = track(chunks, f"copying {size:,} rows of {table}", size / CHUNK, transient=True)
    schema = pa.schema([(name, ARROW.get(kind, pa.string())) for name, kind in kinds.items()])
    batches = (
        pa.record_batch(list(map(_arrow, zip(*rows, strict=True), schema.types)), schema)
        for rows in chunks
    )
    fresh = pa.RecordBatchReader.from_batches(schema, batches)
    _run(copy, f"INSERT INTO {table} SELECT {values} FROM fresh", fresh)


def _arrow(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == ARROW["FLOAT[]"]:
        values = [np.frombuffer(value, "<f2").astype(np.float32) for value in values]
    return pa.array(values, kind)


def _run(copy: Copy, sql: str, fresh: pa.Table | pa.RecordBatchReader) -> None:
    """Run SQL that may read `fresh`."""
    copy.register("fresh", fresh)
    copy.execute(sql)
    copy.unregister("fresh")


def _type(column: sa.Column[Any]) -> str:
    return next(name for kind, name in TYPES.items() if isinstance(column.type, kind))
