"""The store: its tables in SQLite (a laptop, many notebooks) or in Postgres (many machines).

`Db` is what a lesson uses of both. A user's rows are reached through `db.for_user(user_id)` alone;
`db.query` looks at a copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from memkit.store.tables import MIRRORED, memory_users
from memkit.store.transactions import Transactions
from memkit.store.user import User
from memkit.validation import check_id

if TYPE_CHECKING:
    import pandas
    from duckdb import DuckDBPyConnection


class Db:
    """A store of many users' memories; use `SqliteDb` or `PostgresDb`.

    `with SqliteDb(...) as db:` closes it at the end.

    Parameters
    ----------
    transactions : Transactions
        How the store begins and ends transactions; each kind of store has its own.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def __enter__(self) -> Self:
        self._transactions.require_open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """What error messages call this store."""
        return self._transactions.name

    def now(self) -> datetime:
        """Read the store's clock, which every row takes its time from.

        Returns
        -------
        datetime
            With its zone.

        Raises
        ------
        InvalidInput
            If the clock tells no zone.
        """
        return self._transactions.now()

    def at(self, time: datetime) -> AbstractContextManager[None]:
        """Let the clock show another time within a block: `with db.at(time):`.

        Parameters
        ----------
        time : datetime
            What it shows, with a zone. Elsewhere, and in other threads and tasks, it goes on.

        Returns
        -------
        AbstractContextManager
            For a `with` statement.
        """
        return self._transactions.at(time)

    def for_user(self, user_id: str | None) -> User:
        """Get the handle to everything about one user, and to nothing else.

        Parameters
        ----------
        user_id : str
            Any text of 1 to 255 characters, such as an address; nothing is stored yet.

        Returns
        -------
        User
            The only way to this user's rows.

        Raises
        ------
        InvalidInput
            If it cannot be an id: None, empty, too long, or with characters that cannot be stored.
        StoreError
            After `close`.
        """
        self._transactions.require_open()
        return User(self._transactions, user_id)

    def users(self) -> list[str]:
        """List the users that anything is stored about: the teacher's view.

        Returns
        -------
        list of str
            Their ids, sorted.
        """
        with self._transactions.reading() as connection:
            return sorted(connection.execute(sa.select(memory_users.c.user_id)).scalars())

    def query(
        self,
        sql: str,
        user_id: str | None = None,
        params: Sequence[Any] | Mapping[str, Any] | None = None,
    ) -> pandas.DataFrame:
        """Run SQL on a copy of the store, in DuckDB.

        Parameters
        ----------
        sql : str
            One statement that reads, with a `?` or `$name` for each value.
        user_id : str, optional
            Whose rows the copy holds: asking it for those of somebody else gives an empty frame.
            Without it, it holds everybody's (the teacher's view).
        params : sequence or mapping, optional
            The values of each `?`, as a list, or of each `$name`, as a dict, so that nobody quotes
            by hand.

        Returns
        -------
        pandas.DataFrame
            A row for each row of the answer.

        Raises
        ------
        QueryError
            If the SQL cannot be run, or does more than read.
        InvalidInput
            If `user_id` cannot be one.
        """
        from memkit.store import sql as frames  # DuckDB is loaded when it is first needed

        with self._mirror(user_id, frames.named_in(sql)) as copy:
            return frames.query(copy, sql, params)

    def duckdb(self, user_id: str | None = None) -> DuckDBPyConnection:
        """Get a copy of your own of all tables, as they are now: a DuckDB in memory.

        Change it as you like; it is locked against the outside, and nothing comes back from it.

        Parameters
        ----------
        user_id : str, optional
            Whose rows it holds; without it, everybody's.

        Returns
        -------
        duckdb.DuckDBPyConnection
            Yours to close.
        """
        from memkit.store import mirror

        with self._mirror(user_id) as copy:
            return mirror.duplicate(copy)

    def close(self) -> None:
        """Close every connection, and the copies for SQL; the store stays where it is."""
        self._transactions.close()

    def _mirror(
        self, user_id: str | None, wanted: Sequence[sa.Table] = MIRRORED
    ) -> AbstractContextManager[DuckDBPyConnection]:
        """The rows of a user, if the id can be one, or everybody's, as they are now."""
        owner = None if user_id is None else check_id("user_id", user_id)
        return self._transactions.mirrors().reader(owner, wanted)
