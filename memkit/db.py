"""The store: six tables in SQLite (a laptop, many notebooks) or in Postgres (many machines).

`Db` is what both share; `SqliteDb` and `PostgresDb` say what differs: how to open one, how to let
one writer at a time change a user's rows, and how to tell which version of memkit wrote it. A
user's rows are reached through `db.for_user(user_id)` alone; `db.query` looks at a copy.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa

from memkit import copies, frames, tables
from memkit.checks import check_time
from memkit.errors import StoreError
from memkit.queries import Rows
from memkit.user import Queue, User

if TYPE_CHECKING:
    import duckdb
    import pandas

APPLICATION_ID = 0x6D656D6B  # "memk" in ASCII: how a SQLite file says whose it is
BUSY_TIMEOUT = 30_000  # milliseconds to wait for another process that writes
CREATING = 0x6D656D6B  # the Postgres lock that lets one process at a time create the tables

SQLITE_ADVICE = {
    "not a database": "this file is something else; give the path of a memkit store or a new file",
    "malformed": "the file is damaged; restore a copy of it, or start with a new file",
    "readonly": "make the file and its folder writable, or copy it to where you may write",
    "locked": "another program has been writing for over 30 seconds; stop it and try again",
    "unable to open": "check that the folder exists and that you may write there",
    "disk is full": "nothing of this change was stored; free some space and try again",
    "disk I/O": "nothing of this change was stored; is the disk full, failing, or gone?",
}

# The second lock on the same door. Whoever may see everything (a superuser) takes a role that may
# not; without a user, and without being told that it is everybody's turn, nobody sees anything.
# It holds for any statement, whatever it forgets or asks for. It is no lock against SQL that gives
# itself another role or another user's setting: who may run that has the database's password.
OWN_ROWS_ONLY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY memkit_owner ON {table} USING (
    user_id = current_setting('memkit.user_id', true)
    OR current_setting('memkit.everybody', true) = 'on'
)"""
RESTRICTED_ROLE = f"""
DO $$ BEGIN CREATE ROLE memkit_user NOLOGIN; EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO memkit_user', current_schema()); END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON {", ".join(tables.metadata.tables)} TO memkit_user"""
_BECOME = "set_config('memkit.user_id', :owner, true), set_config('role', :role, true)"
EVERYBODY = sa.text("SELECT set_config('memkit.everybody', 'on', true)")
ONE_USER = sa.text(f"SELECT {_BECOME}")
ONE_USER_LOCKED = sa.text(f"SELECT pg_advisory_xact_lock(hashtextextended(:owner, 0)), {_BECOME}")

FIRST_ROWS = (
    tables.messages.c.message_id,
    tables.model_calls.c.call_id,
    tables.memory_events.c.event_id,
)

SCHEMA_COMMENT = "memkit format "

POSTGRES_ADVICE = {
    "lock timeout": "another program has been writing for over 30 seconds; stop it and try again",
    "could not extend": "nothing of this change was stored; free some space on the server",
    "password authentication failed": "check the user and the password in the URL",
    "does not exist": "create it, or correct the name in the URL",
    "Connection refused": "is the server running, and are host and port right?",
    "resolve host": "check the name of the host in the URL",
    "timeout": "is the server reachable from here, and are host and port right?",
    "permission denied": "ask for the right to create and use tables in this database",
}

# A driver's own errors reach us bare while a connection is being made.
DRIVER_ERRORS = (sqlite3.Error, psycopg.Error)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def _to_json(value: Any) -> str:
    return tables.storable(json.dumps(value, ensure_ascii=False))


