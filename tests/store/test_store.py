"""What the store promises about one user: memories, their history, runs, sessions, leaving."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, strategies as st

import memkit.store.sqlite
from lives import (
    NOON,
    TABLES,
    count_rows,
    each_statement,
    held,
    live,
    model_call,
    open_pinned,
    run_of,
)
from memkit import (
    Agent,
    InvalidInput,
    MemoriesChanged,
    MemoryManager,
    OfflineChat,
    SqliteDb,
    StoreError,
    UnknownMemory,
)
from memkit.records import (
    Change,
    MemoryEvent,
    Message,
    ModelCall,
    Session,
    UserMemory,
    Version,
)
from memkit.store import queries
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.user import User
from support import examples, open_store

# Memories by hand


def test_a_memory_is_added_changed_and_deleted_by_hand(db: Db) -> None:
    user = db.for_user("ann")
    added = user.add_memory("The user likes tea.", ["drinks", "likes"])
    assert (added.memory_id, added.memory, added.topics) == (
        1,
        "The user likes tea.",
        ["drinks", "likes"],
    )
    assert (added.run_id, added.session_id, added.input) == (None, None, None)
    assert added.created_at == added.updated_at

    changed = user.update_memory(1, "The user likes coffee.")
    assert (changed.memory, changed.topics) == ("The user likes coffee.", ["drinks", "likes"])
    assert changed.created_at == added.created_at < changed.updated_at
    assert user.update_memory(1, "The user likes cocoa.", ["sweet"]).topics == ["sweet"]
    assert user.update_memory(1, "The user likes milk.", []).topics == []
    assert [each.memory for each in user.memories()] == ["The user likes milk."]

    user.delete_memory(1)
    assert user.memories() == []


def test_numbers_are_never_given_twice(db: Db) -> None:
    user = db.for_user("ann")
    assert [user.add_memory(each).memory_id for each in "abc"] == [1, 2, 3]
    user.delete_memory(3)
    assert user.add_memory("d").memory_id == 4
    assert user.clear_memories() == 3
    assert user.clear_memories() == 0
    assert user.add_memory("a").memory_id == 5


def test_a_number_that_a_model_made_up_is_not_counted_on_from(db: Db) -> None:
    user = db.for_user("ann")
    RunLog(user).change_memories([Change("delete", 2**31 - 1), Change("update", 99, "x")])
    assert user.add_memory("a").memory_id == 1


def test_each_user_counts_from_one(db: Db) -> None:
    for name in ("ann", "bob"):
        user = db.for_user(name)
        assert user.add_memory("The user likes tea.").memory_id == 1
        assert RunLog(user).begin_run("s", "hello").run_id == 1


def test_an_exact_repetition_is_refused_and_says_where_it_stands(db: Db) -> None:
    user = db.for_user("ann")
    user.add_memory("The user likes tea.")
    user.add_memory("The user likes milk.")
    with pytest.raises(InvalidInput, match="memory 1 says exactly that already"):
        user.add_memory("  The user\n likes   tea. ")
    with pytest.raises(InvalidInput, match="memory 1 says exactly that already"):
        user.update_memory(2, "The user likes tea.")
    user.add_memory("the user likes tea.")  # another text is another memory
    assert [each.memory_id for each in user.memories()] == [1, 2, 3]
    assert [each.status for each in user.history()] == [
        "applied",
        "applied",
        "rejected",
        "rejected",
        "applied",
    ]


def test_what_was_deleted_can_be_said_again(db: Db) -> None:
    user = db.for_user("ann")
    user.add_memory("The user likes tea.")
    user.delete_memory(1)
    assert user.add_memory("The user likes tea.").memory_id == 2


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (UserMemory, queries.MEMORIES),
        (MemoryEvent, queries.EVENTS),
        (Session, queries.SESSIONS),
        (Message, queries.MESSAGES),
    ],
)
def test_a_record_has_the_columns_of_its_table_in_their_order(kind: Any, query: Any) -> None:
    assert [each.name for each in fields(kind)] == query.selected_columns.keys()


def test_whitespace_is_collapsed_and_topics_are_told_once(db: Db) -> None:
    user = db.for_user("ann")
    memory = user.add_memory("  The user\tlikes\r\n\u2003tea.\n", ["tea ", " green\n tea", "tea"])
    assert (memory.memory, memory.topics) == ("The user likes tea.", ["tea", "green tea"])
    assert len(user.add_memory("x", map(str, range(20))).topics) == 10


@pytest.mark.parametrize("memory_id", [0, -1, 2, 99, 2**31 - 1])
def test_an_unknown_memory_is_named_with_those_there_are(db: Db, memory_id: int) -> None:
    user = db.for_user("ann")
    user.add_memory("The user likes tea.")
    before = count_rows(db)
    wanted = f"'ann' has no memory {memory_id}; there are: 1"
    with pytest.raises(UnknownMemory, match=wanted):
        user.update_memory(memory_id, "x")
    with pytest.raises(UnknownMemory, match=wanted):
        user.update_memory(memory_id, "x", ["topic"])
    with pytest.raises(UnknownMemory, match=wanted):
        user.delete_memory(memory_id)
    assert user.history(memory_id) == []
    assert count_rows(db) == before


def test_of_many_memories_an_error_names_only_some(db: Db) -> None:
    user = db.for_user("ann")
    RunLog(user).change_memories([Change("add", None, f"The user likes {n}.") for n in range(50)])
    with pytest.raises(UnknownMemory, match=r"there are: 1, 2, .*, 20 and more$"):
        user.delete_memory(99)


def test_numbers_out_of_a_frame_are_numbers(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea")
    assert len(user.history(np.int64(1))) == 1
    assert user.usage(np.int64(1))["total_tokens"] == 64
    assert len(user.memories(as_of=np.int64(1))) == 1
    user.update_memory(np.int32(1), "The user likes milk.")
    user.delete_memory(np.int64(1))
    assert user.memories() == []


# What is known is what the events amount to


def fold(events: list[MemoryEvent]) -> list[tuple[int, str, list[str], datetime, datetime]]:
    """The memories that the applied events amount to, in plain Python."""
    known: dict[int, tuple[int, str, list[str], datetime, datetime]] = {}
    for event in events:
        if event.status == "applied" and event.memory_id is not None:
            made = known.get(event.memory_id, (0, "", [], event.created_at))[3]
            known[event.memory_id] = (
                event.memory_id,
                event.after or "",
                event.topics or [],
                made,
                event.created_at,
            )
            if event.action == "delete":
                del known[event.memory_id]
    return [known[each] for each in sorted(known)]


def plain(memories: list[UserMemory]) -> list[tuple[int, str, list[str], datetime, datetime]]:
    return [(m.memory_id, m.memory, m.topics, m.created_at, m.updated_at) for m in memories]


TEXTS = st.sampled_from(["tea", "milk", "cocoa", "rain"])
IDS = st.integers(1, 4)
CHANGES = st.one_of(
    st.builds(Change, st.just("add"), st.none(), TEXTS, st.lists(TEXTS, max_size=2)),
    st.builds(Change, st.just("update"), IDS, TEXTS, st.lists(TEXTS, max_size=2)),
    st.builds(Change, st.just("delete"), IDS),
    st.builds(Change, st.just("fly"), reason=st.just("there is no tool 'fly'")),
)
STEPS = st.one_of(
    st.tuples(st.just("run"), st.lists(CHANGES, max_size=3)),
    st.tuples(st.just("hand"), CHANGES),
    st.just(("clear",)),
)
_people = count(1)


def by_hand(user: User, change: Change) -> None:
    try:
        if change.action == "add":
            user.add_memory(change.memory or "", change.topics)
        elif change.action == "update":
            user.update_memory(change.memory_id or 0, change.memory or "", change.topics)
        elif change.action == "delete":
            user.delete_memory(change.memory_id or 0)
    except (InvalidInput, UnknownMemory):
        pass


@pytest.mark.generated
@examples(40)
@given(steps=st.lists(STEPS, min_size=3, max_size=12))
def test_memories_are_the_outcome_of_the_events_at_every_moment(
    db: Db, steps: list[tuple[Any, ...]]
) -> None:
    user = db.for_user(f"person {next(_people)}")
    after_run: dict[int, list[UserMemory]] = {}
    at_time: dict[datetime, list[UserMemory]] = {}
    given_out: list[int] = []
    for step in steps:
        match step:
            case ("run", changes):
                source = RunLog(user).begin_run("s", "hello").source
                events = RunLog(user).change_memories(changes, source=source)
                assert [each.action for each in events] == [each.action for each in changes]
                RunLog(user).finish_run(source, "completed", "hi")
                after_run[source.run_id or 0] = user.memories()
            case ("hand", change):
                by_hand(user, change)
            case ("clear",):
                user.clear_memories()
        memories, version = RunLog(user).snapshot()
        history = user.history()
        assert plain(memories) == fold(history)
        assert version.event_id == len(history) == max([0, *(each.event_id for each in history)])
        assert len({each.memory for each in memories}) == len(memories)
        at_time[RunLog(user).now()] = memories
    applied = [each for each in user.history() if each.status == "applied"]
    given_out = [each.memory_id or 0 for each in applied if each.action == "add"]
    assert given_out == list(range(1, len(given_out) + 1))
    assert {run: user.memories(as_of=run) for run in after_run} == after_run
    assert {time: user.memories(as_of=time) for time in at_time} == at_time


def test_the_past_keeps_what_was_changed_by_hand_between_runs(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea")
    user.add_memory("The user likes rain.")
    run_id = RunLog(user).begin_run("shared", "hello").run_id  # a run that changes nothing
    user.clear_memories()
    assert len(user.memories(as_of=run_id - 1)) == 1
    assert len(user.memories(as_of=run_id)) == 2
    assert user.memories(as_of=0) == user.memories() == []


def test_the_past_can_be_asked_for_in_any_zone(db: Db) -> None:
    user = db.for_user("ann")
    user.add_memory("a")
    then = user.memories()[0].created_at
    user.add_memory("b")
    there = then.astimezone(timezone(timedelta(hours=9)))
    assert [each.memory for each in user.memories(as_of=there)] == ["a"]
    assert user.memories(as_of=then - timedelta(microseconds=1)) == []


def test_history_tells_what_was_proposed_by_whom_and_why_it_was_refused(db: Db) -> None:
    user = db.for_user("ann")
    _, second = live(user, "tea"), live(user, "milk")
    user.update_memory(1, "The user likes cocoa.", ["sweet"])
    user.delete_memory(1)
    added, changed, deleted = user.history(memory_id=1)
    assert [each.action for each in (added, changed, deleted)] == ["add", "update", "delete"]
    assert (added.before, added.after, added.topics) == (None, "The user likes tea.", ["tea"])
    assert (added.run_id, added.session_id, added.input) == (1, "shared", "I like tea.")
    assert (changed.before, changed.after) == ("The user likes tea.", "The user likes cocoa.")
    assert (changed.topics, changed.call_id, changed.run_id) == (["sweet"], None, None)
    assert (deleted.before, deleted.after) == ("The user likes cocoa.", None)
    assert deleted.topics is None

    [added, refused] = [each for each in user.history() if each.run_id == second.run_id]
    assert (added.status, added.reason) == ("applied", None)
    assert (refused.status, refused.memory_id) == ("rejected", 99)
    assert refused.reason == "no memory 99; there are: 1, 2"
    assert (refused.before, refused.after) == (None, "The user hates milk.")
    assert [each.event_id for each in user.history()] == [1, 2, 3, 4, 5, 6]


def test_a_memory_knows_the_sentence_behind_its_text_as_it_is_now(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea", "monday")
    [memory] = user.memories()
    assert (memory.run_id, memory.session_id, memory.input) == (1, "monday", "I like tea.")
    run = RunLog(user).begin_run("friday", "I hate tea.").source
    RunLog(user).change_memories([Change("update", 1, "The user hates tea.")], source=run)
    [memory] = user.memories()
    assert (memory.run_id, memory.session_id, memory.input) == (2, "friday", "I hate tea.")
    user.update_memory(1, "The user is neutral about tea.")
    [memory] = user.memories()
    assert (memory.run_id, memory.session_id, memory.input) == (None, None, None)


def test_one_query_goes_from_a_memory_to_its_sentence_and_its_call(db: Db) -> None:
    for name, word in (("ann", "tea"), ("bob", "milk")):
        live(db.for_user(name), "rain")
        live(db.for_user(name), word)
    sql = """
        SELECT m.memory, e.input, said.content, c.call_id, c.why
        FROM user_memories m
        JOIN memory_events e ON e.user_id = m.user_id AND e.memory_id = m.memory_id
        JOIN messages said ON said.user_id = e.user_id AND said.run_id = e.run_id
        JOIN model_calls c ON c.user_id = e.user_id AND c.call_id = e.call_id
        WHERE said.role = 'user' AND m.user_id = 'bob' AND m.memory_id = 2
    """
    answer = ("The user likes milk.", "I like milk.", "I like milk.", 3, "memory")
    with db._transactions.reading() as rows:
        assert [tuple(row) for row in rows.execute(sa.text(sql))] == [answer]
    assert [tuple(row) for row in db.query(sql).values] == [answer]


# All or nothing


def test_changes_their_events_and_their_call_are_one(db: Db) -> None:
    user = db.for_user("ann")
    run = RunLog(user).begin_run("s", "I like tea.").source
    changes = [
        Change("add", None, "The user likes tea."),
        Change("add", None, "The user likes tea."),
        Change("delete", 7),
        Change("dance", reason="there is no tool 'dance'"),
    ]
    events = RunLog(user).change_memories(changes, source=run, call=model_call(user, "tea"))
    assert [each.status for each in events] == ["applied", *["rejected"] * 3]
    assert [each.call_id for each in events] == [1] * 4
    assert [each.reason for each in events][1:] == [
        "memory 1 says exactly that already",
        "no memory 7; there are: 1",
        "there is no tool 'dance'",
    ]
    assert events == user.history()
    [call] = user.export()["model_calls"]
    assert (call["call_id"], call["run_id"], call["session_id"]) == (1, 1, "s")
    assert (call["why"], call["model"]) == ("memory", "test")
    assert call["request"] == model_call(user, "tea").request
    assert call["response"] == model_call(user, "tea").response
    assert user.usage(1) == {"prompt_tokens": 30, "completion_tokens": 2, "total_tokens": 32}


def test_a_failure_in_the_middle_leaves_nothing(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea")
    before, rows = user.export(), count_rows(db)
    run = run_of(user, 1, "shared", "I like tea.")
    without_a_text = [Change("delete", 1), Change("add", None, "b"), Change("add", None, None)]
    with pytest.raises(StoreError, match="memory"):
        RunLog(user).change_memories(without_a_text, source=run, call=model_call(user, "b"))
    no_such_run = run_of(user, 9, "shared", "I like tea.")
    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        RunLog(user).change_memories([Change("add", None, "b")], source=no_such_run)
    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        RunLog(user).finish_run(
            no_such_run, "completed", "hi", calls=[model_call(user, "tea", "reply")]
        )
    assert (user.export(), count_rows(db)) == (before, rows)


def test_a_change_based_on_what_is_no_longer_so_writes_only_its_call(db: Db) -> None:
    user, same = db.for_user("ann"), db.for_user("ann")
    memories, version = RunLog(user).snapshot()
    assert (memories, version) == ([], Version())
    same.add_memory("The user likes tea.")
    before = user.export()
    with pytest.raises(
        MemoriesChanged, match=r"stale version for user 'ann'.*event 0, but event 1"
    ) as caught:
        RunLog(user).change_memories(
            [Change("add", None, "b")], version, call=model_call(user, "b")
        )
    assert isinstance(caught.value, StoreError)
    [failed] = user.export()["model_calls"]
    assert failed["error"].startswith("the memories changed meanwhile; nothing was written")
    assert {**user.export(), "model_calls": []} == before
    RunLog(user).change_memories([Change("add", None, "b")], RunLog(user).snapshot()[1])
    assert len(user.memories()) == 2


def test_a_rejected_proposal_is_a_new_version_and_another_users_change_is_not(db: Db) -> None:
    ann, bob = db.for_user("ann"), db.for_user("bob")
    live(bob, "tea")
    assert RunLog(ann).snapshot() == ([], Version())
    RunLog(ann).change_memories([Change("delete", 5)], Version())
    memories, version = RunLog(ann).snapshot()
    assert (memories, version.event_id) == ([], 1)


@pytest.mark.parametrize("method", ["snapshot", "export"])
def test_what_is_read_together_belongs_together(db: Db, place: str, method: str) -> None:
    user, other = db.for_user("ann"), open_store(place)
    user.add_memory("a")
    read = threading.local()

    def write_once(statement: str) -> None:
        if "FROM user_memories" in statement and not getattr(read, "done", False):
            read.done = True
            other.for_user("ann").add_memory("b")

    with each_statement(write_once):
        found = RunLog(user).snapshot() if method == "snapshot" else user.export()
    other.close()
    assert read.done
    if method == "snapshot":
        assert (len(found[0]), found[1].event_id) == (1, 1)
    else:
        assert (len(found["user_memories"]), len(found["memory_events"])) == (1, 1)
    assert len(user.memories()) == 2


# What was said


def test_messages_are_kept_in_the_order_in_which_they_were_said(db: Db) -> None:
    user = db.for_user("ann")
    for number in range(12):
        live(user, f"w{number}", "one" if number % 3 else "two")
    said = [each.content for each in user.messages("two")]
    assert said == [text for n in (0, 3, 6, 9) for text in (f"I like w{n}.", f"You like w{n}.")]
    assert user.messages("two")[1] == Message(
        2, "two", 1, "assistant", "You like w0.", user.messages("two")[1].created_at
    )
    assert [each.run_id for each in user.messages("one", last_runs=2)] == [11, 11, 12, 12]
    assert [each.run_id for each in user.messages("two", last_runs=2)] == [7, 7, 10, 10]
    assert user.messages("one", last_runs=0) == user.messages("three") == []
    assert len(user.messages("one", last_runs=99)) == len(user.messages("one")) == 16


def test_runs_under_way_at_once_keep_question_and_answer_together(db: Db) -> None:
    user = db.for_user("ann")
    runs = [RunLog(user).begin_run("s", f"q{n}").source for n in range(3)]
    for run in reversed(runs):
        RunLog(user).finish_run(run, "completed", f"a{run.run_id}")
    said = [each.content for each in user.messages("s")]
    assert said == ["q0", "a1", "q1", "a2", "q2", "a3"]


def test_only_answered_runs_are_history(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea")
    for status in ("failed", "cancelled"):
        run = RunLog(user).begin_run("shared", status).source
        RunLog(user).finish_run(run, status, error="no reply")
    RunLog(user).begin_run("shared", "still running")
    live(user, "milk")
    history = user.messages("shared", last_runs=2)
    assert [each.run_id for each in history] == [1, 1, 5, 5]
    assert len(user.messages("shared")) == 7
    runs = user.export()["agent_runs"]
    assert [each["status"] for each in runs] == [
        "completed",
        "failed",
        "cancelled",
        "running",
        "completed",
    ]
    assert [each["error"] for each in runs] == [None, "no reply", "no reply", None, None]
    assert [each["finished_at"] is None for each in runs] == [False, False, False, True, False]


def test_a_run_keeps_the_message_before_anything_can_fail(db: Db, place: str) -> None:
    run_id = RunLog(db.for_user("ann")).begin_run("s", "  Hello,\n\tthis is as typed. ").run_id
    other = open_store(place)
    [message] = other.for_user("ann").messages("s")
    other.close()
    assert (message.run_id, message.role) == (run_id, "user")
    assert message.content == "  Hello,\n\tthis is as typed. "


def test_sessions_are_told_oldest_first_with_their_last_use(db: Db) -> None:
    user = db.for_user("ann")
    for session_id in ("z", "a", "z"):
        live(user, session_id, session_id)
    first, second = user.sessions()
    assert (first.session_id, second.session_id) == ("z", "a")
    assert first.created_at < second.created_at == second.updated_at < first.updated_at


def test_a_call_that_changed_nothing_is_kept_and_counted(db: Db) -> None:
    user = db.for_user("ann")
    live(user, "tea")
    call = model_call(user, "tea")
    call.error, call.response, call.prompt_tokens, call.completion_tokens = "down", None, None, None
    assert RunLog(user).record_call(call, run_of(user, 1, "shared", "I like tea.")) == 3
    assert user.usage(1)["total_tokens"] == 64
    assert user.usage(2) == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert user.export()["model_calls"][2]["error"] == "down"
    assert user.export()["model_calls"][2]["response"] is None


def test_whatever_a_model_says_can_be_stored(db: Db) -> None:
    user = db.for_user("ann")
    run = RunLog(user).begin_run("s", "hello").source
    odd = "a\x00b \ud83d c \ude00 d 😀"
    call = model_call(user, odd)
    changes = [Change(odd, reason=f"there is no tool {odd}"), Change("add", None, odd)]
    RunLog(user).change_memories(changes, source=run, call=call)
    RunLog(user).finish_run(
        run, "failed", reply=odd, error=odd, calls=[model_call(user, odd, "reply")]
    )
    stored = "a\ufffdb \ufffd c \ufffd d 😀"
    assert user.messages("s")[-1].content == user.memories()[0].memory == stored
    assert user.history()[0].action == stored
    assert db.query("SELECT content FROM messages ORDER BY ALL").content[0] == stored
    assert "😀" in str(db.query("SELECT request FROM model_calls").request[0])


# Leaving

EXPORTED = [name for name in TABLES if name not in ("memory_terms", "memory_vectors")]


def test_export_holds_every_table_without_the_owner(db: Db) -> None:
    user = db.for_user("ann")
    assert user.export() == {name: [] for name in EXPORTED}
    live(user, "tea")
    exported = user.export()
    assert {name: len(rows) for name, rows in exported.items()} == {
        "agent_sessions": 1,
        "agent_runs": 1,
        "messages": 2,
        "model_calls": 2,
        "user_memories": 1,
        "memory_events": 2,
        "tool_calls": 1,
    }
    assert not any("user_id" in row for rows in exported.values() for row in rows)
    for name, rows in exported.items():
        assert "tea" in str(rows) or name in ("agent_sessions", "agent_runs")


def test_a_clock_and_the_same_words_make_two_stores_equal(
    tmp_path: Path, postgres_url: str
) -> None:
    def tell(place: str) -> str:
        seconds = count()
        db = open_pinned(place, lambda: NOON + timedelta(seconds=next(seconds), microseconds=7))
        user = db.for_user("ann")
        for word, session_id in (("tea", "b"), ("milk", "B"), ("naïve 😀", "é"), ("x", "a b")):
            live(user, word, session_id)
        user.update_memory(2, "The user likes rain.", ["weather", "日本"])
        user.delete_memory(1)
        exported = repr([user.export(), user.memories(), user.sessions(), user.history()])
        db.close()
        return exported

    first = tell(str(tmp_path / "1.db"))
    assert first == tell(str(tmp_path / "2.db"))
    assert first == tell(postgres_url)


def test_forget_erases_every_row_of_one_user_and_none_of_another(db: Db) -> None:
    ann, bob = db.for_user("ann"), db.for_user("bob")
    for user in (ann, bob, bob):
        live(user, "tea")
    bobs = held(bob)
    assert ann.forget() == {
        "memory_terms": 2,
        "memory_vectors": 1,
        "agent_sessions": 1,
        "agent_runs": 1,
        "messages": 2,
        "model_calls": 2,
        "user_memories": 1,
        "memory_events": 2,
        "tool_calls": 1,
    }
    assert held(ann) == {name: [] for name in TABLES}
    assert held(bob) == bobs
    assert count_rows(db) == {name: len(rows) for name, rows in bobs.items()}
    assert db.users() == ["bob"]
    assert ann.forget() == dict.fromkeys(reversed(TABLES), 0)
    live(ann, "milk")
    assert [each.memory_id for each in ann.memories()] == [1]


def test_forget_is_one_transaction(db: Db, place: str) -> None:
    user, other = db.for_user("ann"), open_store(place)
    live(user, "tea")
    before = user.export()
    seen = []

    def look_and_fail(statement: str) -> None:
        if statement.startswith("DELETE FROM agent_runs"):
            seen.append(other.for_user("ann").export())
            raise KeyboardInterrupt

    with each_statement(look_and_fail), pytest.raises(KeyboardInterrupt):
        user.forget()
    other.close()
    assert seen == [before]
    assert user.export() == before


def texts_on_disk(file: Path) -> bytes:
    return b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))


@pytest.mark.slow
def test_nothing_of_what_was_forgotten_is_left_in_the_bytes_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "memkit.db"
    db, other = SqliteDb(file), SqliteDb(file)
    ann, bob = db.for_user("ann"), db.for_user("bob")
    for number in range(40):
        live(ann, f"xylophones{number} " + "and so on " * 30, f"xylophone {number}")
        live(bob, f"bassoons{number}")
    RunLog(ann).begin_run("s", "xylophone " * 9_000)  # longer than a page
    ann.update_memory(1, "xylophone " * 90)
    ann.delete_memory(2)
    assert other.users() == ["ann", "bob"]  # a second reader, and done
    assert b"xylophone" in texts_on_disk(file)
    ann.forget()
    assert b"xylophone" not in texts_on_disk(file)
    assert b"bassoons39" in texts_on_disk(file)
    db.close()
    other.close()
    assert b"xylophone" not in texts_on_disk(file)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_left_either_where_rows_were_moved_within_a_page(
    tmp_path: Path, seed: int
) -> None:
    chance, file = random.Random(seed), tmp_path / "memkit.db"
    db = SqliteDb(file)
    for number in range(200):
        user = db.for_user(chance.choice(["ann", "bob", "cy"]))
        word = "zither" if user.user_id == "ann" else "flute"
        text = f"{number} " + f"{word} " * chance.choice([1, 3, 20, 100])
        known = user.memories()
        if chance.choice(["add", "update"]) == "add" or not known:
            user.add_memory(text)
        else:
            user.update_memory(chance.choice(known).memory_id, text)
    db.for_user("ann").forget()
    assert b"zither" not in texts_on_disk(file)
    assert b"flute" in texts_on_disk(file)
    db.close()


def test_who_still_reads_what_is_to_be_forgotten_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memkit.store.sqlite, "BUSY_TIMEOUT", 50)
    file = tmp_path / "memkit.db"
    db, other = SqliteDb(file), SqliteDb(file)
    ann = db.for_user("ann")
    live(ann, "xylophones")
    with other._transactions.reading() as rows:
        rows.execute(sa.text("SELECT * FROM user_memories")).all()
        with pytest.raises(StoreError, match=r"still reading.*forget again"):
            ann.forget()
    assert ann.memories() == []
    ann.forget()
    assert b"xylophones" not in texts_on_disk(file)
    db.close()
    other.close()


# Time, users, settings


def test_times_come_back_in_utc_whatever_zone_clock_and_server_are_in(place: str) -> None:
    tokyo = timezone(timedelta(hours=9))
    elsewhere = place + " -ctimezone=America/New_York" if "://" in place else place
    db = open_pinned(elsewhere, lambda: datetime(2026, 1, 1, 8, 30, tzinfo=tokyo))
    live(db.for_user("ann"), "tea")
    exported = db.for_user("ann").export()
    db.close()
    rows = [row for table in exported.values() for row in table]
    times = [row[name] for row in rows for name in row if name.endswith("_at") and row[name]]
    assert times == (2 + 2 + 2 + 2 + 2 + 2 + 1) * ["2025-12-31T23:30:00+00:00"]


def test_two_stores_show_their_own_times_one_inside_the_other(tmp_path: Path) -> None:
    first, second = (SqliteDb(tmp_path / f"{name}.db") for name in ("first", "second"))
    noon, night = (datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (12, 23))
    with first.at(noon):
        with second.at(night):
            assert (first.now(), second.now()) == (noon, night)
            with first.at(night):
                assert (first.now(), second.now()) == (night, night)
            assert first.now() == noon
        assert second.now() != night
    assert first.now() != noon
    first.close()
    second.close()


def test_a_time_without_a_zone_is_refused(place: str) -> None:
    db = open_pinned(place, lambda: datetime(2026, 1, 1))
    user = db.for_user("ann")
    for write in (
        lambda: user.add_memory("a"),
        lambda: RunLog(user).begin_run("s", "hello").run_id,
    ):
        with pytest.raises(InvalidInput, match="2026-01-01 00:00:00 has no zone"):
            write()
    with pytest.raises(InvalidInput, match="as_of 2026-01-01 00:00:00 has no zone"):
        user.memories(as_of=datetime(2026, 1, 1))
    assert set(count_rows(db).values()) == {0}
    db.close()


def test_users_are_all_that_anything_is_stored_about(db: Db) -> None:
    assert db.users() == []
    db.for_user("nobody").memories()
    live(db.for_user("zoe"), "tea")
    RunLog(db.for_user("ann")).begin_run("s", "hello")
    db.for_user("bob").add_memory("a")
    RunLog(db.for_user("cal")).record_call(model_call(db.for_user("cal"), "tea"))
    assert db.users() == ["ann", "bob", "cal", "zoe"]


def test_reading_takes_as_many_statements_for_many_rows_as_for_few(db: Db) -> None:
    user, new = db.for_user("ann"), db.for_user("bob")
    for number in range(20):
        live(user, f"w{number}")
    live(new, "w")
    reads: list[Any] = [
        lambda who: who.memories(),
        lambda who: RunLog(who).snapshot(),
        lambda who: who.memories(as_of=1),
        lambda who: who.history(),
        lambda who: who.sessions(),
        lambda who: who.messages("shared", last_runs=3),
        lambda who: who.export(),
        lambda who: db.query("FROM messages", user_id=who.user_id),
    ]
    for read in reads:
        statements: dict[str, list[str]] = {"ann": [], "bob": []}
        for who in (user, new):
            with each_statement(statements[who.user_id].append):
                read(who)
        assert statements["ann"] == statements["bob"]


def test_every_connection_of_the_pool_has_the_settings(tmp_path: Path) -> None:
    db = SqliteDb(tmp_path / "memkit.db")
    wanted = {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "secure_delete": 1,
        "synchronous": 1,
    }
    db.for_user("ann").add_memory("a")  # until then there is no file
    together = threading.Barrier(6)
    found: list[dict[str, Any]] = []

    def look() -> None:
        with db._transactions.reading() as rows:
            together.wait(10)  # so that each thread has a connection of its own
            found.append(
                {name: rows.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
            )

    threads = [threading.Thread(target=look) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with db._transactions.writing("ann") as rows:
        found.append({n: rows.exec_driver_sql(f"PRAGMA {n}").scalar_one() for n in wanted})
    db.close()
    assert found == [wanted] * 7


def test_the_store_is_there_again_when_opened_again(place: str) -> None:
    for number in range(3):
        db = open_store(place)
        user = db.for_user("ann")
        live(user, f"w{number}")
        assert len(user.memories()) == number + 1
        db.close()
    assert repr(db).startswith(type(db).__name__)
    assert repr(user) == "User('ann')"


async def test_a_run_under_way_does_not_bring_a_forgotten_user_back(db: Db) -> None:
    agent = Agent(OfflineChat(latency=0.3), db, update_memory_on_run=True)
    late = asyncio.create_task(
        agent.arun("My password is swordfish.", user_id="ann", session_id="s")
    )
    await asyncio.sleep(0.1)
    db.for_user("ann").forget()
    after = await agent.arun("Hello there.", user_id="ann", session_id="s")
    with pytest.raises(StoreError, match="'ann' was forgotten while run 1 was under way"):
        await late
    assert after.run_id == 1
    assert "swordfish" not in repr(db.for_user("ann").export())
    assert [each.role for each in db.for_user("ann").messages("s")] == ["user", "assistant"]


class Waiting(OfflineChat):
    """The offline model, which waits with its first answer of one kind until it is told to go."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why, self.asked, self.go = why, asyncio.Event(), asyncio.Event()

    async def send(self, call: ModelCall, on_text: Any = None) -> ModelCall:
        await self._waited(call)
        return await super().send(call, on_text)

    async def embed(self, call: ModelCall) -> list[list[float]]:
        await self._waited(call)
        return await super().embed(call)

    async def _waited(self, call: ModelCall) -> None:
        if call.why == self.why:
            self.asked.set()
            await self.go.wait()


