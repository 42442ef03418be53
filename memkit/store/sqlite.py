"""A store in one SQLite file: a laptop, a class, many notebooks and processes."""

import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from memkit.errors import StoreError
from memkit.store.db import Db
from memkit.store.tables import SCHEMA_VERSION, metadata
from memkit.store.transactions import BUSY_TIMEOUT, Clock, Transactions, to_json, utc_now

ELSEWHERE = "choose another place"
APPLICATION_ID = 0x6D656D6B  # "memk" in ASCII: how a SQLite file says whose it is


SQLITE_ADVICE = {
    "not a database": "this file is something else; give the path of a memkit store or a new file",
    "malformed": "the file is damaged; restore a copy of it, or start with a new file",
    "readonly": "make the file and its folder writable, or copy it to where you may write",
    "locked": "another program has been writing for over 30 seconds; stop it and try again",
    "unable to open": "check that the folder exists and that you may write there",
    "disk is full": "nothing of this change was stored; free some space and try again",
    "disk I/O": "nothing of this change was stored; is the disk full, failing, or gone?",
}


# What is read as long as there is no file.
NOTHING_STORED = sa.create_engine(
    "sqlite://", poolclass=sa.NullPool, connect_args={"check_same_thread": False}
)


class SqliteDb(Db):
    """A store in one file, which any number of notebooks and processes can use at once.

    The file and its folders are made when something is first stored. Write-ahead log, foreign
    keys, 30 seconds of patience with other writers, and deleted text overwritten with zeros.

    Parameters
    ----------
    db_file : str or Path
        Where it is, or is to be made.
    clock : callable
        Returns the time for every row, with its zone, so that notebooks and tests can pin it.

    Raises
    ------
    StoreError
        If the file cannot be used or made, or is no store of memkit's.
    """

    def __init__(self, db_file: str | Path = "data/memkit.db", clock: Clock = utc_now) -> None:
        self.path = _usable_path(db_file)
        super().__init__(SqliteTransactions(str(db_file), self.path, clock))


class SqliteTransactions(Transactions):
    """Transactions on one file, one writer at a time."""

    advice = SQLITE_ADVICE

    def __init__(self, name: str, path: Path, clock: Clock) -> None:
        self._path = path
        self._is_open = False
        self._one_writer = threading.Lock()  # threads wait here, fairer than SQLite's waiting
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path.absolute())), json_serializer=to_json
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        super().__init__(name, engine, clock)
        self._open_existing()

    @contextmanager
    def reading(self, user_id: str | None = None) -> Iterator[sa.Connection]:
        """One consistent look; in SQLite only the statements themselves tell users apart."""
        self._open_existing()
        engine = self._engine if self._is_open else NOTHING_STORED
        with self._begin(engine) as connection:
            if self._is_open:
                _driver(connection).execute("BEGIN")
            else:
                metadata.create_all(connection)
            yield connection

    @contextmanager
    def writing(self, user_id: str) -> Iterator[sa.Connection]:
        """One transaction; SQLite has one writer at a time, so it excludes all others."""
        with self._one_writer:
            if not self._is_open:
                self._open()
            with self._opening() as connection:
                yield connection

    def erase_traces(self) -> None:
        """Also write the file anew and empty the write-ahead log: deleted text may stand in both.

        `secure_delete` does not reach what SQLite left behind when it moved rows within a page.
        """
        super().erase_traces()
        with self._raise_as_store_error(), self._one_writer, self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            patience = time.monotonic() + BUSY_TIMEOUT / 1000
            while connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
                if time.monotonic() > patience:
                    why = "somebody is still reading what was stored, and keeps it in the log"
                    how = "close that, then forget again"
                    raise StoreError(f"{self.name}: the rows are gone, but {why}; {how}")
                time.sleep(0.01)  # SQLite waits for readers, and not for others who empty the log

    def _open_existing(self) -> None:
        """Open a file that is there by now, whoever has made it."""
        if not self._is_open and self._path.exists():
            with self._one_writer:
                self._open()

    def _make_current(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self.name} cannot be created ({error}); {ELSEWHERE}") from error
        with self._begin(self._engine) as connection:
            _driver(connection).execute("BEGIN")  # somebody may be making the tables just now
            is_current = self._stored_version(connection) == SCHEMA_VERSION
        if not is_current:  # only then is a lock to wait for
            super()._make_current()
        self._keep_a_log()
        self._is_open = True

    @contextmanager
    def _opening(self) -> Iterator[sa.Connection]:
        with self._begin(self._engine) as connection:
            # One that began as a reader could be refused later, when another has written meanwhile.
            _driver(connection).execute("BEGIN IMMEDIATE")
            yield connection

    def _stored_version(self, connection: sa.Connection) -> int:
        if connection.exec_driver_sql("PRAGMA application_id").scalar_one() == APPLICATION_ID:
            return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        if sa.inspect(connection).get_table_names():
            raise StoreError(f"{self.name} is not one of memkit's databases; use another file")
        return 0

    def _store_version(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _keep_a_log(self) -> None:
        """Turn on the write-ahead log, which the file remembers, now that it is known as ours."""
        patience = time.monotonic() + BUSY_TIMEOUT / 1000
        with self._raise_as_store_error(), closing(self._engine.raw_connection()) as raw:
            while True:
                try:
                    raw.cursor().execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError:  # for this alone SQLite does not wait itself
                    if time.monotonic() > patience:
                        raise
                    time.sleep(0.01)


def _usable_path(db_file: str | Path) -> Path:
    """The path, if a store could be there."""
    if not isinstance(db_file, str | Path) or not str(db_file).strip() or "\0" in str(db_file):
        raise StoreError(f"db_file is missing: pass the path of a file, found {db_file!r}")
    if "://" in str(db_file):
        raise StoreError("db_file is a URL; give the path of a file, or use PostgresDb(db_url=...)")
    path = Path(db_file)
    if path == Path(":memory:"):
        raise StoreError("a store in memory cannot be shared; give a file, such as 'memkit.db'")
    try:
        if path.is_dir():
            raise StoreError(f"{path} is a folder; give a file in it, such as {path / 'memkit.db'}")
        # Root may write to any file; a file without write permission is protected all the same.
        if path.exists() and not path.stat().st_mode & 0o222:
            raise StoreError(f"{path} is read-only: {SQLITE_ADVICE['readonly']}")
        folder = next(folder for folder in path.absolute().parents if folder.exists())
    except OSError as error:
        raise StoreError(f"{path} cannot be created ({error}); {ELSEWHERE}") from error
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise StoreError(f"{path} cannot be created in {folder}; {ELSEWHERE}")
    return path


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun above
    connection.create_function("ln", 1, math.log, deterministic=True)  # not every SQLite has it
    connection.create_function("lower", 1, str.lower, deterministic=True)  # its own: ASCII alone
    try:
        for setting in (
            f"busy_timeout = {BUSY_TIMEOUT}",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {setting}")
    except sqlite3.Error:
        connection.close()  # the pool does not know it yet
        raise


def _driver(rows: sa.Connection) -> sqlite3.Connection:
    connection = rows.connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection
