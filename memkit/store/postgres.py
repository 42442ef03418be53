"""A store in PostgreSQL: many machines, with row-level security as a second lock."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from memkit.errors import StoreError, needs
from memkit.store.db import Db
from memkit.store.tables import BY_END, HAS_END, SCHEMA_VERSION, agent_sessions, metadata
from memkit.store.transactions import BUSY_TIMEOUT, Clock, Transactions, to_json, utc_now
from memkit.validation import check_at_least

CREATING = 0x6D656D6B  # the Postgres lock that lets one process at a time create the tables


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
GRANT SELECT, INSERT, UPDATE, DELETE ON {", ".join(metadata.tables)} TO memkit_user"""


_BECOME = "set_config('memkit.user_id', :owner, true), set_config('role', :role, true)"


EVERYBODY = sa.text("SELECT set_config('memkit.everybody', 'on', true)")


ONE_USER = sa.text(f"SELECT {_BECOME}")


# Settings hold for the transaction alone: behind a pooler the next one is another client's.
_PATIENCE = "set_config('lock_timeout', :patience, true)"  # without it: for ever
# The lock is of a user of this store: another schema of the database has a table of its own.
_LOCK = "pg_advisory_xact_lock(hashtextextended(:owner, 'memory_users'::regclass::bigint))"
ONE_USER_LOCKED = sa.text(f"SELECT {_PATIENCE}, {_LOCK}, {_BECOME}")
CREATING_LOCKED = sa.text(f"SELECT {_PATIENCE}, pg_advisory_xact_lock({CREATING})")


# The tables that have no policy yet: all of them at first, later those that a new version adds.
UNGUARDED = sa.text("""
SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = current_schema() AND relname = ANY(:names) AND NOT relrowsecurity""")


SCHEMA_COMMENT = "memkit format "
MARKED = agent_sessions.name  # the table whose comment says whose it is, and how new


POSTGRES_ADVICE = {
    "lock timeout": "another program has been writing for over 30 seconds; stop it and try again",
    "could not extend": "nothing of this change was stored; free some space on the server",
    "password authentication failed": "check the user and the password in the URL",
    "does not exist": "create it, or correct the name in the URL",
    "Connection refused": "is the server running, and are host and port right?",
    "resolve host": "check the name of the host in the URL",
    "Name or service not known": "check the name of the host in the URL",
    "timeout": "is the server reachable from here, and are host and port right?",
    "permission denied": "ask for the right to create and use tables in this database",
}


class PostgresDb(Db):
    """A store in PostgreSQL, for many machines.

    The tables are made in the first schema of the search path. `forget` deletes the rows there;
    when their bytes leave the disk is up to the server: its VACUUM, its log, its backups.

    Parameters
    ----------
    db_url : str
        Such as `postgresql+psycopg://user:password@host:5432/database`.
    clock : callable
        Returns the time for every row, with its zone.
    pool_size : int
        How many connections are kept open; 10 more may be opened for a moment. Behind PgBouncer,
        in transaction mode too, they are its own.
    partitions : int
        If tables are made: in so many parts, each with a share of the users. 0 makes them whole.

    Raises
    ------
    StoreError
        If the server cannot be reached, refuses, or has tables that are not memkit's.
    """

    def __init__(
        self, db_url: str, clock: Clock = utc_now, *, pool_size: int = 5, partitions: int = 0
    ) -> None:
        check_at_least("pool_size", pool_size, 1)
        check_at_least("partitions", partitions, 0)
        url = _postgres_url(db_url)
        super().__init__(PostgresTransactions(url, clock, pool_size, partitions))