WORK: dict[str, tuple[str, Callable[[MemoryManager, User], Awaitable[Any]]]] = {
    "optimising": ("optimize", lambda manager, ann: manager.aoptimize_memories(ann)),
    "deciding": ("memory", lambda manager, ann: manager.acreate_user_memories(ann, "I like jam.")),
    "embedding": (
        "search",
        lambda manager, ann: manager.asearch_user_memories(ann, "tea", 5, "semantic"),
    ),
    "choosing": (
        "search",
        lambda manager, ann: manager.asearch_user_memories(ann, "tea", 5, "agentic"),
    ),
}


@pytest.mark.parametrize("comes_back", [0, 1, 3, 5])
@pytest.mark.parametrize("work", WORK)
async def test_no_work_under_way_brings_back_what_was_forgotten(
    db: Db, work: str, comes_back: int
) -> None:
    ann = db.for_user("ann")
    for number in range(3):
        ann.add_memory(f"The user plays xylophone number {number}.")
    why, begin = WORK[work]
    model = Waiting(why)
    late = asyncio.create_task(begin(MemoryManager(model), ann))
    await model.asked.wait()
    ann.forget()
    for number in range(comes_back):  # with as many events, or more, as there were
        ann.add_memory(f"The user likes the number {number}.")
    model.go.set()
    with pytest.raises(StoreError, match="was forgotten while a decision about their memories"):
        await late
    assert "xylophone" not in repr(ann.export())
    assert db.users() == ["ann"] * bool(comes_back)
    assert len(ann.history()) == comes_back


async def test_a_run_is_not_taken_for_one_that_begins_with_the_same_words_later(db: Db) -> None:
    ann, model = db.for_user("ann"), Waiting("reply")
    ann.add_memory("The user plays the xylophone.")
    agent = Agent(model, db, add_memories_to_context=True, user_id="ann", session_id="s")
    late = asyncio.create_task(agent.arun("What do I play?"))
    await model.asked.wait()
    ann.forget()
    again = await Agent(OfflineChat(), db, user_id="ann", session_id="s").arun("What do I play?")
    assert again.run_id == 1
    model.go.set()
    with pytest.raises(StoreError, match="'ann' was forgotten while run 1 was under way"):
        await late
    assert "xylophone" not in repr(ann.export())
    assert [each.role for each in ann.messages("s")] == ["user", "assistant"]


def test_a_handle_cannot_be_turned_to_somebody_else(db: Db) -> None:
    handle = db.for_user("ann")
    with pytest.raises(AttributeError):
        handle.user_id = "bo"  # type: ignore[misc]
