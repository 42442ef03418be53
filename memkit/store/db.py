"""The store: seven tables in SQLite (a laptop, many notebooks) or in Postgres (many machines).

`Db` is what a lesson uses of both. A user's rows are reached through `db.for_user(user_id)` alone;
`db.query` looks at a copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, closing
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from memkit.store.tables import SHOWN, memory_users
from memkit.store.transactions import Transactions
from memkit.store.user import User
from memkit.validation import check_id

if TYPE_CHECKING:
    import pandas
    from duckdb import DuckDBPyConnection


class Db:
    """A store of many users' memories; use `SqliteDb` or `PostgresDb`.

    `with SqliteDb(...) as db:` closes it at the end.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """What error messages call this store."""
        return self._transactions.name

    def now(self) -> datetime:
        """The time by the store's clock; one that tells no zone raises `InvalidInput`."""
        return self._transactions.now()

    def at(self, time: datetime) -> AbstractContextManager[None]:
        """`with db.at(time):` lets the clock show a time in the block, and nowhere else."""
        return self._transactions.at(time)

    def for_user(self, user_id: str | None) -> User:
        """The handle to everything about one user; a `user_id` that cannot be one raises."""
        return User(self._transactions, user_id)

    def users(self) -> list[str]:
        """The ids of all users that anything is stored about, sorted: the teacher's view."""
        with self._transactions.reading() as connection:
            return sorted(connection.execute(sa.select(memory_users.c.user_id)).scalars())

    def query(
        self,
        sql: str,
        user_id: str | None = None,
        params: Sequence[Any] | Mapping[str, Any] | None = None,
    ) -> pandas.DataFrame:
        """Run SQL on a copy of the store, in DuckDB, and return a frame.

        `params` are the values of each `?`, as a list, or of each `$name`, as a dict: with them
        nobody quotes by hand.

        With `user_id` the copy holds the rows of that user and no others, so asking it for those
        of somebody else gives an empty frame; without, it holds all (the teacher's view). Raises
        `QueryError` for SQL that cannot be run, or that does more than read.
        """
        from memkit.store import sql as frames  # DuckDB is loaded when it is first needed

        with closing(self._mirror(user_id, frames.named_in(sql))) as copy:
            return frames.query(copy, sql, params)

    def duckdb(self, user_id: str | None = None) -> DuckDBPyConnection:
        """A copy of your own of the seven tables, as they are now: a DuckDB in memory.

        Change it as you like; it is locked against the outside, and nothing comes back from it.
        """
        from memkit.store import mirror

        with closing(self._mirror(user_id)) as copy:
            return mirror.duplicate(copy)

    def close(self) -> None:
        """Close every connection, and the copies for SQL; the store stays where it is."""
        self._transactions.close()

    def _mirror(
        self, user_id: str | None, wanted: Sequence[sa.Table] = SHOWN
    ) -> DuckDBPyConnection:
        """The rows of a user, if the id can be one, or everybody's, as they are now."""
        owner = None if user_id is None else check_id("user_id", user_id)
        return self._transactions.mirrors().refresh(owner, wanted)
