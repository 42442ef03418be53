"""Users with something in every table of a store, and what to look at afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from memkit import PostgresDb, SqliteDb
from memkit.records import Change, ModelCall, Source, ToolCall
from memkit.store import index, queries
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.tables import DERIVED, MIRRORED
from memkit.store.transactions import Clock
from memkit.store.user import User

TABLES = [table.name for table in MIRRORED]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def open_pinned(place: str, clock: Clock = lambda: NOON) -> SqliteDb | PostgresDb:
    """The store at a path or a URL, with a clock that stands still."""
    return PostgresDb(place, clock) if "://" in place else SqliteDb(place, clock)


def model_call(user: User, word: str, why: str = "memory") -> ModelCall:
    """A model call that was about `word`."""
    return ModelCall(
        why,
        {"model": "test", "messages": [{"role": "user", "content": f"I like {word}."}]},
        RunLog(user).now(),
        response={"role": "assistant", "content": f"You like {word}."},
        prompt_tokens=30,
        completion_tokens=2,
    )


def run_of(user: User, run_id: int, session_id: str, said: str = "") -> Source:
    """A run that claims to be one of this user's, and of no earlier life."""
    return Source(run_id, session_id, said, RunLog(user).snapshot()[1].epoch)


def live(user: User, word: str, session_id: str = "shared") -> Source:
    """One run of a user, with rows in all nine tables; every text in them holds `word`."""
    said = f"I like {word}."
    source = RunLog(user).begin_run(session_id, said).source
    changes = [
        Change("add", None, f"The user likes {word}.", [word]),
        Change("update", 99, f"The user hates {word}."),
    ]
    RunLog(user).change_memories(changes, source=source, call=model_call(user, word))
    with user._transactions.writing_of(user.user_id) as rows:
        texts = index.not_embedded(rows, "vectors")
        index.keep_vectors(rows, "vectors", texts, np.ones((len(texts), 4), dtype=np.float32))
    reply = model_call(user, word, "reply")
    used = ToolCall("find", {"what": word}, RunLog(user).now(), result=f"There is {word}.")
    reply.tools_used.append(used)
    RunLog(user).finish_run(source, "completed", f"You like {word}.", calls=[reply])
    return source


def held(user: User) -> dict[str, list[Any]]:
    """All that is stored about a user, also what follows from the rest and is not exported."""
    found: dict[str, list[Any]] = {**user.export()}
    with user._transactions.reading_of(user.user_id) as rows:
        for table in DERIVED:
            owned = sa.select(table).where(queries.owned_by_user(table))
            found[table.name] = [tuple(row) for row in rows.run(owned.order_by(*table.primary_key))]
    return found


def count_rows(db: Db) -> dict[str, int]:
    """Table name -> rows of all users, read from the store itself."""
    with db._transactions.reading() as rows:
        return {
            table.name: rows.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in MIRRORED
        }


@contextmanager
def each_statement(do: Callable[[str], None]) -> Iterator[None]:
    """Call `do` with every SQL statement, right after it was executed, on whatever store."""

    def executed(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        do(statement)

    sa.event.listen(sa.Engine, "after_cursor_execute", executed)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", executed)


def among_all(step: Any) -> Any:
    """A step of a search, among all that holds now."""
    return lambda rows, *arguments: step(rows, *arguments, index.scope(rows, lambda: NOON))