class Db(ABC):
    """A store of many users' memories; use `SqliteDb` or `PostgresDb`."""

    name: str  # what error messages call this store
    advice: Mapping[str, str]  # words of a driver's error -> what to do about it

    def __init__(self, engine: sa.Engine, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock
        self._copies = copies.Copies(self.reading, self.origin)
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
        with closing(self._copies.look(self._owner(user_id))) as rows:
            return frames.query(rows, sql)

    def duckdb(self, user_id: str | None = None) -> duckdb.DuckDBPyConnection:
        """A copy of your own of the six tables, as they are now: a DuckDB in memory.

        Change it as you like; it is locked against the outside, and nothing comes back from it.
        """
        with closing(self._copies.look(self._owner(user_id))) as rows:
            return copies.duplicate(rows)

    def close(self) -> None:
        """Close every connection, and the copies for SQL; the store stays where it is."""
        self._copies.drop()
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
        except (sa.exc.DBAPIError, sa.exc.TimeoutError, *DRIVER_ERRORS) as error:
            cause = str(getattr(error, "orig", None) or error).strip()
            advice = [advice for found, advice in self.advice.items() if found in cause]
            raise StoreError(": ".join([self.name, cause, *advice[:1]])) from error

    def _check_version(self, found: int) -> None:
        if found > tables.SCHEMA_VERSION:
            raise StoreError(
                f"{self.name} was written by a newer memkit (format {found}, this one knows "
                f"{tables.SCHEMA_VERSION}); install that version, or use another store"
            )


class SqliteDb(Db):
    """A store in one file, which any number of notebooks and processes can use at once.

    Write-ahead log, foreign keys, 30 seconds of patience with other writers, and deleted text
    overwritten with zeros. `clock` returns the time for every row, so that notebooks and tests
    can pin it.
    """

    advice = SQLITE_ADVICE

    def __init__(self, db_file: str | Path = "data/memkit.db", clock: Clock = utc_now) -> None:
        """Open the file, or make it and its folders; raises `StoreError` if it cannot be used."""
        self.path = _usable_file(db_file)
        self.name = str(db_file)
        self._one_writer = threading.Lock()  # threads queue here, fairer than SQLite's waiting
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(self.path.absolute())),
            json_serializer=_to_json,
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        super().__init__(engine, clock)

    @contextmanager
    def reading(self, user_id: str | None = None) -> Iterator[sa.Connection]:
        """One consistent look; in SQLite only the statements themselves tell users apart."""
        with super().reading() as rows:
            _driver(rows).execute("BEGIN")
            yield rows

    @contextmanager
    def writing(self, user_id: str) -> Iterator[sa.Connection]:
        """One transaction; SQLite has one writer at a time, so it excludes all others."""
        with self._one_writer, super().reading() as rows:
            # One that began as a reader could be refused later, when another has written meanwhile.
            _driver(rows).execute("BEGIN IMMEDIATE")
            yield rows

    def origin(self, owner: sa.ColumnElement[str]) -> Sequence[sa.ColumnElement[Any]]:
        """How often the schema has changed, and whenever somebody was forgotten it has."""
        return [sa.literal_column("(SELECT schema_version FROM pragma_schema_version)")]

    def mark_forgotten(self, rows: Rows) -> None:
        """Count it without a trace of whom: SQLite counts the changes of the schema."""
        rows.run(sa.text("CREATE TABLE somebody_left (nobody)"))
        rows.run(sa.text("DROP TABLE somebody_left"))

    def erase_traces(self) -> None:
        """Also write the file anew and empty the write-ahead log: deleted text may stand in both.

        `secure_delete` does not reach what SQLite left behind when it moved rows within a page.
        """
        super().erase_traces()
        with self._explained(), self._one_writer, self._engine.connect() as rows:
            rows.exec_driver_sql("VACUUM")
            patience = time.monotonic() + BUSY_TIMEOUT / 1000
            while rows.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
                if time.monotonic() > patience:
                    raise StoreError(
                        f"{self.name}: the rows are gone, but somebody is still reading what they "
                        "were before, and keeps it in the log beside the file; close that, then "
                        "forget again"
                    )
                time.sleep(0.01)  # SQLite waits for readers, and not for others who empty the log

    def _create_tables(self) -> None:
        with self.writing("") as rows:
            owner, version = (
                rows.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("application_id", "user_version")
            )
            if owner != APPLICATION_ID:
                version = 0
                if sa.inspect(rows).get_table_names():
                    raise StoreError(
                        f"{self.name} is a database, but not one of memkit's; use another file"
                    )
            self._check_version(version)
            if version < tables.SCHEMA_VERSION:
                tables.bring_up_to_date(rows, version)
                rows.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                rows.exec_driver_sql(f"PRAGMA user_version = {tables.SCHEMA_VERSION}")
        self._keep_a_log()

    def _keep_a_log(self) -> None:
        """Turn on the write-ahead log, which the file remembers, now that it is known as ours."""
        patience = time.monotonic() + BUSY_TIMEOUT / 1000
        with self._explained(), closing(self._engine.raw_connection()) as raw:
            while True:
                try:
                    raw.cursor().execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError:  # for this alone SQLite does not wait itself
                    if time.monotonic() > patience:
                        raise
                    time.sleep(0.01)


def _usable_file(db_file: str | Path) -> Path:
    """The path, with its folders made, if a store could be there."""
    if not isinstance(db_file, str | Path) or not str(db_file).strip() or "\0" in str(db_file):
        raise StoreError(f"db_file is missing: pass the path of a file, found {db_file!r}")
    if "://" in str(db_file):
        raise StoreError("db_file is a URL; give the path of a file, or use PostgresDb(db_url=...)")
    path = Path(db_file)
    if path == Path(":memory:"):
        raise StoreError(
            "a store in memory cannot be shared by threads or notebooks; "
            "give a file, for example in tempfile.mkdtemp()"
        )
    try:
        if path.is_dir():
            raise StoreError(f"{path} is a folder; give a file in it, such as {path / 'memkit.db'}")
        path.parent.mkdir(parents=True, exist_ok=True)
        # Root may write to any file; a file without write permission is protected all the same.
        if path.exists() and not path.stat().st_mode & 0o222:
            raise StoreError(f"{path} is read-only: {SQLITE_ADVICE['readonly']}")
    except OSError as error:
        raise StoreError(f"{path} cannot be made ({error}); choose another place") from error
    return path


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # `reading` and `writing` begin the transactions
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