class PostgresTransactions(Transactions):
    """Transactions in one schema of a server, one writer of a user's rows at a time."""

    advice = POSTGRES_ADVICE

    def __init__(self, url: sa.URL, clock: Clock, pool_size: int, partitions: int) -> None:
        self._partitions = partitions
        shown = url.difference_update_query(["password", "sslpassword"])
        with needs("postgres", "PostgresDb", StoreError):
            self._writer = sa.create_engine(
                url,
                json_serializer=to_json,
                # A prepared statement would outlive its transaction, and behind a pooler meet
                # another client's.
                connect_args={"connect_timeout": 10, "prepare_threshold": None},
                pool_pre_ping=True,
                pool_size=pool_size,
            )
        # Several SELECTs see one state; without this each would see what others have just written.
        reader = self._writer.execution_options(isolation_level="REPEATABLE READ")
        super().__init__(shown.render_as_string(hide_password=True), reader, clock)
        self._open()

    @contextmanager
    def reading(self, user_id: str | None = None) -> Iterator[sa.Connection]:
        """One consistent look; with a user, row-level security hides what is not theirs."""
        with self._begin(self._engine) as connection:
            connection.execute(EVERYBODY if user_id is None else ONE_USER, self._scope(user_id))
            yield connection

    @contextmanager
    def writing(self, user_id: str) -> Iterator[sa.Connection]:
        """One transaction that holds the user's lock until its end; other users are not held up.

        Row-level security hides, and keeps it from writing, what is not this user's.
        """
        with self._begin(self._writer) as connection:
            connection.execute(ONE_USER_LOCKED, self._scope(user_id))
            yield connection

    def _scope(self, user_id: str | None) -> dict[str, str]:
        if user_id is None:
            return {}
        return {"owner": user_id, "role": self._role, "patience": str(BUSY_TIMEOUT)}

    @contextmanager
    def _opening(self) -> Iterator[sa.Connection]:
        with self._begin(self._writer) as connection:
            connection.execute(CREATING_LOCKED, {"patience": str(BUSY_TIMEOUT)})
            connection.execute(EVERYBODY)  # what is filled from older rows is filled for all
            yield connection
            self._role = self._restricted_role(connection)

    def _make_tables(self, connection: sa.Connection, version: int) -> None:
        # Said among the tables it would load Postgres's dialect, which takes long, for SQLite too.
        BY_END.dialect_options["postgresql"]["where"] = HAS_END
        if self._partitions:
            self._make_partitioned(connection)
        super()._make_tables(connection, version)

    def _make_partitioned(self, connection: sa.Connection) -> None:
        """Make each table that is missing in parts, each with the rows of a share of the users."""
        parts, known = sa.MetaData(), set(sa.inspect(connection).get_table_names())
        for table in metadata.sorted_tables:
            table.to_metadata(parts).dialect_options["postgresql"]["partition_by"] = (
                "HASH (user_id)"
            )
        parts.create_all(connection)
        for name in set(metadata.tables) - known:
            for part in range(self._partitions):
                values = f"WITH (MODULUS {self._partitions}, REMAINDER {part})"
                connection.exec_driver_sql(
                    f"CREATE TABLE {name}_{part} PARTITION OF {name} FOR VALUES {values}"
                )

    def _stored_version(self, connection: sa.Connection) -> int:
        store = sa.inspect(connection)
        taken = [name for name in metadata.tables if store.has_table(name)]
        comment = store.get_table_comment(MARKED)["text"] or "" if MARKED in taken else ""
        version = comment.removeprefix(SCHEMA_COMMENT) if comment else "0"
        if (taken and not comment) or not version.isdecimal():
            whose = f"tables of another program ({', '.join(taken)})"
            raise StoreError(f"{self.name} has {whose}; use another database, or another schema")
        return int(version)

    def _store_version(self, connection: sa.Connection) -> None:
        comment = f"{SCHEMA_COMMENT}{SCHEMA_VERSION}"
        connection.execute(sa.text(f"COMMENT ON TABLE {MARKED} IS '{comment}'"))
        for name in connection.scalars(UNGUARDED, {"names": list(metadata.tables)}).all():
            connection.execute(sa.text(OWN_ROWS_ONLY.format(table=name)))

    def _restricted_role(self, connection: sa.Connection) -> str:
        """The role that a user's transactions take; `none`, if ours is bound by policies anyway."""
        bound = "SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user"
        if connection.execute(sa.text(bound)).scalar_one():
            return "none"
        connection.execute(sa.text(RESTRICTED_ROLE))
        return "memkit_user"


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
