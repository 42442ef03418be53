"""The store: six tables in SQLite (a laptop, many notebooks) or in Postgres (many machines).

`Db` is what both share; `SqliteDb` and `PostgresDb` say what differs: how to open one, how to let
one writer at a time change a user's rows, and how to tell which version of memkit wrote it. A
user's rows are reached through `db.for_user(user_id)` alone; `db.query` looks at a copy.
"""

from __future__ import annotations

import asyncio
import json
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from memkit.errors import StoreError
from memkit.store import tables
from memkit.store.queries import Rows
from memkit.store.user import Queue, User
from memkit.validation import check_time

if TYPE_CHECKING:
    import pandas
    from duckdb import DuckDBPyConnection

    from memkit.store import mirror

BUSY_TIMEOUT = 30_000  # milliseconds to wait for another process that writes

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def to_json(value: Any) -> str:
    """JSON text that both stores can hold."""
    return tables.storable(json.dumps(value, ensure_ascii=False))


class Db(ABC):
    """A store of many users' memories; use `SqliteDb` or `PostgresDb`."""

    name: str  # what error messages call this store
    advice: Mapping[str, str]  # words of a driver's error -> what to do about it

    def __init__(self, engine: sa.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._driver = engine.dialect.loaded_dbapi
        self._clock = clock
        self._copies: mirror.Copies | None = None
        self._making_copies = threading.Lock()
        self._queues: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, weakref.WeakValueDictionary[tuple[str, str], Queue]
        ] = weakref.WeakKeyDictionary()
        try:
            self._create_tables()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def now(self) -> datetime:
        """The time by the store's clock; one that tells no zone raises `InvalidInput`."""
        return check_time("the clock's", self._clock())

    def for_user(self, user_id: str | None) -> User:
        """The handle to everything about one user; a `user_id` that cannot be one raises."""
        return User(self, user_id)

    def users(self) -> list[str]:
        """The ids of all users that anything is stored about, sorted: the teacher's view."""
        owners = [sa.select(table.c.user_id) for table in tables.metadata.sorted_tables]
        with self.reading() as rows:
            return sorted(rows.execute(sa.union(*owners)).scalars())

    def query(self, sql: str, user_id: str | None = None) -> pandas.DataFrame:
        """Run SQL on a copy of the store, in DuckDB, and return a frame.

        With `user_id` the copy holds the rows of that user and no others, so asking it for those
        of somebody else gives an empty frame; without, it holds all (the teacher's view). Raises
        `QueryError` for SQL that cannot be run, or that does more than read.
        """
        from memkit.store import sql as frames  # DuckDB is loaded when it is first needed

        with closing(self._look(self._owner(user_id))) as rows:
            return frames.query(rows, sql)

    def duckdb(self, user_id: str | None = None) -> DuckDBPyConnection:
        """A copy of your own of the six tables, as they are now: a DuckDB in memory.

        Change it as you like; it is locked against the outside, and nothing comes back from it.
        """
        from memkit.store import mirror

        with closing(self._look(self._owner(user_id))) as rows:
            return mirror.duplicate(rows)

    def close(self) -> None:
        """Close every connection, and the copies for SQL; the store stays where it is."""
        self._drop_copies()
        self._engine.dispose()

    def queue(self, user_id: str, what: str = "decisions") -> Queue:
        """One user's lock in the running event loop; gone when nobody holds or awaits it.

        `what` waits there: `decisions` about memories, or `steps` of the store in threads.
        """
        loop = asyncio.get_running_loop()
        if loop not in self._queues:
            self._queues[loop] = weakref.WeakValueDictionary()
        return self._queues[loop].setdefault((user_id, what), Queue())

    @contextmanager
    def reading(self, user_id: str | None = None) -> Iterator[sa.Connection]:
        """One consistent look at the store: at one user's rows, or at everybody's."""
        with self._explained(), self._engine.begin() as rows:
            yield rows

    @abstractmethod
    def writing(self, user_id: str) -> AbstractContextManager[sa.Connection]:
        """One transaction, all or nothing, during which nobody else writes this user's rows."""

    @contextmanager
    def reading_of(self, user_id: str) -> Iterator[Rows]:
        """One consistent look at one user's rows."""
        with self.reading(user_id) as rows:
            yield Rows(rows, user_id)

    @contextmanager
    def writing_of(self, user_id: str) -> Iterator[Rows]:
        """One transaction on one user's rows, all or nothing, with no other writer of them."""
        with self.writing(user_id) as rows:
            yield Rows(rows, user_id)

    @abstractmethod
    def origin(self, owner: sa.ColumnElement[str]) -> Sequence[sa.ColumnElement[Any]]:
        """What tells a user's rows from those of a later life under the same id, in SQL."""

    @abstractmethod
    def mark_forgotten(self, rows: Rows) -> None:
        """Make other processes notice, too, that somebody was forgotten."""

    def erase_traces(self) -> None:
        """Remove what deleted rows have left behind in the copies and in the files."""
        self._drop_copies()

    def _look(self, owner: str | None) -> DuckDBPyConnection:
        """The rows of one user or of everybody as they are now, in the copy kept of them."""
        from memkit.store import mirror

        with self._making_copies:
            self._copies = self._copies or mirror.Copies(self.reading, self.origin)
        return self._copies.look(owner)

    def _drop_copies(self) -> None:
        if self._copies:
            self._copies.drop()

    def _owner(self, user_id: str | None) -> str | None:
        """Whose rows are asked for: a user's, if the id can be one, or everybody's."""
        return None if user_id is None else self.for_user(user_id).user_id

    @abstractmethod
    def _create_tables(self) -> None:
        """Make the tables, or bring an older memkit's up to date; `StoreError` if not ours."""

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn a driver's error into one that says what to do."""
        try:
            yield
        # The driver's own errors reach us bare while a connection is being made.
        except (sa.exc.DBAPIError, sa.exc.TimeoutError, self._driver.Error) as error:
            cause = str(getattr(error, "orig", None) or error).strip()
            advice = [advice for found, advice in self.advice.items() if found in cause]
            raise StoreError(": ".join([self.name, cause, *advice[:1]])) from error

    def _check_version(self, found: int) -> None:
        if found > tables.SCHEMA_VERSION:
            raise StoreError(
                f"{self.name} was written by a newer memkit (format {found}, this one knows "
                f"{tables.SCHEMA_VERSION}); install that version, or use another store"
            )
