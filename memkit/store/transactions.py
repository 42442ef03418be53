"""What one store can do for the modules above it: transactions, the clock and per-user locks.

`Transactions` is what SQLite and Postgres share; their modules say what differs: how to open a
store, how to let one writer at a time change a user's rows, and how to tell which version of memkit
wrote it. Only `User` and `RunLog` open transactions on a user's rows, and each of them only on its
own user's.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from memkit.concurrency import Locks
from memkit.errors import StoreError
from memkit.store.queries import Rows
from memkit.store.tables import SCHEMA_VERSION, storable
from memkit.store.upgrades import bring_up_to_date
from memkit.validation import check_time, plain_function

if TYPE_CHECKING:
    from memkit.store.mirror import Mirrors

BUSY_TIMEOUT = 30_000  # milliseconds to wait for another process that writes

Clock = Callable[[], datetime]

check_clock = plain_function("a function that returns the time, such as lambda: datetime.now(UTC)")

# The time that `Transactions.at` shows in a store; a task or thread that is begun inherits it.
_pinned_times: ContextVar[Mapping[object, datetime]] = ContextVar("pinned_times")


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def to_json(value: Any) -> str:
    """JSON text that both stores can hold."""
    return storable(json.dumps(value, ensure_ascii=False))


class Transactions(ABC):
    """One open store: a transaction over one user's rows, or a look at everybody's."""

    advice: Mapping[str, str]  # words of a driver's error -> what to do about it

    def __init__(self, name: str, engine: sa.Engine, clock: Clock) -> None:
        """`name` is what error messages call this store."""
        self.name = name
        self.locks = Locks()
        self._mirrors: Mirrors | None = None
        self._making_mirrors = threading.Lock()
        self._engine = engine
        self._driver = engine.dialect.loaded_dbapi
        self._clock: Clock = check_clock("clock", clock)
        self._closed = False

    def now(self) -> datetime:
        """The time by the store's clock; one that tells no zone raises `InvalidInput`."""
        return _pinned_times.get({}).get(self) or check_time("the clock's", self._clock())

    @contextmanager
    def at(self, time: datetime) -> Iterator[None]:
        """Let the clock show a time in this block, for whatever it runs and for nobody else."""
        pinned = {**_pinned_times.get({}), self: check_time("time", time)}
        before = _pinned_times.set(pinned)
        try:
            yield
        finally:
            _pinned_times.reset(before)

    @abstractmethod
    def reading(self, user_id: str | None = None) -> AbstractContextManager[sa.Connection]:
        """One consistent look at the store: at one user's rows, or at everybody's."""

    @abstractmethod
    def writing(self, user_id: str) -> AbstractContextManager[sa.Connection]:
        """One transaction, all or nothing, during which nobody else writes this user's rows."""

    @contextmanager
    def reading_of(self, user_id: str) -> Iterator[Rows]:
        """One consistent look at one user's rows."""
        with self.reading(user_id) as connection:
            yield Rows(connection, user_id)

    @contextmanager
    def writing_of(self, user_id: str) -> Iterator[Rows]:
        """One transaction on one user's rows, all or nothing, with no other writer of them."""
        with self.writing(user_id) as connection:
            yield Rows(connection, user_id)

    def erase_traces(self) -> None:
        """Remove what deleted rows have left behind in the mirrors and in the files."""
        self._drop_mirrors()

    def mirrors(self) -> Mirrors:
        """The copies for SQL."""
        from memkit.store.mirror import Mirrors  # DuckDB is loaded when it is first needed

        with self._making_mirrors:
            self._mirrors = self._mirrors or Mirrors(self.reading)
        return self._mirrors

    def _drop_mirrors(self) -> None:
        if self._mirrors:
            self._mirrors.drop()

    def close(self) -> None:
        """Close every connection and the mirrors; the store stays where it is."""
        self._closed = True
        self._drop_mirrors()
        self._engine.dispose()

    def require_open(self) -> None:
        """Raise `StoreError` after `close`."""
        if self._closed:
            raise StoreError(f"{self.name} was closed with db.close(); open it again")

    def _open(self) -> None:
        """Make the tables, or bring an older memkit's up to date; `StoreError` if not ours."""
        try:
            self._make_current()
        except BaseException:
            self._engine.dispose()
            raise

    def _make_current(self) -> None:
        with self._opening() as connection:
            version = self._stored_version(connection)
            if version > SCHEMA_VERSION:
                newer = f"a newer memkit (format {version}, this one knows {SCHEMA_VERSION})"
                how = "install that version, or use another store"
                raise StoreError(f"{self.name} was written by {newer}; {how}")
            if version < SCHEMA_VERSION:
                self._make_tables(connection, version)
                self._store_version(connection)

    def _make_tables(self, connection: sa.Connection, version: int) -> None:
        bring_up_to_date(connection, version)

    @abstractmethod
    def _opening(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that no other process opens the store in."""

    @abstractmethod
    def _stored_version(self, connection: sa.Connection) -> int:
        """Which version of the tables the store has; 0 if it is empty."""

    @abstractmethod
    def _store_version(self, connection: sa.Connection) -> None:
        """Note that the store has today's tables."""

    @contextmanager
    def _begin(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        with self._raise_as_store_error(), engine.begin() as connection:
            yield connection

    @contextmanager
    def _raise_as_store_error(self) -> Iterator[None]:
        """Turn a driver's error into one that says what to do."""
        self.require_open()
        try:
            yield
        # The driver's own errors reach us bare while a connection is being made.
        except (sa.exc.DBAPIError, sa.exc.TimeoutError, self._driver.Error) as error:
            cause = str(getattr(error, "orig", None) or error).strip()
            advice = [advice for found, advice in self.advice.items() if found in cause]
            raise StoreError(": ".join([self.name, cause, *advice[:1]])) from error
