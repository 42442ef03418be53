"""An export is JSON, and another user, in this store or in another one, can have it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.engine.cursor import BufferedRowCursorFetchStrategy

from lives import NOON, count_rows, live, open_pinned
from memkit import InvalidInput
from memkit.records import Change
from memkit.store import queries
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.user import User


def busy(user: User) -> None:
    """Everything that can be in a store: several sessions, a deletion, an undo, a proposal."""
    for word, session_id in (("tea", "a"), ("naïve 😀", "b"), ("milk", "a")):
        live(user, word, session_id)
    user.delete_memory(2)
    user.undo(user.history(2)[-1:])
    RunLog(user).change_memories([Change("delete", 1)], propose=True)


def everything(user: User) -> Any:
    return [user.export(), user.memories(), user.history(), user.sessions(), user.proposals()]


@pytest.mark.parametrize("target", ["sqlite", "postgres"])
def test_what_was_exported_is_restored_events_and_all_on_either_store(
    db: Db, target: str, tmp_path: Any, postgres_url: str
) -> None:
    ann = db.for_user("ann")
    busy(ann)
    exported = json.loads(json.dumps(ann.export()))
    place = str(tmp_path / "other.db") if target == "sqlite" else postgres_url
    other = db if target in type(db).__name__.lower() else open_pinned(place)
    live(other.for_user("bo"), "xylophones")
    bos = everything(other.for_user("bo"))
    copy = other.for_user("copy of ann")
    copy.restore(exported)
    assert everything(copy) == everything(ann)
    assert everything(other.for_user("bo")) == bos
    assert copy.memories(as_of=1) == ann.memories(as_of=1)
    for sql in (
        "SELECT memory, topics FROM user_memories ORDER BY memory_id",
        "SELECT * EXCLUDE (user_id) FROM memory_terms ORDER BY ALL",
    ):
        assert other.query(sql, "copy of ann").to_json() == db.query(sql, "ann").to_json()
    copy.approve(copy.proposals()[0].event_id)  # and life goes on, with the numbers after it
    assert live(copy, "more").run_id == 4
    assert copy.memories()[-1].memory_id == 4
    other.close()


def test_an_export_is_read_page_by_page(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[int] = []
    own = BufferedRowCursorFetchStrategy._buffer_rows

    def counted(strategy: Any, result: Any, cursor: Any) -> None:
        own(strategy, result, cursor)
        pages.append(len(strategy._rowbuffer))

    monkeypatch.setattr(BufferedRowCursorFetchStrategy, "_buffer_rows", counted)
    for user_id, number in (("ann", 2 * queries.PAGE + 1), ("bo", 1)):
        texts = [f"The user likes {user_id} {n}." for n in range(number)]
        RunLog(db.for_user(user_id)).change_memories([Change("add", None, t) for t in texts])
    exported = db.for_user("ann").export()
    assert len(exported["user_memories"]) == len(exported["memory_events"]) == 2 * queries.PAGE + 1
    assert max(pages) <= queries.PAGE < sum(pages)
    assert len(db.for_user("bo").export()["user_memories"]) == 1


def test_it_takes_a_user_about_whom_nothing_is_stored(db: Db) -> None:
    ann, bo = db.for_user("ann"), db.for_user("bo")
    live(ann, "tea")
    exported = ann.export()
    live(bo, "coffee")
    bos = bo.export()
    with pytest.raises(InvalidInput, match=r"something stored about 'bo' already; .* forget"):
        bo.restore(exported)
    assert bo.export() == bos
    bo.forget()
    bo.restore(exported)
    assert bo.export() == exported


EMPTY: dict[str, Any] = {name: [] for name in queries.ROWS}
MESSAGE = {"message_id": 1, "session_id": "s", "run_id": 1, "role": "user", "content": "Hi."}


@pytest.mark.parametrize(
    ("exported", "problem"),
    [
        ("[]", "this is nothing that user.export"),
        ({}, "this is nothing that user.export"),
        ({"users": []}, "this is nothing that user.export"),
        ({**EMPTY, "users": []}, "this is nothing that user.export"),
        (dict(list(EMPTY.items())[1:]), "this is nothing that user.export"),
        ({**EMPTY, "messages": 3}, "messages is a list of rows, found 3"),
        ({**EMPTY, "messages": MESSAGE}, "messages is a list of rows"),
    ],
)
def test_what_is_no_export_is_refused_and_nothing_is_stored(
    db: Db, exported: Any, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        db.for_user("ann").restore(exported)
    assert set(count_rows(db).values()) == {0}
    assert db.users() == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({**MESSAGE, "user_id": "bo"}, "row 1 of messages .* names an owner"),
        ({**MESSAGE, "created_at": "noon"}, "row 1 of messages cannot be restored"),
        ({**MESSAGE, "created_at": str(NOON)[:19]}, "created_at .* has no zone"),
        ({**MESSAGE, "message_id": "1"}, "message_id is a whole number"),
        ({**MESSAGE, "content": ["Hi."]}, "content is a text"),
        ({**MESSAGE, "colour": "red"}, "row 1 of messages cannot be restored"),
        ("Hi.", "row 1 of messages cannot be restored"),
    ],
)
def test_a_row_that_is_none_is_refused_and_nothing_is_stored(
    db: Db, row: Any, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        db.for_user("ann").restore({**EMPTY, "messages": [row]})
    assert set(count_rows(db).values()) == {0}
    assert db.users() == []


def test_an_export_of_before_tool_calls_were_kept_is_restored(db: Db) -> None:
    live(db.for_user("ann"), "tea")
    exported = db.for_user("ann").export()
    older = {name: rows for name, rows in exported.items() if name != "tool_calls"}
    db.for_user("bo").restore(older)
    assert db.for_user("bo").export() == {**exported, "tool_calls": []}
