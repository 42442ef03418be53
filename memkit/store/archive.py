"""One user's rows out of a store and into another, as JSON values; times are ISO 8601 texts.

The rows carry no owner: whose they become is for the handle to say that restores them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from memkit.errors import InvalidInput
from memkit.records import JsonObject
from memkit.store import index, queries
from memkit.store.queries import Rows
from memkit.store.tables import Text, UtcDateTime, metadata
from memkit.validation import check_number, check_time, require, safe_repr

Exported = dict[str, list[JsonObject]]


def export(rows: Rows) -> Exported:
    """Every row of the user: table name -> rows, without the `user_id` column."""
    return {
        name: [
            {column: _as_json(value) for column, value in row.items()}
            for row in rows.run(query).mappings()
        ]
        for name, query in queries.ROWS.items()
    }


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def restore(rows: Rows, exported: Mapping[str, Any]) -> None:
    """Write what `export` gave for a user about whom nothing is stored yet."""
    if rows.run(queries.VERSION).one()[0] is not None:
        stored = f"there is something stored about {rows.user_id!r} already"
        raise InvalidInput(f"{stored}; restore into another id, or forget() this user first")
    tables = {name: metadata.tables[name] for name in queries.RESTORE}
    older = {"tool_calls"}  # which the exports of older versions lack
    if not isinstance(exported, Mapping) or set(exported) | older != set(tables):
        wanted = f"this is nothing that user.export() gave, which has {', '.join(tables)}"
        raise InvalidInput(f"{wanted}: {safe_repr(exported)}")
    for name, table in tables.items():
        found = exported.get(name, [])
        require(isinstance(found, list), name, "a list of rows", found)
        for number, row in enumerate(found, start=1):
            try:
                values = {column: _stored(table.columns[column], row[column]) for column in row}
            except (KeyError, TypeError, ValueError) as error:
                raise InvalidInput(f"row {number} of {name} cannot be restored: {error}") from error
            rows.run(queries.RESTORE[name], **values)
    index.add_all(rows)


def _stored(column: sa.Column[Any], value: Any) -> Any:
    """A value as its column takes it; `user_id` is no column that an export has."""
    if column.name == "user_id":
        raise InvalidInput("it names an owner, and an export has none")
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return check_time(column.name, datetime.fromisoformat(value))
    if isinstance(column.type, sa.Integer):
        return check_number(column.name, value)
    if isinstance(column.type, sa.Text | Text):
        require(isinstance(value, str), column.name, "a text", value)
    return value