class PostgresDb(Db):
    """A store in PostgreSQL, for many machines.

    `db_url` is like `postgresql+psycopg://user:password@host:5432/database`; the tables are made
    in the first schema of its search path. `forget` deletes the rows there; when their bytes leave
    the disk is up to the server: its VACUUM, its log, its backups.
    """

    advice = POSTGRES_ADVICE

    def __init__(self, db_url: str, clock: Clock = utc_now) -> None:
        """Connect and make the tables; raises `StoreError` if that cannot be done."""
        url = _postgres_url(db_url)
        shown = url.difference_update_query(["password", "sslpassword"])
        self.name = shown.render_as_string(hide_password=True)
        self._writer = sa.create_engine(
            url,
            json_serializer=_to_json,
            connect_args={"connect_timeout": 10},
            pool_pre_ping=True,
        )
        sa.event.listen(self._writer, "connect", _prepare_postgres)
        # Several SELECTs see one state; without this each would see what others have just written.
        super().__init__(self._writer.execution_options(isolation_level="REPEATABLE READ"), clock)

    @contextmanager
    def reading(self, user_id: str | None = None) -> Iterator[sa.Connection]:
        """One consistent look; with a user, row-level security hides what is not theirs."""
        with super().reading() as rows:
            rows.execute(EVERYBODY if user_id is None else ONE_USER, self._scope(user_id))
            yield rows

    @contextmanager
    def writing(self, user_id: str) -> Iterator[sa.Connection]:
        """One transaction that holds the user's lock until its end; other users are not held up.

        Row-level security hides, and keeps it from writing, what is not this user's.
        """
        with self._explained(), self._writer.begin() as rows:
            rows.execute(ONE_USER_LOCKED, self._scope(user_id))
            yield rows

    def origin(self, owner: sa.ColumnElement[str]) -> Sequence[sa.ColumnElement[Any]]:
        """The transactions that wrote the first rows; everybody has at least one of them."""
        xmin = sa.cast(sa.literal_column("xmin"), sa.Text)
        return [
            sa.select(xmin).where(number.table.c.user_id == owner, number == 1).scalar_subquery()
            for number in FIRST_ROWS
        ]

    def mark_forgotten(self, rows: Rows) -> None:
        """Nothing: whoever comes back has other first rows."""

    def _scope(self, user_id: str | None) -> dict[str, str]:
        return {} if user_id is None else {"owner": user_id, "role": self._role}

    def _create_tables(self) -> None:
        marked = tables.agent_sessions.name  # the table whose comment says whose it is
        with self._explained(), self._writer.begin() as rows:
            rows.execute(sa.select(sa.func.pg_advisory_xact_lock(CREATING)))
            found = sa.inspect(rows)
            taken = [name for name in tables.metadata.tables if found.has_table(name)]
            comment = found.get_table_comment(marked)["text"] or "" if marked in taken else ""
            version = comment.removeprefix(SCHEMA_COMMENT) if comment else "0"
            if (taken and not comment) or not version.isdecimal():
                raise StoreError(
                    f"{self.name} has tables of another program ({', '.join(taken)}); "
                    "use another database, or another schema"
                )
            self._check_version(int(version))
            if int(version) < tables.SCHEMA_VERSION:
                tables.bring_up_to_date(rows, int(version))
                comment = f"{SCHEMA_COMMENT}{tables.SCHEMA_VERSION}"
                rows.execute(sa.text(f"COMMENT ON TABLE {marked} IS '{comment}'"))
                for name in () if taken else tables.metadata.tables:
                    rows.execute(sa.text(OWN_ROWS_ONLY.format(table=name)))
            self._role = self._restricted_role(rows)

    def _restricted_role(self, rows: sa.Connection) -> str:
        """The role that a user's transactions take; `none`, if ours is bound by policies anyway."""
        bound = "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user"
        if rows.execute(sa.text(bound)).scalar_one():
            return "none"
        rows.execute(sa.text(RESTRICTED_ROLE))
        return "memkit_user"


def _prepare_postgres(connection: psycopg.Connection, _record: Any) -> None:
    try:
        connection.execute(f"SET lock_timeout = {BUSY_TIMEOUT}")  # without it: for ever
        connection.commit()
    except psycopg.Error:
        connection.close()  # the pool does not know it yet
        raise


def _postgres_url(db_url: str) -> sa.URL:
    """The URL with the driver that memkit installs; anything that is no Postgres URL is refused."""
    example = "postgresql+psycopg://user:password@localhost:5432/database"
    try:
        url = sa.make_url(db_url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StoreError(f"the Postgres URL cannot be read; write it like {example}") from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise StoreError(f"PostgresDb needs a URL like {example}, found one of {url.drivername!r}")
    return url.set(drivername="postgresql+psycopg")
