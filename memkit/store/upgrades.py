"""Bringing the store of an older memkit up to date, in one transaction when it is opened.

An older store lacks tables, columns and indexes that today's `memkit.store.tables` has; they are
compared and what is missing is added. So a new column costs its line there and a new
`SCHEMA_VERSION`; only what has to be filled from older rows needs a function in `FILL`. Whatever is
added is empty in older rows: a new column is nullable or has a `server_default`.

Why not Alembic: a folder of revisions would say again what the tables say already, and its table of
versions would be one that has no owner. Whose a store is and how new stands where it costs no
table: in the header of a SQLite file, in the comment on a Postgres table. Should a column ever have
to be renamed or dropped, think again.
"""

from collections.abc import Callable

import sqlalchemy as sa

from memkit.store import index
from memkit.store.queries import Rows
from memkit.store.tables import MIRRORED, SCHEMA_VERSION, memory_terms, memory_users, metadata


def bring_up_to_date(connection: sa.Connection, version: int) -> None:
    """Make the tables in an empty store (version 0), or make an older memkit's into today's."""
    metadata.create_all(connection)
    store = sa.inspect(connection)
    for table in metadata.sorted_tables if version else ():
        known = {column["name"] for column in store.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                added = sa.schema.CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {added}")
        for missing in table.indexes:
            connection.execute(sa.schema.CreateIndex(missing, if_not_exists=True))
    for newer in range(version + 1, SCHEMA_VERSION + 1):
        if newer in FILL:
            FILL[newer](connection)


def _begin_epochs(connection: sa.Connection) -> None:
    """A row in `memory_users` for everybody about whom something is stored."""
    found = connection.execute(sa.union(*(sa.select(table.c.user_id) for table in MIRRORED)))
    if rows := [{"user_id": user_id} for user_id in found.scalars()]:
        connection.execute(sa.insert(memory_users), rows)


def _index_memories(connection: sa.Connection) -> None:
    """The words of every memory, anew."""
    connection.execute(sa.delete(memory_terms))
    for user_id in connection.execute(sa.select(memory_users.c.user_id)).scalars().all():
        index.add_all(Rows(connection, user_id))
    for replaced in ("memory_terms_by_length", "memory_terms_by_memory", "memory_events_by_run"):
        connection.exec_driver_sql(f"DROP INDEX IF EXISTS {replaced}")


# Version of a store -> what fills in what it has and the version before had not.
FILL: dict[int, Callable[[sa.Connection], None]] = {3: _begin_epochs, 7: _index_memories}
